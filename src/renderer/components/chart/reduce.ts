/**
 * @file A long curve for a narrow picture. Of each pixel column the first, lowest, highest and last point are kept: a line
 * through them covers the same pixels as one through all points, so no spike is lost (Jugel et al. 2014, M4).
 */

/** Values by their place on the x axis, both `[n]`; x ascending. NaN: no value there. Points are only ever added behind the last one. */
export interface Points {
  xs: Float64Array;
  ys: Float32Array<ArrayBuffer>;
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

/** Points whose lowest and highest are found once, so that a picture of a million points looks at few of them. */
const blockPoints = 64;
/** Columns of fewer points are looked through as quickly. */
const worthBlocks = 4 * blockPoints;

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
  const floor = positive ? 0 : -Infinity;
  if (end - start <= 4 * columns) {
    const all = new Uint32Array(Math.max(0, end - start));
    let count = 0;
    for (let i = start; i < end; i++) if (ys[i]! > floor) all[count++] = i;
    return all.subarray(0, count);
  }
  const blocks = end - start > worthBlocks * columns ? blocksOf(ys, positive) : null;
  const kept = new Uint32Array(4 * (columns + 4));
  let count = 0;
  // divided last, so that what lies at `to` is in none of the columns
  const columnOf = (at: number): number => Math.floor(((xs[at]! - from) * columns) / (to - from));
  for (let i = start, width = 1, next: number; i < end; width = next - i, i = next) {
    next = endOfColumn(columnOf, i, end, width);
    // its first and last point that is there
    let first = i;
    let last = next - 1;
    while (first <= last && !(ys[first]! > floor)) first++;
    if (first > last) continue;
    while (!(ys[last]! > floor)) last--;
    const { low, high } = lowAndHigh(ys, first, last + 1, floor, blocks);
    const a = Math.min(low, high);
    const b = Math.max(low, high);
    kept[count++] = first;
    if (a !== first) kept[count++] = a;
    if (b !== a && b !== first) kept[count++] = b;
    if (last !== b && last !== a) kept[count++] = last;
  }
  return kept.subarray(0, count);
}

/** Index after the points that share the column of point `i`: about as many as in the column before. */
function endOfColumn(columnOf: (at: number) => number, i: number, end: number, width: number): number {
  const column = columnOf(i);
  let low = i + 1;
  let high = Math.min(end, i + width + 2);
  while (high < end && columnOf(high) === column) {
    low = high + 1;
    high = Math.min(end, high + 2 * (high - i));
  }
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (columnOf(middle) === column) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The lowest and the highest of the points from `start` to before `end`, of which the first is there. */
function lowAndHigh(ys: Float32Array, start: number, end: number, floor: number, blocks: Blocks | null) {
  if (!blocks || end - start < worthBlocks) return lookThrough(ys, start, end, floor, { low: start, high: start });
  const first = Math.ceil(start / blockPoints);
  const last = Math.floor(end / blockPoints);
  const found = lookThrough(ys, start, first * blockPoints, floor, { low: start, high: start });
  for (let block = first; block < last; block++) {
    const low = blocks.low[block]!;
    const high = blocks.high[block]!;
    if (low === none) continue;
    if (ys[low]! < ys[found.low]!) found.low = low;
    if (ys[high]! > ys[found.high]!) found.high = high;
  }
  return lookThrough(ys, last * blockPoints, end, floor, found);
}

interface LowAndHigh {
  low: number;
  high: number;
}

/** Lower and higher points than those found so far. */
function lookThrough(ys: Float32Array, start: number, end: number, floor: number, found: LowAndHigh): LowAndHigh {
  let { low, high } = found;
  let least = ys[low]!;
  let greatest = ys[high]!;
  for (let i = start; i < end; i++) {
    const y = ys[i]!;
    if (y < least) {
      if (y > floor) {
        least = y;
        low = i;
      }
    } else if (y > greatest) {
      greatest = y;
      high = i;
    }
  }
  return { low, high };
}

const none = 0xffff_ffff;

/** Of each whole block its lowest and highest point; `none` where nothing is to be drawn. Room for more is taken ahead. */
interface Blocks {
  known: number;
  low: Uint32Array;
  high: Uint32Array;
}

/** By the room of the values: what stands there once stays, so that new points cost only themselves. */
const knownBlocks = { all: new WeakMap<ArrayBuffer, Blocks>(), positive: new WeakMap<ArrayBuffer, Blocks>() };

function blocksOf(ys: Float32Array<ArrayBuffer>, positive: boolean): Blocks {
  const cache = knownBlocks[positive ? 'positive' : 'all'];
  let blocks = cache.get(ys.buffer);
  if (!blocks) {
    const room = Math.floor(ys.buffer.byteLength / 4 / blockPoints);
    cache.set(ys.buffer, (blocks = { known: 0, low: new Uint32Array(room), high: new Uint32Array(room) }));
  }
  const floor = positive ? 0 : -Infinity;
  for (; (blocks.known + 1) * blockPoints <= ys.length; blocks.known++) {
    const end = (blocks.known + 1) * blockPoints;
    let start = end - blockPoints;
    while (start < end && !(ys[start]! > floor)) start++;
    const found =
      start < end ? lookThrough(ys, start, end, floor, { low: start, high: start }) : { low: none, high: none };
    blocks.low[blocks.known] = found.low;
    blocks.high[blocks.known] = found.high;
  }
  return blocks;
}

/** Least and greatest value of some points; undefined where there is none. */
export function extentOf(ys: Float32Array, indices: Uint32Array): [number, number] | undefined {
  let low = Infinity;
  let high = -Infinity;
  for (let at = 0; at < indices.length; at++) {
    const y = ys[indices[at]!]!;
    if (y < low) low = y;
    if (y > high && y < Infinity) high = y;
  }
  return low <= high ? [low, high] : undefined;
}
