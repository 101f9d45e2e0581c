/** @file The nearest of a few thousand chosen rows for each row of a block, by products on the device. */

import type { Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../runtime/backend.ts';

export interface Nearest {
  /** `[n, k]`: numbers of chosen rows, most similar first. */
  rows: Int32Array;
  /** `[n, k]`: Euclidean distances of unit rows. */
  distances: Float32Array;
}

/** @param chosen unit rows on the device, `[m, d]` with m >= k @param rows unit rows `[n, d]` */
export function nearestChosen(chosen: Tensor2D, rows: Float32Array, k: number): Nearest {
  const dim = chosen.shape[1];
  const { values, indices } = tf.tidy(() => {
    const products = tf.matMul(tf.tensor2d(rows, [rows.length / dim, dim]), chosen, false, true);
    return tf.topk(products, k);
  });
  const similarity = values.dataSync<'float32'>();
  const found = indices.dataSync<'int32'>();
  tf.dispose([values, indices]);
  return {
    rows: Int32Array.from(found),
    distances: Float32Array.from(similarity, (value) => Math.sqrt(Math.max(0, 2 - 2 * value))),
  };
}
