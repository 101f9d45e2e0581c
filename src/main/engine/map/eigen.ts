/** @file The largest eigenvalues of a symmetric matrix and their vectors, by orthogonal iteration in float64. */

import { normalStream } from '../random.ts';

export interface EigenPairs {
  /** `[count]`, descending. */
  values: Float64Array;
  /** `[count, d]`, unit rows; the entry of the largest size is positive. */
  vectors: Float64Array;
}

/** More than are asked for: the pairs after them decide how fast those converge. */
const spare = 6;
const maximumRounds = 500;
/** 1 - cosine of a vector before and after a round at which it counts as found: about an angle of 4e-8. */
const tolerance = 1e-15;

/** @param matrix symmetric and positive semi-definite, `[d, d]` */
export function largestEigenPairs(matrix: Float64Array, d: number, count: number): EigenPairs {
  const width = Math.min(d, count + spare);
  const random = normalStream(1);
  let vectors: Float64Array[] = Array.from({ length: width }, () => Float64Array.from({ length: d }, random));
  orthonormalise(vectors);
  let values = new Float64Array(width);
  for (let round = 0; round < maximumRounds; round++) {
    const next = vectors.map((vector) => product(matrix, vector));
    values = Float64Array.from(vectors, (vector, i) => dot(vector, next[i]!));
    orthonormalise(next);
    const moved = Math.max(...next.slice(0, count).map((vector, i) => 1 - Math.abs(dot(vector, vectors[i]!))));
    vectors = next;
    if (moved < tolerance) break;
  }
  const order = [...values.keys()].sort((a, b) => values[b]! - values[a]!).slice(0, count);
  const result = new Float64Array(count * d);
  for (const [at, i] of order.entries()) result.set(withSign(vectors[i]!), at * d);
  return { values: Float64Array.from(order, (i) => Math.max(0, values[i]!)), vectors: result };
}

function product(matrix: Float64Array, vector: Float64Array): Float64Array {
  const d = vector.length;
  const result = new Float64Array(d);
  for (let i = 0; i < d; i++) {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += matrix[i * d + j]! * vector[j]!;
    result[i] = sum;
  }
  return result;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Gram-Schmidt in place, twice against rounding; a vector that is nothing new becomes some axis that is. */
function orthonormalise(vectors: Float64Array[]): void {
  for (const [i, vector] of vectors.entries()) {
    for (let axis = 0; ; axis++) {
      const before = Math.sqrt(dot(vector, vector));
      for (let pass = 0; pass < 2; pass++) {
        for (let j = 0; j < i; j++) subtract(vector, vectors[j]!, dot(vector, vectors[j]!));
      }
      const length = Math.sqrt(dot(vector, vector));
      if (length > 1e-12 * before && length > 0) {
        for (let t = 0; t < vector.length; t++) vector[t]! /= length;
        break;
      }
      vector.fill(0);
      vector[axis] = 1;
    }
  }
}

function subtract(vector: Float64Array, other: Float64Array, factor: number): void {
  for (let t = 0; t < vector.length; t++) vector[t]! -= factor * other[t]!;
}

function withSign(vector: Float64Array): Float64Array {
  let largest = 0;
  for (const [i, value] of vector.entries()) if (Math.abs(value) > Math.abs(vector[largest]!)) largest = i;
  return vector[largest]! < 0 ? vector.map((value) => -value) : vector;
}
