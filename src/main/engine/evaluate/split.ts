/** @file Stratified splits that follow from the seed alone. */

import { permutation } from '../random.ts';

export interface Split {
  /** Rows that stay, ascending. */
  rest: Int32Array;
  /** Rows that are held out, ascending. */
  held: Int32Array;
}

/**
 * Holds out about `fraction` of each class: at least one image of a class of two and more, never all of them.
 * @param labels class of each row `[n]`
 */
export function stratifiedSplit(labels: Int32Array, fraction: number, seed: number): Split {
  const byClass = new Map<number, number[]>();
  for (const [row, label] of labels.entries()) {
    const rows = byClass.get(label);
    if (rows) rows.push(row);
    else byClass.set(label, [row]);
  }
  const rest: number[] = [];
  const held: number[] = [];
  for (const [label, rows] of byClass) {
    const count = Math.min(rows.length - 1, Math.max(1, Math.round(rows.length * fraction)));
    const order = permutation(rows.length, seed, label);
    for (const [place, index] of order.entries()) (place < count ? held : rest).push(rows[index]!);
  }
  return { rest: Int32Array.from(rest).sort(), held: Int32Array.from(held).sort() };
}

/** Rows of `[n, dim]` by index. */
export function takeRows(features: Float32Array, dim: number, rows: Int32Array): Float32Array {
  const taken = new Float32Array(rows.length * dim);
  for (const [i, row] of rows.entries()) taken.set(features.subarray(row * dim, (row + 1) * dim), i * dim);
  return taken;
}

/** Labels by row. */
export const takeLabels = (labels: Int32Array, rows: Int32Array): Int32Array => rows.map((row) => labels[row]!);
