/**
 * @file Principal components of all rows, exactly, in one pass over them: the covariance is summed block by block on the device,
 *
 *     C = 1/n sum x x^T - m m^T,    position = V^T (x - m),    V: its eigenvectors of the largest eigenvalues
 */

import type { Tensor1D } from '@tensorflow/tfjs-node-gpu';
import { checkpoint, type StageContext } from '../progress.ts';
import { tf } from '../runtime/backend.ts';
import type { RowSource } from '../store/chunkedRows.ts';
import { largestEigenPairs } from './eigen.ts';

export interface Axes {
  /** `[d]` */
  mean: Float64Array;
  /** `[2, d]`, unit rows. */
  directions: Float64Array;
  /** Share of the whole variance along each direction, `[2]`. */
  explained: Float64Array;
}

/** Rows that are multiplied at once. */
export const blockRows = 8192;

export async function principalAxes(source: RowSource, context: StageContext, block = blockRows): Promise<Axes> {
  const { count, dim } = source;
  const sum = new Float64Array(dim);
  const products = new Float64Array(dim * dim);
  for (let from = 0; from < count; from += block) {
    const to = Math.min(from + block, count);
    const rows = await source.read(from, to);
    const part = tf.tidy(() => {
      const x = tf.tensor2d(rows, [to - from, dim]);
      return { sum: tf.sum<Tensor1D>(x, 0), products: tf.matMul(x, x, true, false) };
    });
    add(sum, part.sum.dataSync<'float32'>());
    add(products, part.products.dataSync<'float32'>());
    tf.dispose([part.sum, part.products]);
    context.onProgress({ stage: 'map: variance', done: to, total: count, unit: 'images' });
    await checkpoint(context);
  }
  const mean = sum.map((value) => value / count);
  const covariance = products.map((value, at) => value / count - mean[Math.floor(at / dim)]! * mean[at % dim]!);
  let whole = 0;
  for (let i = 0; i < dim; i++) whole += Math.max(0, covariance[i * dim + i]!);
  const { values, vectors } = largestEigenPairs(covariance, dim, Math.min(2, dim));
  return {
    mean,
    // of a single dimension the second axis is none
    directions: Float64Array.from({ length: 2 * dim }, (_, i) => vectors[i] ?? 0),
    explained: Float64Array.from({ length: 2 }, (_, i) => (whole > 0 ? (values[i] ?? 0) / whole : 0)),
  };
}

/** Positions `[n, 2]` of rows `[n, d]`. */
export function project(rows: Float32Array, { mean, directions }: Axes): Float32Array {
  const dim = mean.length;
  const offset = [0, 1].map((axis) => {
    let sum = 0;
    for (let i = 0; i < dim; i++) sum += mean[i]! * directions[axis * dim + i]!;
    return sum;
  });
  const positions = new Float32Array((rows.length / dim) * 2);
  for (let row = 0; row * dim < rows.length; row++) {
    let [x, y] = [-offset[0]!, -offset[1]!];
    for (let i = 0, at = row * dim; i < dim; i++, at++) {
      x += rows[at]! * directions[i]!;
      y += rows[at]! * directions[dim + i]!;
    }
    positions[2 * row] = x;
    positions[2 * row + 1] = y;
  }
  return positions;
}

function add(sum: Float64Array, part: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += part[i]!;
}
