/** @file Scores of queries against items, block by block, so that memory stays bounded by the block. */

import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf, tidy } from '../runtime/backend.ts';

/** Scores held at once: 16 MiB of float32. */
const blockScores = 4 * 1024 * 1024;

/** Rows of one block when each row gives `columns` scores. */
export const rowsOfBlock = (columns: number): number => Math.max(1, Math.floor(blockScores / Math.max(1, columns)));

/** Values of the float32 tensor that `build` makes; nothing stays. (An array must not leave a tidy: it would look for tensors in each element.) */
export function valuesOf(build: () => Tensor): Float32Array {
  const tensor = tidy(build);
  try {
    return tensor.dataSync<'float32'>();
  } finally {
    tensor.dispose();
  }
}

/**
 * Calls `visit` for every query with its dot products to all items.
 * @param queries `[n, dim]`
 * @param items `[m, dim]`
 * @param visit gets the query's row and its scores `[m]`, valid only during the call.
 */
export function forEachRow(
  queries: Float32Array,
  items: Float32Array,
  dim: number,
  visit: (row: number, scores: Float32Array) => void,
): void {
  const n = queries.length / dim;
  const m = items.length / dim;
  if (n === 0 || m === 0) return;
  const block = rowsOfBlock(m);
  const itemTensor = tf.tensor2d(items, [m, dim]);
  try {
    for (let from = 0; from < n; from += block) {
      const rows = Math.min(block, n - from);
      const scores = valuesOf(() => {
        const queryTensor = tf.tensor2d(queries.subarray(from * dim, (from + rows) * dim), [rows, dim]);
        return tf.matMul(queryTensor, itemTensor, false, true);
      });
      for (let row = 0; row < rows; row++) visit(from + row, scores.subarray(row * m, (row + 1) * m));
    }
  } finally {
    itemTensor.dispose();
  }
}

/** The highest score's place when `rank` is that of `label`: where two are equal, as ranks have it. */
export function answerOf(scores: Float32Array | Float64Array, label: number, rank: number): number {
  if (rank === 0) return label;
  let best = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i]! > scores[best]!) best = i;
  return best;
}

/**
 * Place of `index` when scores are sorted from high to low, from 0; equal scores go to the lower index.
 * A score that is not a number counts as higher than all others, so that it never earns a hit.
 */
export function rankOf(scores: Float32Array | Float64Array, index: number): number {
  const own = scores[index]!;
  let rank = 0;
  for (let i = 0; i < scores.length; i++) {
    const other = scores[i]!;
    if (i !== index && (!(other <= own) || (other === own && i < index))) rank++;
  }
  return rank;
}
