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
  const blocks = blocksOf(ys, positive);
  const kept = new Uint32Array(4 * (columns + 4));
  let count = 0;
  const scale = columns / (to - from);
  for (let i = start; i < end;) {
    // the column's points lie together
    const column = Math.floor((xs[i]! - from) * scale);
    const within = (at: number): boolean => at < end && Math.floor((xs[at]! - from) * scale) === column;
    let [first, last, low, high] = [none, none, none, none];
    while (within(i)) {
      const block = i / blockPoints;
      if (Number.isInteger(block) && within(i + blockPoints - 1)) {
        if (blocks.first[block] !== none) {
          if (first === none) first = low = high = blocks.first[block]!;
          if (ys[blocks.low[block]!]! < ys[low]!) low = blocks.low[block]!;
          if (ys[blocks.high[block]!]! > ys[high]!) high = blocks.high[block]!;
          last = blocks.last[block]!;
        }
        i += blockPoints;
        continue;
      }
      if (shown(i)) {
        if (first === none) first = low = high = i;
        if (ys[i]! < ys[low]!) low = i;
        if (ys[i]! > ys[high]!) high = i;
        last = i;
      }
      i++;
    }
    if (first === none) continue;
    const [a, b] = low < high ? [low, high] : [high, low];
    kept[count++] = first;
    if (a !== first) kept[count++] = a;
    if (b !== a && b !== first) kept[count++] = b;
    if (last !== b && last !== a) kept[count++] = last;
  }
  return kept.subarray(0, count);
}

/** Points whose key points are found once, so that a picture of a million points looks at few of them. */
const blockPoints = 32;
const none = 0xffff_ffff;

/** Of each whole block its first, last, lowest and highest point; `none` where nothing is to be drawn. */
interface Blocks {
  first: Uint32Array;
  last: Uint32Array;
  low: Uint32Array;
  high: Uint32Array;
}

const knownBlocks = { all: new WeakMap<Float32Array, Blocks>(), positive: new WeakMap<Float32Array, Blocks>() };

function blocksOf(ys: Float32Array, positive: boolean): Blocks {
  const known = knownBlocks[positive ? 'positive' : 'all'];
  let blocks = known.get(ys);
  if (!blocks) known.set(ys, (blocks = findBlocks(ys, positive)));
  return blocks;
}

function findBlocks(ys: Float32Array, positive: boolean): Blocks {
  const length = Math.floor(ys.length / blockPoints);
  const column = (): Uint32Array => new Uint32Array(length).fill(none);
  const blocks = { first: column(), last: column(), low: column(), high: column() };
  const floor = positive ? 0 : -Infinity;
  for (let block = 0; block < length; block++) {
    let [first, last, low, high] = [none, none, none, none];
    for (let i = block * blockPoints; i < (block + 1) * blockPoints; i++) {
      const y = ys[i]!;
      if (!(y > floor)) continue;
      if (first === none) first = low = high = i;
      if (y < ys[low]!) low = i;
      if (y > ys[high]!) high = i;
      last = i;
    }
    blocks.first[block] = first;
    blocks.last[block] = last;
    blocks.low[block] = low;
    blocks.high[block] = high;
  }
  return blocks;
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
