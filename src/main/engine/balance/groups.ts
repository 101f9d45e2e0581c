/** @file Duplicate groups: who belongs together, how far each member lies from the centroid, and which one is kept. */

import type { ChunkedRows } from '../store/chunkedRows.ts';
import type { UnionFind } from './unionFind.ts';

/** Groups of two and more, by their lowest member; all numbers are rows. */
export interface Groups {
  count: number;
  /** `[count + 1]`: members of group g are `members[offsets[g]]` to `members[offsets[g + 1] - 1]`. */
  offsets: Int32Array;
  /** Ascending within each group. */
  members: Int32Array;
}

export interface Measures {
  /** Euclidean distance of each member to its group's centroid, as `members`. */
  distance: Float64Array;
  /** `[count]`: row of the member nearest to the centroid, the lowest of equally near ones. */
  keeper: Int32Array;
  /** `[count]` */
  meanDistance: Float64Array;
}

const CENTROID_BYTES = 1 << 28;

export function listGroups(components: UnionFind, images: number): Groups {
  const size = new Int32Array(images);
  for (let row = 0; row < images; row++) size[components.find(row)]!++;
  // a root is the lowest member, so groups come in the order of their roots
  const groupOfRoot = new Int32Array(images).fill(-1);
  const ends: number[] = [0];
  for (let root = 0; root < images; root++) {
    if (size[root]! < 2) continue;
    groupOfRoot[root] = ends.length - 1;
    ends.push(ends.at(-1)! + size[root]!);
  }
  const offsets = Int32Array.from(ends);
  const members = new Int32Array(offsets.at(-1)!);
  const next = offsets.slice();
  for (let row = 0; row < images; row++) {
    const group = groupOfRoot[components.find(row)]!;
    if (group >= 0) members[next[group]!++] = row;
  }
  return { count: ends.length - 1, offsets, members };
}

/**
 * Distances to the centroids, in batches of groups whose float64 centroids fit the budget.
 * The centroid is the mean of the members' unit vectors (PAPER 1, step 4); it is not scaled to length 1.
 */
export async function measureGroups(
  rows: ChunkedRows,
  groups: Groups,
  afterChunk: () => Promise<void>,
  budgetBytes = CENTROID_BYTES,
): Promise<Measures> {
  const measures = {
    distance: new Float64Array(groups.members.length),
    keeper: new Int32Array(groups.count),
    meanDistance: new Float64Array(groups.count),
  };
  const perBatch = Math.max(1, Math.floor(budgetBytes / (rows.dim * 8)));
  for (let first = 0; first < groups.count; first += perBatch) {
    await measureBatch(rows, groups, first, Math.min(first + perBatch, groups.count), measures, afterChunk);
  }
  return measures;
}

async function measureBatch(
  rows: ChunkedRows,
  { offsets, members }: Groups,
  first: number,
  end: number,
  { distance, keeper, meanDistance }: Measures,
  afterChunk: () => Promise<void>,
): Promise<void> {
  const { dim } = rows;
  const batch = membersByRow(members, offsets, first, end);
  const centroids = new Float64Array((end - first) * dim);

  await forEachMember(rows, batch, afterChunk, (vectors, start, { group }) => {
    const sum = (group - first) * dim;
    for (let t = 0; t < dim; t++) centroids[sum + t]! += vectors[start + t]!;
  });
  for (let group = first; group < end; group++) {
    const size = offsets[group + 1]! - offsets[group]!;
    for (let t = (group - first) * dim; t < (group - first + 1) * dim; t++) centroids[t]! /= size;
  }

  const nearest = new Float64Array(end - first).fill(Infinity);
  await forEachMember(rows, batch, afterChunk, (vectors, start, { group, entry }) => {
    let squares = 0;
    for (let t = 0; t < dim; t++) squares += (vectors[start + t]! - centroids[(group - first) * dim + t]!) ** 2;
    const found = Math.sqrt(squares);
    distance[entry] = found;
    meanDistance[group]! += found / (offsets[group + 1]! - offsets[group]!);
    if (found >= nearest[group - first]!) return;
    nearest[group - first] = found;
    keeper[group] = members[entry]!;
  });
}

interface Member {
  row: number;
  group: number;
  /** Position in `members`. */
  entry: number;
}

function membersByRow(members: Int32Array, offsets: Int32Array, first: number, end: number): Member[] {
  const list: Member[] = [];
  for (let group = first; group < end; group++) {
    for (let entry = offsets[group]!; entry < offsets[group + 1]!; entry++) {
      list.push({ row: members[entry]!, group, entry });
    }
  }
  return list.sort((a, b) => a.row - b.row);
}

/** Visits members in the order of rows, so that sums do not depend on the chunks. */
async function forEachMember(
  rows: ChunkedRows,
  members: readonly Member[],
  afterChunk: () => Promise<void>,
  visit: (vectors: Float32Array, start: number, member: Member) => void,
): Promise<void> {
  let at = 0;
  while (at < members.length) {
    const chunk = Math.floor(members[at]!.row / rows.chunkRows);
    const { from, to } = rows.range(chunk);
    const vectors = await rows.get(chunk);
    for (; at < members.length && members[at]!.row < to; at++) {
      visit(vectors, (members[at]!.row - from) * rows.dim, members[at]!);
    }
    await afterChunk();
  }
}
