/** @file Reference implementations by sorting, slow and obvious. */

/** Dot products `[n][m]`. */
export function products(a: Float32Array, b: Float32Array, dim: number): number[][] {
  return rows(a, dim).map((x) => rows(b, dim).map((y) => x.reduce((sum, value, i) => sum + value * y[i]!, 0)));
}

export const rows = (values: ArrayLike<number>, dim: number): number[][] =>
  Array.from({ length: values.length / dim }, (_, row) =>
    Array.from({ length: dim }, (__, i) => values[row * dim + i]!),
  );

/** Indices from the highest score to the lowest; equal scores keep their order. */
export const order = (scores: number[]): number[] => scores.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]!);

/** Rows of length 1 from any stream of numbers. */
export function unitRows(n: number, dim: number, random: () => number): Float32Array {
  const values = Float32Array.from({ length: n * dim }, random);
  for (let row = 0; row < n; row++) {
    const own = values.subarray(row * dim, (row + 1) * dim);
    const length = Math.sqrt(own.reduce((sum, value) => sum + value * value, 0));
    for (let i = 0; i < dim; i++) own[i]! /= length;
  }
  return values;
}
