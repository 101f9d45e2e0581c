/**
 * @file The exact neighbours within beta against faiss-cpu IndexFlat on the same data and cores.
 * Run: npm run bench -- balance [--n 40000] [--d 512] [--beta 0.447] [--decay 1] [--repeats 2] [--queries 20000] [--half]
 * `--queries` lets faiss search for the first so many rows only, and scales its time; the pairs of these are compared.
 * `--half` stores float16, as an embedded dataset does. Times leave out starting the programs and, for faiss, reading the data; ours reads its rows from disk.
 */

import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { NeighbourSearch } from '../src/main/engine/balance/neighbours.ts';
import { chunkRowsFor } from '../src/main/engine/balance/options.ts';
import { PairList } from '../src/main/engine/balance/pairs.ts';
import { UsageError } from '../src/main/engine/errors.ts';
import { fastestArithmetic } from '../src/main/engine/runtime/similarity.ts';
import { ChunkedRows } from '../src/main/engine/store/chunkedRows.ts';
import { readNpyHeader, writeNpy } from '../src/main/engine/store/npy.ts';
import { inTemporaryFolder, line, machine, measured, peakMiB, peersPython } from './lib/compare.ts';
import { fileRows, syntheticEmbeddings } from './lib/embeddings.ts';

const oursSchema = z.object({ seconds: z.number(), pairs: z.number(), peakMiB: z.number() });
const peerSchema = z.object({
  searches: z.array(z.object({ name: z.string(), seconds: z.number() })),
  pairs: z.number(),
  /** Pairs that only one of the two found. */
  differing: z.number(),
  /** Largest | distance - beta | among these. */
  differingBy: z.number(),
  peakMiB: z.number(),
});

const { values } = parseArgs({
  options: {
    n: { type: 'string', default: '40000' },
    d: { type: 'string', default: '512' },
    beta: { type: 'string', default: '0.447' },
    decay: { type: 'string', default: '1' },
    repeats: { type: 'string', default: '2' },
    queries: { type: 'string' },
    half: { type: 'boolean', default: false },
    // used by the benchmark itself: measure ours alone on a folder
    ours: { type: 'string' },
  },
});
const [n, d, beta, decay, repeats] = [values.n, values.d, values.beta, values.decay, values.repeats].map(Number) as [
  number,
  number,
  number,
  number,
  number,
];

if (values.ours === undefined) await compare();
else await measureOurs(values.ours);

async function compare(): Promise<void> {
  const python = peersPython('balance');
  console.log(`Exact neighbours within ${beta} of ${n} x ${d} embeddings, decay ${decay}; ${machine()}`);
  await inTemporaryFolder(async (dir) => {
    const embeddings = syntheticEmbeddings(n, d, 1, decay);
    await writeNpy(path.join(dir, 'rows.npy'), values.half ? new Float16Array(embeddings) : embeddings, [n, d]);
    const self = [import.meta.filename, '--ours', dir, '--beta', String(beta), '--repeats', String(repeats)];
    const ours = oursSchema.parse(measured(process.execPath, self));
    console.log(line(`distillery, ${ours.pairs} pairs`, ours.seconds, ours.peakMiB));
    const script = path.join(import.meta.dirname, 'balance_peer.py');
    const peer = peerSchema.parse(
      measured(python, [script, dir, String(beta), String(repeats), values.queries ?? String(n)]),
    );
    for (const { name, seconds } of peer.searches) {
      const ratio = `${(seconds / ours.seconds).toFixed(1)} times ours`;
      console.log(`${line(name, seconds, peer.peakMiB)}  ${ratio}`);
    }
    console.log(
      peer.differing === 0
        ? `  the same ${peer.pairs} pairs`
        : `  ${peer.differing} of ${peer.pairs} pairs differ, all within ${peer.differingBy.toExponential(1)} of beta (float32 in faiss)`,
    );
    if (peer.differingBy > 1e-3) throw new UsageError('The pairs are not the same: the comparison says nothing.');
  });
}

async function measureOurs(dir: string): Promise<void> {
  const file = path.join(dir, 'rows.npy');
  const { shape } = await readNpyHeader(file);
  fastestArithmetic(); // part of starting up
  let seconds = Infinity;
  let pairs = new PairList();
  for (let repeat = 0; repeat < repeats; repeat++) {
    pairs = new PairList();
    const started = performance.now();
    const rows = new ChunkedRows(fileRows(file, shape[0]!, shape[1]!), chunkRowsFor(shape[1]!));
    const search = await NeighbourSearch.create(rows, beta);
    const add = pairs.push.bind(pairs);
    for (let chunk = 0; chunk < search.chunks; chunk++) await search.searchChunk(chunk, add, () => Promise.resolve());
    search.dispose();
    seconds = Math.min(seconds, (performance.now() - started) / 1000);
  }
  const found = new Int32Array(pairs.length * 2);
  let at = 0;
  pairs.forEach((i, j) => {
    found[at++] = i;
    found[at++] = j;
  });
  await writeNpy(path.join(dir, 'pairs.npy'), found, [pairs.length, 2]);
  console.log(JSON.stringify({ seconds, pairs: pairs.length, peakMiB: peakMiB() }));
}
