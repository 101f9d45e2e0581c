/**
 * @file Mini-batch k-means (Sculley 2010) on the sphere: after each batch a centre becomes the mean of all images that it
 * has met, scaled to length 1. With the mean of v images, one more moves it by 1 / v: his rate of learning. Of the sum of
 * those images only its length is kept, its direction is the centre.
 */

import { checkpoint, type StageContext } from '../progress.ts';
import { permutation } from '../random.ts';
import { ChunkedRows } from '../store/chunkedRows.ts';
import { squaredDistance } from '../vectors.ts';
import { Assigner } from './assign.ts';
import { Smallest } from './smallest.ts';

/** A batch is made of runs of neighbours, in a random order of runs: single rows would be as many reads. */
const RUN = 16;
/** Sets up to this size are kept in memory. */
const HELD_BYTES = 1 << 29;
/** Keeps the order apart from other choices by the seed. */
const ORDER = 2;
const SAVE_MS = 30_000;

export interface MiniBatchState {
  /** Batches done. */
  batch: number;
  /** `[k, dim]`, length 1. */
  centres: Float32Array;
  /** Length of the sum of the images that each centre has met `[k]`. */
  lengths: Float64Array;
  /** Images that each centre met in this pass `[k]`. */
  met: Int32Array;
  /** Of the images of this pass so far, each to the centres of its time. */
  inertia: number;
  /** Of the pass before; Infinity in the first. */
  inertiaBefore: number;
}

export interface MiniBatchPlan {
  miniBatch: number;
  /** Passes. */
  iterations: number;
  tolerance: number;
  seed: number;
}

export const startOfPasses = (centres: Float32Array, clusters: number): MiniBatchState => ({
  batch: 0,
  centres,
  lengths: new Float64Array(clusters),
  met: new Int32Array(clusters),
  inertia: 0,
  inertiaBefore: Infinity,
});

/**
 * Goes through the rows in batches; moves `state` along and hands it to `save` now and then.
 * @returns passes done.
 */
export async function miniBatches(
  rows: ChunkedRows,
  state: MiniBatchState,
  { miniBatch, iterations, tolerance, seed }: MiniBatchPlan,
  save: (state: MiniBatchState) => Promise<void>,
  context: StageContext,
): Promise<number> {
  const run = Math.min(RUN, miniBatch);
  const runs = Math.ceil(rows.count / run);
  const runsOfBatch = Math.floor(miniBatch / run);
  const batches = Math.ceil(runs / runsOfBatch);
  let saved = performance.now();
  let [order, orderOf]: [Uint32Array, number] = [new Uint32Array(0), -1];
  for (;;) {
    const [pass, slot] = [Math.floor(state.batch / batches), state.batch % batches];
    if (pass > 0 && slot === 0) {
      const { inertia, inertiaBefore } = state;
      if (pass === iterations || (tolerance > 0 && inertia >= inertiaBefore * (1 - tolerance))) return pass;
      Object.assign(state, { inertia: 0, inertiaBefore: inertia });
      state.met.fill(0);
    }
    if (orderOf !== pass) [order, orderOf] = [permutation(runs, seed, ORDER, pass), pass];
    const chosen = order.slice(slot * runsOfBatch, (slot + 1) * runsOfBatch).sort();
    const vectors = await readRuns(rows, chosen, run);
    const labels = await nearest(vectors, rows.dim, state.centres);
    state.inertia += learn(vectors, labels, rows.dim, state);
    // after the last pass a moved centre would be one that has met nothing
    if (slot === batches - 1 && pass + 1 < iterations) reseed(vectors, labels, rows.dim, state);
    state.batch++;
    const done = Math.min(rows.count, (slot + 1) * runsOfBatch * run);
    context.onProgress({ stage: `cluster, pass ${pass + 1}`, done, total: rows.count, unit: 'images' });
    if (slot === batches - 1 || performance.now() - saved > SAVE_MS) {
      await save(state);
      saved = performance.now();
    }
    await checkpoint(context);
  }
}

