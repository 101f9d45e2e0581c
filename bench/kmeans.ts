/**
 * @file Spherical k-means against faiss.Kmeans and scikit-learn: the same data, first centres and number of iterations
 * (passes of mini-batches). Ratios and differences of inertia are those to ours of the same kind.
 * Run: npm run bench -- kmeans [--n 100000] [--d 256] [--clusters 1000] [--iterations 10] [--batch 4096] [--decay 1]
 *      [--repeats 2] [--peers faiss,sklearn,sklearn-mini-batch] [--bounds on/off]
 * Times leave out starting the programs and reading the data; ours contain the final assignment and the inertia.
 */

import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { Assigner } from '../src/main/engine/cluster/assign.ts';
import { BOUNDS_FROM } from '../src/main/engine/cluster/fit.ts';
import { lloyd } from '../src/main/engine/cluster/lloyd.ts';
import { inertiaOf } from '../src/main/engine/cluster/measure.ts';
import { miniBatches, startOfPasses } from '../src/main/engine/cluster/miniBatch.ts';
import { silentContext } from '../src/main/engine/progress.ts';
import { permutation } from '../src/main/engine/random.ts';
import { fastestArithmetic } from '../src/main/engine/runtime/similarity.ts';
import { ChunkedRows } from '../src/main/engine/store/chunkedRows.ts';
import { readNpy, writeNpy } from '../src/main/engine/store/npy.ts';
import { inTemporaryFolder, line, machine, measured, peakMiB, peersPython } from './lib/compare.ts';
import { syntheticEmbeddings } from './lib/embeddings.ts';

const CHUNK_ROWS = 16384;
const save = (): Promise<void> => Promise.resolve();

const resultSchema = z.object({
  seconds: z.number(),
  inertia: z.number(),
  iterations: z.number(),
  peakMiB: z.number(),
});
type Result = z.infer<typeof resultSchema>;

const { values } = parseArgs({
  options: {
    n: { type: 'string', default: '100000' },
    d: { type: 'string', default: '256' },
    clusters: { type: 'string', default: '1000' },
    iterations: { type: 'string', default: '10' },
    batch: { type: 'string', default: '4096' },
    decay: { type: 'string', default: '1' },
    repeats: { type: 'string', default: '2' },
    peers: { type: 'string', default: 'faiss,sklearn,sklearn-mini-batch' },
    bounds: { type: 'string' },
    // used by the benchmark itself: measure ours alone on a folder
    ours: { type: 'string' },
    kind: { type: 'string', default: 'Lloyd' },
  },
});
const n = Number(values.n);
const d = Number(values.d);
const clusters = Number(values.clusters);
const iterations = Number(values.iterations);
const batch = Number(values.batch);

if (values.ours === undefined) await compare();
else await measureOurs(values.ours);

async function compare(): Promise<void> {
  const peers = values.peers.split(',').filter((peer) => peer !== '');
  const python = peers.length > 0 ? peersPython('kmeans') : '';
  console.log(`Spherical k-means of ${n} x ${d}, ${clusters} clusters, ${iterations} iterations; ${machine()}`);
  await inTemporaryFolder(async (dir) => {
    const rows = syntheticEmbeddings(n, d, 1, Number(values.decay));
    await writeNpy(path.join(dir, 'rows.npy'), rows, [n, d]);
    const start = new Float32Array(clusters * d);
    for (const [at, row] of permutation(n, 1).slice(0, clusters).entries()) {
      start.set(rows.subarray(row * d, (row + 1) * d), at * d);
    }
    await writeNpy(path.join(dir, 'start.npy'), start, [clusters, d]);
    const own = process.argv.slice(2);
    const ofKind = (kind: string): Result => {
      const args = [import.meta.filename, ...own, '--ours', dir, '--kind', kind];
      const result = resultSchema.parse(measured(process.execPath, args));
      console.log(line(`distillery ${kind}, inertia ${result.inertia.toFixed(1)}`, result.seconds, result.peakMiB));
      return result;
    };
    const ours = { Lloyd: ofKind('Lloyd'), miniBatch: ofKind('mini-batch') };
    for (const peer of peers) {
      const script = path.join(import.meta.dirname, 'kmeans_peer.py');
      const result = resultSchema.parse(
        measured(python, [script, dir, peer, values.iterations, values.repeats, values.batch]),
      );
      const { seconds, inertia } = peer === 'sklearn-mini-batch' ? ours.miniBatch : ours.Lloyd;
      console.log(line(`${peer}, inertia ${result.inertia.toFixed(1)}`, result.seconds, result.peakMiB));
      const more = (100 * (result.inertia / inertia - 1)).toFixed(3);
      console.log(`    takes ${(result.seconds / seconds).toFixed(2)} times ours, inertia ${more}% above ours`);
    }
  });
}

async function measureOurs(dir: string): Promise<void> {
  const { data, shape } = await readNpy(path.join(dir, 'rows.npy'));
  const [count, dim] = shape as [number, number];
  const all = data as Float32Array;
  const read = (from: number, to: number) => Promise.resolve(all.subarray(from * dim, to * dim));
  fastestArithmetic(); // part of starting up
  let report = { seconds: Infinity, inertia: 0, iterations: 0 };
  for (let repeat = 0; repeat < Number(values.repeats); repeat++) {
    const centres = (await readNpy(path.join(dir, 'start.npy'))).data as Float32Array;
    const started = performance.now();
    const rows = new ChunkedRows({ count, dim, read }, CHUNK_ROWS);
    const found = await (values.kind === 'Lloyd' ? byLloyd(rows, centres) : byMiniBatches(rows, centres));
    const inertia = await inertiaOf(rows, centres, found.labels, silentContext());
    const seconds = Math.min(report.seconds, (performance.now() - started) / 1000);
    report = { seconds, inertia, iterations: found.iterations };
  }
  console.log(JSON.stringify({ ...report, peakMiB: peakMiB() }));
}

/** Both leave their centres in `centres`. */
async function byLloyd(rows: ChunkedRows, centres: Float32Array) {
  const bounds = values.bounds === undefined ? clusters >= BOUNDS_FROM : values.bounds === 'on';
  const assigner = new Assigner(rows, { bounds });
  const start = { iteration: 0, centres, labels: new Int32Array(rows.count).fill(-1) };
  const { labels, iteration } = await lloyd(rows, assigner, start, { iterations }, save, silentContext());
  assigner.dispose();
  return { labels, iterations: iteration };
}

async function byMiniBatches(rows: ChunkedRows, centres: Float32Array) {
  const plan = { miniBatch: batch, iterations, tolerance: 0, seed: 1 };
  const passes = await miniBatches(rows, startOfPasses(centres, clusters), plan, save, silentContext());
  const labels = new Int32Array(rows.count).fill(-1);
  const assigner = new Assigner(rows);
  await assigner.assign(centres, labels, () => undefined, save);
  assigner.dispose();
  return { labels, iterations: passes };
}
