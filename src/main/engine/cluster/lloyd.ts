/** @file Spherical k-means (Dhillon & Modha 2001) by Lloyd's iterations. Every step is exact, so a run is reproducible. */

import { checkpoint, type StageContext } from '../progress.ts';
import type { ChunkedRows } from '../store/chunkedRows.ts';
import { innerProduct, squaredDistance } from '../vectors.ts';
import type { Assigner } from './assign.ts';
import { ClusterSums } from './sums.ts';

/** Where a run stands: what the next iteration needs. */
export interface LloydState {
  /** Iterations done. */
  iteration: number;
  /** `[k, dim]`, length 1. */
  centres: Float32Array;
  /** `[n]`: the assignment from which `centres` were computed; -1 before the first iteration. */
  labels: Int32Array;
}

export interface LloydResult extends LloydState {
  /** Members of each cluster `[k]`. */
  sizes: Int32Array;
  /** Sum of the squared Euclidean distances of the images to their centres. */
  inertia: number;
}

/**
 * Iterates until no label changes, at most `iterations` times in all. `labels` of the result are those of its centres.
 * @param onIteration is awaited with the state after each iteration, to store it.
 */
export async function lloyd(
  rows: ChunkedRows,
  assigner: Assigner,
  start: LloydState,
  iterations: number,
  onIteration: (state: LloydState) => Promise<void>,
  context: StageContext,
): Promise<LloydResult> {
  const { centres, labels } = start;
  const clusters = centres.length / rows.dim;
  const sums = await sumsOf(rows, clusters, labels);
  let { iteration } = start;
  for (;;) {
    // after the last iteration: the labels of its centres
    const stage = iteration < iterations ? `iteration ${iteration + 1}` : 'final assignment';
    const changed = await assign(rows, assigner, centres, labels, sums, stage, context);
    if (changed === 0 || iteration === iterations) break;
    sums.writeCentres(centres);
    await reseed(rows, centres, labels, sums.empty);
    iteration++;
    await onIteration({ iteration, centres, labels });
  }
  const inertia = await inertiaOf(rows, centres, labels);
  return { iteration, centres, labels, sizes: sums.counts, inertia };
}

async function assign(
  rows: ChunkedRows,
  assigner: Assigner,
  centres: Float32Array,
  labels: Int32Array,
  sums: ClusterSums,
  stage: string,
  context: StageContext,
): Promise<number> {
  const move = sums.move.bind(sums);
  return assigner.assign(centres, labels, move, async (done) => {
    context.onProgress({ stage: `cluster, ${stage}`, done, total: rows.count, unit: 'images' });
    await checkpoint(context);
  });
}

/** Sums of a stored assignment. */
async function sumsOf(rows: ChunkedRows, clusters: number, labels: Int32Array): Promise<ClusterSums> {
  const sums = new ClusterSums(clusters, rows.dim);
  if (labels.every((label) => label < 0)) return sums;
  await forEachRow(rows, (vectors, local, row) => {
    sums.move(vectors, local, labels[row]!, -1);
  });
  return sums;
}

/**
 * Gives each empty cluster, in order, the image that is farthest from its own centre (ties: the lowest).
 * The image's old centre keeps its share of it until the next iteration.
 */
async function reseed(rows: ChunkedRows, centres: Float32Array, labels: Int32Array, empty: number[]): Promise<void> {
  if (empty.length === 0) return;
  const products = new Float64Array(rows.count);
  await forEachRow(rows, (vectors, local, row) => {
    products[row] = innerProduct(vectors, local, centres, labels[row]!, rows.dim);
  });
  const farthest = Uint32Array.from({ length: rows.count }, (_, row) => row).sort(
    (a, b) => products[a]! - products[b]! || a - b,
  );
  for (const [at, cluster] of empty.entries()) {
    const row = farthest[at]!;
    const chunk = Math.floor(row / rows.chunkRows);
    const vectors = await rows.get(chunk);
    const start = (row - rows.range(chunk).from) * rows.dim;
    centres.set(vectors.subarray(start, start + rows.dim), cluster * rows.dim);
  }
}

/** In float64, in sample order. */
async function inertiaOf(rows: ChunkedRows, centres: Float32Array, labels: Int32Array): Promise<number> {
  let inertia = 0;
  await forEachRow(rows, (vectors, local, row) => {
    inertia += squaredDistance(vectors, local, centres, labels[row]!, rows.dim);
  });
  return inertia;
}

async function forEachRow(
  rows: ChunkedRows,
  visit: (vectors: Float32Array, localRow: number, row: number) => void,
): Promise<void> {
  for (let chunk = 0; chunk < rows.chunks; chunk++) {
    const { from, to } = rows.range(chunk);
    const vectors = await rows.get(chunk);
    for (let row = from; row < to; row++) visit(vectors, row - from, row);
  }
}
