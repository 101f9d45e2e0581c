/**
 * @file Cosines of stored rows with one query, straight from the file's numbers: a table turns the 65,536 float16 values into
 * float32, which is faster than any conversion of the rows. Sums are float64 in a fixed order, so that a row's cosine does
 * not depend on how the rows were cut.
 */

import type { NpyArray } from '../store/npy.ts';

let halves: Float32Array | undefined;

/** float32 value of each float16 bit pattern, `[65536]`. */
function halfTable(): Float32Array {
  halves ??= Float32Array.from(new Float16Array(Uint16Array.from({ length: 1 << 16 }, (_, bits) => bits).buffer));
  return halves;
}

/**
 * Cosine of each of `rows` `[n, dim]` with `query` `[dim]` of unit length.
 * @returns `[n]`; NaN for a row that is zero or holds a number that is not finite
 */
export function cosines(rows: NpyArray, query: Float64Array): Float64Array {
  const dim = query.length;
  if (rows instanceof Float16Array) {
    return packedCosines(new Uint16Array(rows.buffer, rows.byteOffset, rows.length), halfTable(), query);
  }
  const result = new Float64Array(rows.length / dim);
  const whole = dim - (dim % 2);
  for (let row = 0; row < result.length; row++) {
    const start = row * dim;
    let [p0, p1, s0, s1] = [0, 0, 0, 0];
    for (let i = 0; i < whole; i += 2) {
      const [x, y] = [Number(rows[start + i]), Number(rows[start + i + 1])];
      p0 += x * query[i]!;
      p1 += y * query[i + 1]!;
      s0 += x * x;
      s1 += y * y;
    }
    if (whole < dim) {
      const x = Number(rows[start + whole]);
      p0 += x * query[whole]!;
      s0 += x * x;
    }
    result[row] = cosineOf(p0 + p1, s0 + s1);
  }
  return result;
}

/** The same over bit patterns of float16; apart, since the optimising compiler wants one type of array in the loop. */
function packedCosines(bits: Uint16Array, table: Float32Array, query: Float64Array): Float64Array {
  const dim = query.length;
  const result = new Float64Array(bits.length / dim);
  const whole = dim - (dim % 2);
  for (let row = 0; row < result.length; row++) {
    const start = row * dim;
    let p0 = 0;
    let p1 = 0;
    let s0 = 0;
    let s1 = 0;
    for (let i = 0; i < whole; i += 2) {
      const x = table[bits[start + i]!]!;
      const y = table[bits[start + i + 1]!]!;
      p0 += x * query[i]!;
      p1 += y * query[i + 1]!;
      s0 += x * x;
      s1 += y * y;
    }
    if (whole < dim) {
      const x = table[bits[start + whole]!]!;
      p0 += x * query[whole]!;
      s0 += x * x;
    }
    result[row] = cosineOf(p0 + p1, s0 + s1);
  }
  return result;
}

const cosineOf = (product: number, squares: number): number =>
  squares > 0 && squares < Infinity ? product / Math.sqrt(squares) : NaN;
