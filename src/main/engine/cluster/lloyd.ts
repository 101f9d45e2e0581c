/** @file Spherical k-means (Dhillon & Modha 2001) by Lloyd's iterations. Every step is exact, so a run is reproducible. */

import { checkpoint, type StageContext } from '../progress.ts';
import type { ChunkedRows } from '../store/chunkedRows.ts';
import { innerProduct } from '../vectors.ts';
import type { Assigner } from './assign.ts';
import { inertiaOf } from './measure.ts';
import { Smallest } from './smallest.ts';
import { ClusterMeans } from './sums.ts';
import { forEachRow, gather } from './walk.ts';

/** Where a run stands: what the next iteration needs. */
export interface LloydState {
  /** Iterations done. */
  iteration: number;
  /** `[k, dim]`, length 1. */
  centres: Float32Array;
  /** `[n]`: the assignment from which `centres` were computed; -1 before the first iteration. */
  labels: Int32Array;
  /** Of that assignment; known where a tolerance asks for it. */
  inertia?: number | undefined;
}

export interface LloydResult extends LloydState {
  /** Members of each cluster `[k]`. */
  sizes: Int32Array;
}

export interface LloydLimits {
  /** At most so many in all. */
  iterations: number;
  /** Ends when an iteration lowers the inertia by no more than this share of it. */
  tolerance?: number;
  /** Memory for the sums of the clusters. */
  sumsBytes?: number;
}

/**
 * Iterates until no label changes or a limit is reached. `labels` of the result are those of its centres.
 * @param onIteration is awaited with the state after each iteration, to store it.
 */
export async function lloyd(
  rows: ChunkedRows,
  assigner: Assigner,
  start: LloydState,
  { iterations, tolerance = 0, sumsBytes }: LloydLimits,
  onIteration: (state: LloydState) => Promise<void>,
  context: StageContext,
): Promise<LloydResult> {
  const { centres, labels } = start;
  const means = new ClusterMeans(rows, centres.length / rows.dim, sumsBytes);
  await addAll(rows, means, labels, context);
  const moved = new Float64Array(means.counts.length);
  let { iteration, inertia } = start;
  for (;;) {
    // after the last iteration: the labels of its centres
    const stage = iteration < iterations ? `iteration ${iteration + 1}` : 'final assignment';
    const afterChunk = async (done: number): Promise<void> => {
      context.onProgress({ stage: `cluster, ${stage}`, done, total: rows.count, unit: 'images' });
      await checkpoint(context);
    };
    const sinceLast = iteration > start.iteration ? moved : undefined;
    const changed = await assigner.assign(centres, labels, means.move.bind(means), afterChunk, sinceLast);
    if (changed === 0 || iteration === iterations) break;
    if (tolerance > 0) {
      const before = inertia ?? Infinity;
      inertia = await inertiaOf(rows, centres, labels, context);
      if (inertia >= before * (1 - tolerance)) break;
    }
    await means.writeCentres(centres, moved, labels, context);
    await reseed(rows, centres, moved, labels, means.empty, context);
    iteration++;
    await onIteration({ iteration, centres, labels, inertia });
  }
  return { iteration, centres, labels, sizes: means.counts };
}

/** Brings the means to a stored assignment. */
async function addAll(
  rows: ChunkedRows,
  means: ClusterMeans,
  labels: Int32Array,
  context: StageContext,
): Promise<void> {
  if (labels.every((label) => label < 0)) return;
  const add = (vectors: Float32Array, local: number, row: number): void => {
    means.move(vectors, local, labels[row]!, -1);
  };
  await forEachRow(rows, add, context);
}

/**
 * Gives each empty cluster, in order, the image that is farthest from its own centre (ties: the lowest).
 * The image's old centre keeps its share of it until the next iteration.
 */
async function reseed(
  rows: ChunkedRows,
  centres: Float32Array,
  moved: Float64Array,
  labels: Int32Array,
  empty: number[],
  context: StageContext,
): Promise<void> {
  if (empty.length === 0) return;
  const farthest = new Smallest(empty.length);
  const offer = (vectors: Float32Array, local: number, row: number): void => {
    farthest.offer(innerProduct(vectors, local, centres, labels[row]!, rows.dim), row);
  };
  await forEachRow(rows, offer, context);
  const chosen = farthest.sorted().map(({ row }, at) => ({ row, cluster: empty[at]! }));
  const ascending = chosen.toSorted((a, b) => a.row - b.row);
  const vectors = await gather(
    rows,
    Uint32Array.from(ascending, ({ row }) => row),
  );
  for (const [at, { cluster }] of ascending.entries()) {
    centres.set(vectors.subarray(at * rows.dim, (at + 1) * rows.dim), cluster * rows.dim);
    moved[cluster] = Math.PI;
  }
}