/** Rows of the chosen runs (ascending), `[rows, dim]`. */
async function readRuns(rows: ChunkedRows, chosen: Uint32Array, run: number): Promise<Float32Array> {
  const { count, dim } = rows;
  const ends = (at: number): [number, number] => [chosen[at]! * run, Math.min((chosen[at]! + 1) * run, count)];
  const total = chosen.reduce((sum, _, at) => sum + ends(at)[1] - ends(at)[0], 0);
  const vectors = new Float32Array(total * dim);
  const inMemory = count * dim * 4 <= HELD_BYTES;
  let filled = 0;
  for (let at = 0; at < chosen.length; at++) {
    const [from, to] = ends(at);
    if (!inMemory) {
      vectors.set(await rows.source.read(from, to), filled * dim);
      filled += to - from;
      continue;
    }
    for (let row = from; row < to;) {
      const chunk = Math.floor(row / rows.chunkRows);
      const { from: first, to: last } = rows.range(chunk);
      const end = Math.min(to, last);
      const held = await rows.get(chunk);
      vectors.set(held.subarray((row - first) * dim, (end - first) * dim), filled * dim);
      filled += end - row;
      row = end;
    }
  }
  return vectors;
}

/** Labels of the rows of a batch. */
async function nearest(vectors: Float32Array, dim: number, centres: Float32Array): Promise<Int32Array> {
  const count = vectors.length / dim;
  const read = (from: number, to: number) => Promise.resolve(vectors.subarray(from * dim, to * dim));
  const assigner = new Assigner(new ChunkedRows({ count, dim, read }, count));
  const labels = new Int32Array(count).fill(-1);
  try {
    await assigner.assign(
      centres,
      labels,
      () => undefined,
      () => Promise.resolve(),
    );
  } finally {
    assigner.dispose();
  }
  return labels;
}

/** Moves the centres that the batch met. @returns the inertia of the batch before that. */
function learn(
  vectors: Float32Array,
  labels: Int32Array,
  dim: number,
  { centres, lengths, met }: MiniBatchState,
): number {
  let inertia = 0;
  const sum = new Float64Array(dim);
  const byCluster = Uint32Array.from(labels.keys()).sort((a, b) => labels[a]! - labels[b]! || a - b);
  for (let at = 0; at < byCluster.length;) {
    const cluster = labels[byCluster[at]!]!;
    const centre = centres.subarray(cluster * dim, (cluster + 1) * dim);
    for (let t = 0; t < dim; t++) sum[t] = lengths[cluster]! * centre[t]!;
    for (; at < byCluster.length && labels[byCluster[at]!] === cluster; at++) {
      const row = byCluster[at]!;
      inertia += squaredDistance(vectors, row, centres, cluster, dim);
      for (let t = 0; t < dim; t++) sum[t]! += vectors[row * dim + t]!;
      met[cluster]!++;
    }
    const length = Math.sqrt(sum.reduce((squares, value) => squares + value * value, 0));
    if (length === 0) continue; // opposite images: no direction
    lengths[cluster] = length;
    for (let t = 0; t < dim; t++) centre[t] = sum[t]! / length;
  }
  return inertia;
}

/** Each centre that met nothing in a whole pass goes to an image of its last batch, the farthest ones first. */
function reseed(vectors: Float32Array, labels: Int32Array, dim: number, state: MiniBatchState): void {
  const { centres, lengths, met } = state;
  const idle = Array.from(met.keys()).filter((cluster) => met[cluster] === 0);
  const farthest = new Smallest(idle.length);
  for (const [row, label] of labels.entries()) farthest.offer(-squaredDistance(vectors, row, centres, label, dim), row);
  for (const [at, { row }] of farthest.sorted().entries()) {
    const cluster = idle[at]!;
    centres.set(vectors.subarray(row * dim, (row + 1) * dim), cluster * dim);
    lengths[cluster] = 0;
  }
}
