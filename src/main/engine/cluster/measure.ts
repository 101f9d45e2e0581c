/** @file How near the images lie to their centres, in float64 and in sample order. */

import type { StageContext } from '../progress.ts';
import type { ChunkedRows } from '../store/chunkedRows.ts';
import { squaredDistance } from '../vectors.ts';
import { forEachRow } from './walk.ts';

/** Sum of the squared Euclidean distances of the rows to the centres `[k, dim]` of their labels `[n]`. */
export async function inertiaOf(
  rows: ChunkedRows,
  centres: Float32Array,
  labels: Int32Array,
  context: StageContext,
): Promise<number> {
  let inertia = 0;
  const add = (vectors: Float32Array, local: number, row: number): void => {
    inertia += squaredDistance(vectors, local, centres, labels[row]!, rows.dim);
  };
  await forEachRow(rows, add, context);
  return inertia;
}

/** The inertia, and the cosine of each row and its centre `[n]`. */
export async function similaritiesOf(
  rows: ChunkedRows,
  centres: Float32Array,
  labels: Int32Array,
  context: StageContext,
): Promise<{ inertia: number; similarities: Float32Array }> {
  const similarities = new Float32Array(rows.count);
  let inertia = 0;
  const add = (vectors: Float32Array, local: number, row: number): void => {
    const squared = squaredDistance(vectors, local, centres, labels[row]!, rows.dim);
    inertia += squared;
    similarities[row] = 1 - squared / 2; // of vectors of length 1
  };
  await forEachRow(rows, add, context);
  return { inertia, similarities };
}
