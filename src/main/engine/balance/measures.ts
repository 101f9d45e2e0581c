/** @file How far the members of each group lie apart: distances to the centroid, and the diameter. */

import { checkpoint, type StageContext } from '../progress.ts';
import type { ChunkedRows } from '../store/chunkedRows.ts';
import { squaredDistance } from '../vectors.ts';
import { forEachSlot, gather } from './gather.ts';
import { entryOfRows, type Groups } from './groups.ts';

export interface Measures {
  /** Euclidean distance of each member to its group's centroid, as `members`. */
  distance: Float64Array;
  /** `[count]` */
  meanDistance: Float64Array;
  /** Largest Euclidean distance of two members `[count]`, or an upper bound. */
  diameter: Float64Array;
  /** 1 where the diameter is exact: up to `EXACT_MEMBERS` `[count]`. */
  exact: Uint8Array;
}

/** Larger groups have only an upper bound of their diameter: the cost grows with the square of the size. */
export const EXACT_MEMBERS = 2000;
/** Vectors held at a time; a larger group is streamed. */
export const GATHER_BYTES = 1 << 30;
/** Multiplications between two looks at the signal. */
const UNIT_OF_WORK = 1 << 28;

/**
 * Measures all groups. The centroid is the mean of the members' unit vectors (PAPER 1, step 4); it is not scaled to
 * length 1. Batches of groups whose vectors fit the budget are read at a time; no result depends on it.
 * @param maxDiameter that no group exceeds
 */
export async function measureGroups(
  rows: ChunkedRows,
  groups: Groups,
  context: StageContext,
  { maxDiameter = Infinity, budgetBytes = GATHER_BYTES }: { maxDiameter?: number; budgetBytes?: number } = {},
): Promise<Measures> {
  const { count, offsets, members } = groups;
  const measures: Measures = {
    distance: new Float64Array(members.length),
    meanDistance: new Float64Array(count),
    diameter: new Float64Array(count),
    exact: new Uint8Array(count),
  };
  const entryOfRow = entryOfRows(groups, rows.count);
  const atOnce = Math.floor(budgetBytes / (4 * rows.dim));
  let first = 0;
  while (first < count) {
    let end = first + 1;
    while (end < count && offsets[end + 1]! - offsets[first]! <= atOnce) end++;
    const size = offsets[end]! - offsets[first]!;
    const measure = size > Math.max(atOnce, EXACT_MEMBERS) ? measureStreamed : measureGathered;
    await measure({ rows, groups, entryOfRow, measures, context }, first, end);
    const progress = { stage: 'measure groups', done: offsets[end]!, total: members.length, unit: 'images' };
    context.onProgress(progress);
    first = end;
  }
  for (let group = 0; group < count; group++) {
    if (measures.exact[group] === 0) measures.diameter[group] = Math.min(measures.diameter[group]!, maxDiameter);
  }
  return measures;
}

interface Work {
  rows: ChunkedRows;
  groups: Groups;
  entryOfRow: Int32Array;
  measures: Measures;
  context: StageContext;
}

async function measureGathered(work: Work, first: number, end: number): Promise<void> {
  const { rows, groups, entryOfRow, measures, context } = work;
  const { dim } = rows;
  const base = groups.offsets[first]!;
  const range = [base, groups.offsets[end]!] as const;
  const vectors = await gather(rows, entryOfRow, range, () => checkpoint(context));
  let done = 0;
  for (let group = first; group < end; group++) {
    const [from, to] = [groups.offsets[group]!, groups.offsets[group + 1]!];
    const own = vectors.subarray((from - base) * dim, (to - base) * dim);
    const radius = measures.distance.subarray(from, to);
    radius.set(distancesTo(centroidOf(own, dim), own));
    finish(measures, group, radius);
    if (to - from <= EXACT_MEMBERS) {
      measures.diameter[group] = diameterOf(own, dim, radius);
      measures.exact[group] = 1;
      done += (to - from) ** 2 * dim;
    }
    if (done < UNIT_OF_WORK) continue;
    await checkpoint(context);
    done = 0;
  }
}

/** One group that is too large to hold. */
async function measureStreamed(work: Work, group: number): Promise<void> {
  const { rows, groups, entryOfRow, measures, context } = work;
  const { dim } = rows;
  const range = [groups.offsets[group]!, groups.offsets[group + 1]!] as const;
  const visit = (each: (vectors: Float32Array, start: number, slot: number) => void): Promise<void> =>
    forEachSlot(rows, entryOfRow, range, each, () => checkpoint(context));
  const centroid = new Float64Array(dim);
  await visit((vectors, start) => {
    for (let t = 0; t < dim; t++) centroid[t]! += vectors[start + t]!;
  });
  for (let t = 0; t < dim; t++) centroid[t]! /= range[1] - range[0];
  await visit((vectors, start, slot) => {
    measures.distance[slot] = distancesTo(centroid, vectors.subarray(start, start + dim))[0]!;
  });
  finish(measures, group, measures.distance.subarray(...range));
}

/** Mean distance, and the diameter's bound: no two members are farther apart than the two farthest from the centroid. */
function finish({ meanDistance, diameter }: Measures, group: number, radius: Float64Array): void {
  let [sum, farthest, second] = [0, 0, 0];
  for (const distance of radius) {
    sum += distance / radius.length;
    if (distance > farthest) [farthest, second] = [distance, farthest];
    else if (distance > second) second = distance;
  }
  meanDistance[group] = sum;
  diameter[group] = (farthest + second) * (1 + ROUNDING) + TINY;
}

/** More than distances to a centroid can be wrong by, relative and absolute. */
export const ROUNDING = 1e-9;
export const TINY = 1e-12;

/** Mean of the rows `[n, dim]`. */
export function centroidOf(vectors: Float32Array, dim: number): Float64Array {
  const centroid = new Float64Array(dim);
  for (let start = 0; start < vectors.length; start += dim) {
    for (let t = 0; t < dim; t++) centroid[t]! += vectors[start + t]!;
  }
  for (let t = 0; t < dim; t++) centroid[t]! /= vectors.length / dim;
  return centroid;
}

/** Euclidean distance of each row `[n, dim]` to a point `[dim]`. */
export function distancesTo(point: Float64Array, vectors: Float32Array): Float64Array {
  const dim = point.length;
  return Float64Array.from({ length: vectors.length / dim }, (_, row) => {
    let squares = 0;
    for (let t = 0; t < dim; t++) squares += (vectors[row * dim + t]! - point[t]!) ** 2;
    return Math.sqrt(squares);
  });
}

/**
 * Largest distance of two rows `[n, dim]`. Pairs whose distances to the centroid (`radius`) add up to less
 * than what was found are left out, which the triangle inequality allows.
 */
export function diameterOf(vectors: Float32Array, dim: number, radius: Float64Array): number {
  const order = Uint32Array.from(radius.keys()).sort((a, b) => radius[b]! - radius[a]! || a - b);
  let squares = 0;
  let found = 0;
  for (let i = 0; i < order.length; i++) {
    for (let j = i + 1; j < order.length; j++) {
      if ((radius[order[i]!]! + radius[order[j]!]!) * (1 + ROUNDING) + TINY < found) break;
      const distance = squaredDistance(vectors, order[i]!, vectors, order[j]!, dim);
      if (distance > squares) [squares, found] = [distance, Math.sqrt(distance)];
    }
  }
  return found;
}
