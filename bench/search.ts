/**
 * @file Search by meaning against faiss IndexFlatIP: the ten nearest of many unit rows for one query after another, ours from
 * float16 shards on the disk (in the page cache after the first), faiss from float32 in its memory.
 * Run: npm run bench -- search [--n 1000000] [--d 512] [--queries 5] [--no-peer]
 */

import { open } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { silentContext } from '../src/main/engine/progress.ts';
import { normalStream } from '../src/main/engine/random.ts';
import { scan } from '../src/main/engine/search/scan.ts';
import { appendShard, openEmbeddings, saveManifest } from '../src/main/engine/store/embeddings.ts';
import { npyHeader, readNpy, writeNpy } from '../src/main/engine/store/npy.ts';
import { inTemporaryFolder, line, machine, measured, peakMiB, peersPython } from './lib/compare.ts';
import { syntheticEmbeddings } from './lib/embeddings.ts';

const shardRows = 2048;
/** Rows that are made at once; enough to repeat with another seed. */
const madeRows = 65_536;

const { values } = parseArgs({
  options: {
    n: { type: 'string', default: '1000000' },
    d: { type: 'string', default: '512' },
    queries: { type: 'string', default: '5' },
    'no-peer': { type: 'boolean', default: false },
    // used by the benchmark itself: measure ours alone on a folder
    ours: { type: 'string' },
  },
});
const n = Number(values.n);
const d = Number(values.d);
const queries = Number(values.queries);
const resultSchema = z.object({
  /** Of each query. */
  seconds: z.array(z.number()),
  peakMiB: z.number(),
  ids: z.array(z.array(z.number())),
});

if (values.ours !== undefined) await measureOurs(values.ours);
else await inTemporaryFolder(compare);

async function compare(dir: string): Promise<void> {
  console.log(`${machine()}; ${n} x ${d}, the 10 nearest for each of ${queries} queries`);
  await makeRows(dir);
  const self = [import.meta.filename, '--ours', dir, '--n', values.n, '--d', values.d, '--queries', values.queries];
  const ours = resultSchema.parse(measured(process.execPath, self));
  report('distillery search', ours);
  if (values['no-peer']) return;
  const peer = resultSchema.parse(
    measured(peersPython('search'), [path.join(import.meta.dirname, 'search_peer.py'), dir, values.queries]),
  );
  report('faiss IndexFlatIP', peer);
  const same = ours.ids.flatMap((ids, query) => ids.filter((id) => peer.ids[query]!.includes(id))).length;
  console.log(`  ${same} of ${ours.ids.flat().length} found by both`);
}

function report(what: string, { seconds, peakMiB: peak }: z.infer<typeof resultSchema>): void {
  console.log(line(`${what}, first query`, seconds[0]!, peak));
  console.log(line(`${what}, best of the others`, Math.min(...seconds.slice(1)), peak));
}

async function makeRows(dir: string): Promise<void> {
  const set = {
    dir,
    manifest: { teacher: 't', fingerprint: 'f', modalities: ['image' as const], dim: d, complete: false, shards: [] },
  };
  const all = await open(path.join(dir, 'all.npy'), 'w');
  await all.writeFile(npyHeader('<f2', [n, d]));
  for (let from = 0; from < n; from += madeRows) {
    const count = Math.min(madeRows, n - from);
    const rows = new Float16Array(syntheticEmbeddings(count, d, from + 1, 1));
    await all.writeFile(new Uint8Array(rows.buffer));
    for (let start = 0; start < count; start += shardRows) {
      const end = Math.min(start + shardRows, count);
      const ids = Int32Array.from({ length: end - start }, (_, i) => from + start + i + 1);
      await appendShard(set, { ids, image: rows.slice(start * d, end * d) });
    }
  }
  await all.close();
  await saveManifest({ ...set, manifest: { ...set.manifest, complete: true } });
  const normal = normalStream(9);
  await writeNpy(path.join(dir, 'queries.npy'), Float32Array.from({ length: queries * d }, normal), [queries, d]);
}

async function measureOurs(dir: string): Promise<void> {
  const set = (await openEmbeddings(dir))!;
  const all = (await readNpy(path.join(dir, 'queries.npy'))).data as Float32Array;
  const [seconds, ids]: [number[], number[][]] = [[], []];
  for (let query = 0; query < queries; query++) {
    const vector = Float64Array.from(all.subarray(query * d, (query + 1) * d));
    const length = Math.hypot(...vector);
    const start = performance.now();
    const { best } = await scan(
      set,
      vector.map((value) => value / length),
      { limit: 10 },
      silentContext(),
    );
    seconds.push((performance.now() - start) / 1000);
    ids.push(best.map(({ id }) => id));
  }
  console.log(JSON.stringify({ seconds, peakMiB: peakMiB(), ids }));
}
