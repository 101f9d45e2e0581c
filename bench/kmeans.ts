/**
 * @file Spherical k-means against faiss.Kmeans: the same data, first centres and number of iterations.
 * Run: npm run bench -- kmeans [--n 100000] [--d 256] [--clusters 1000] [--iterations 10] [--decay 1] [--repeats 2]
 * Times leave out starting the programs and reading the data; ours contains the final assignment and the inertia.
 */

import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { Assigner } from '../src/main/engine/cluster/assign.ts';
import { lloyd } from '../src/main/engine/cluster/lloyd.ts';
import { inertiaOf } from '../src/main/engine/cluster/measure.ts';
import { silentContext } from '../src/main/engine/progress.ts';
import { permutation } from '../src/main/engine/random.ts';
import { fastestArithmetic } from '../src/main/engine/runtime/similarity.ts';
import { ChunkedRows } from '../src/main/engine/store/chunkedRows.ts';
import { readNpy, writeNpy } from '../src/main/engine/store/npy.ts';
import { inTemporaryFolder, line, machine, measured, peakMiB, peersPython } from './lib/compare.ts';
import { syntheticEmbeddings } from './lib/embeddings.ts';

const CHUNK_ROWS = 16384;

const resultSchema = z.object({
  seconds: z.number(),
  inertia: z.number(),
  iterations: z.number(),
  peakMiB: z.number(),
});

const { values } = parseArgs({
  options: {
    n: { type: 'string', default: '100000' },
    d: { type: 'string', default: '256' },
    clusters: { type: 'string', default: '1000' },
    iterations: { type: 'string', default: '10' },
    decay: { type: 'string', default: '1' },
    repeats: { type: 'string', default: '2' },
    // used by the benchmark itself: measure ours alone on a folder
    ours: { type: 'string' },
  },
});
const [n, d, clusters, iterations] = [values.n, values.d, values.clusters, values.iterations].map(Number) as [
  number,
  number,
  number,
  number,
];
const [decay, repeats] = [Number(values.decay), Number(values.repeats)];

if (values.ours === undefined) await compare();
else await measureOurs(values.ours);

async function compare(): Promise<void> {
  const python = peersPython('kmeans');
  console.log(`Spherical k-means of ${n} x ${d}, ${clusters} clusters, ${iterations} iterations; ${machine()}`);
  await inTemporaryFolder(async (dir) => {
    const rows = syntheticEmbeddings(n, d, 1, decay);
    await writeNpy(path.join(dir, 'rows.npy'), rows, [n, d]);
    const chosen = permutation(n, 1).slice(0, clusters);
    const start = Float32Array.from(
      { length: clusters * d },
      (_, at) => rows[chosen[Math.floor(at / d)]! * d + (at % d)]!,
    );
    await writeNpy(path.join(dir, 'start.npy'), start, [clusters, d]);
    const counts = [String(iterations), String(repeats)] as const;
    const self = [import.meta.filename, '--ours', dir, '--iterations', counts[0], '--repeats', counts[1]];
    const ours = resultSchema.parse(measured(process.execPath, self));
    const script = path.join(import.meta.dirname, 'kmeans_peer.py');
    const peer = resultSchema.parse(measured(python, [script, dir, ...counts]));
    console.log(line(`distillery, inertia ${ours.inertia.toFixed(1)}`, ours.seconds, ours.peakMiB));
    console.log(line(`faiss.Kmeans, inertia ${peer.inertia.toFixed(1)}`, peer.seconds, peer.peakMiB));
    console.log(`  faiss takes ${(peer.seconds / ours.seconds).toFixed(2)} times ours`);
    console.log(`  iterations: ${ours.iterations} and ${peer.iterations}`);
  });
}

async function measureOurs(dir: string): Promise<void> {
  const { data, shape } = await readNpy(path.join(dir, 'rows.npy'));
  const [count, dim] = shape as [number, number];
  const all = data as Float32Array;
  const read = (from: number, to: number) => Promise.resolve(all.subarray(from * dim, to * dim));
  fastestArithmetic(); // part of starting up
  let report = { seconds: Infinity, inertia: 0, iterations: 0 };
  for (let repeat = 0; repeat < repeats; repeat++) {
    const centres = (await readNpy(path.join(dir, 'start.npy'))).data as Float32Array;
    const started = performance.now();
    const rows = new ChunkedRows({ count, dim, read }, CHUNK_ROWS);
    const assigner = new Assigner(rows);
    const start = { iteration: 0, centres, labels: new Int32Array(count).fill(-1) };
    const found = await lloyd(rows, assigner, start, { iterations }, () => Promise.resolve(), silentContext());
    assigner.dispose();
    const inertia = await inertiaOf(rows, found.centres, found.labels, silentContext());
    const seconds = Math.min(report.seconds, (performance.now() - started) / 1000);
    report = { seconds, inertia, iterations: found.iteration };
  }
  console.log(JSON.stringify({ ...report, peakMiB: peakMiB() }));
}
