/**
 * @file A long curve for a narrow picture. Of each pixel column the first, lowest, highest and last point are kept: a line
 * through them covers the same pixels as one through all points, so no spike is lost (Jugel et al. 2014, M4).
 */

/** Values by their place on the x axis, both `[n]`; x ascending. NaN: no value there. */
export interface Points {
  xs: Float64Array;
  ys: Float32Array;
}

/** First index whose x is at least `x`. */
export function lowerBound(xs: Float64Array, x: number): number {
  let [low, high] = [0, xs.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (xs[middle]! < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Indices of the points to draw between `from` and `to`, ascending; one point beyond each end goes with them, so that the line
 * reaches the edge.
 * @param positive leaves out values that a logarithm has no place for
 */
export function keyPoints(
  { xs, ys }: Points,
  { from, to, columns }: { from: number; to: number; columns: number },
  positive = false,
): Uint32Array {
  const start = Math.max(0, lowerBound(xs, from) - 1);
  const end = Math.min(xs.length, lowerBound(xs, to) + 2);
  const shown = (i: number): boolean => ys[i]! > (positive ? 0 : -Infinity);
  if (end - start <= 4 * columns) {
    const all = new Uint32Array(Math.max(0, end - start));
    let count = 0;
    for (let i = start; i < end; i++) if (shown(i)) all[count++] = i;
    return all.subarray(0, count);
  }
  const kept = new Uint32Array(4 * (columns + 4));
  let count = 0;
  const scale = columns / (to - from);
  const floor = positive ? 0 : -Infinity;
  for (let i = start; i < end;) {
    const column = Math.floor((xs[i]! - from) * scale);
    // the column's points lie together
    let [first, last, low, high] = [-1, -1, -1, -1];
    for (; i < end && Math.floor((xs[i]! - from) * scale) === column; i++) {
      const y = ys[i]!;
      if (!(y > floor)) continue;
      if (first < 0) first = low = high = i;
      if (y < ys[low]!) low = i;
      if (y > ys[high]!) high = i;
      last = i;
    }
    if (first < 0) continue;
    const [a, b] = low < high ? [low, high] : [high, low];
    kept[count++] = first;
    if (a !== first) kept[count++] = a;
    if (b !== a && b !== first) kept[count++] = b;
    if (last !== b && last !== a) kept[count++] = last;
  }
  return kept.subarray(0, count);
}

/** Least and greatest value of some points; undefined where there is none. */
export function extentOf(ys: Float32Array, indices: Uint32Array): [number, number] | undefined {
  let [low, high] = [Infinity, -Infinity];
  for (const i of indices) {
    const y = ys[i]!;
    if (y < low) low = y;
    if (y > high && y < Infinity) high = y;
  }
  return low <= high ? [low, high] : undefined;
}
