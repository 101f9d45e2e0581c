/**
 * @file Exact arithmetic on rows: float32 values, float64 sums in a fixed order. What these return decides,
 * so that results do not depend on the device, its threads, bfloat16 or the way the work was cut.
 */

/** Dimensions between two looks at the limit. */
const STRIDE = 64;

/**
 * Squared Euclidean distance of row `i` of `a` and row `j` of `b`, both `[n, dim]`; symmetric to the last bit.
 * Returns Infinity as soon as a partial sum exceeds `limit` (partial sums never shrink, so nothing within it is lost).
 */
export function squaredDistance(
  a: Float32Array,
  i: number,
  b: Float32Array,
  j: number,
  dim: number,
  limit = Infinity,
): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const [first, second] = [i * dim, j * dim];
  const whole = dim - (dim % 4);
  for (let start = 0; start < whole; start += STRIDE) {
    const end = Math.min(start + STRIDE, whole);
    for (let t = start; t < end; t += 4) {
      const d0 = a[first + t]! - b[second + t]!;
      const d1 = a[first + t + 1]! - b[second + t + 1]!;
      const d2 = a[first + t + 2]! - b[second + t + 2]!;
      const d3 = a[first + t + 3]! - b[second + t + 3]!;
      s0 += d0 * d0;
      s1 += d1 * d1;
      s2 += d2 * d2;
      s3 += d3 * d3;
    }
    if (s0 + s1 + (s2 + s3) > limit) return Infinity;
  }
  for (let t = whole; t < dim; t++) {
    const difference = a[first + t]! - b[second + t]!;
    s0 += difference * difference;
  }
  return s0 + s1 + (s2 + s3);
}

/** Inner product of row `i` of `a` and row `j` of `b`, both `[n, dim]`. */
export function innerProduct(a: Float32Array, i: number, b: Float32Array, j: number, dim: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const [first, second] = [i * dim, j * dim];
  const whole = dim - (dim % 4);
  for (let t = 0; t < whole; t += 4) {
    s0 += a[first + t]! * b[second + t]!;
    s1 += a[first + t + 1]! * b[second + t + 1]!;
    s2 += a[first + t + 2]! * b[second + t + 2]!;
    s3 += a[first + t + 3]! * b[second + t + 3]!;
  }
  // as if the rows went on with zeros: exactProducts.ts adds in the same order
  if (whole < dim) s0 += a[first + whole]! * b[second + whole]!;
  if (whole + 1 < dim) s1 += a[first + whole + 1]! * b[second + whole + 1]!;
  if (whole + 2 < dim) s2 += a[first + whole + 2]! * b[second + whole + 2]!;
  return s0 + s1 + (s2 + s3);
}
