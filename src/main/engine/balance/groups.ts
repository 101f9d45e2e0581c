/** @file Duplicate groups: who belongs together. */

import type { Forest } from './forest.ts';
import type { UnionFind } from './unionFind.ts';

/** Groups of two and more, by their lowest member; all numbers are rows. */
export interface Groups {
  count: number;
  /** `[count + 1]`: members of group g are `members[offsets[g]]` to `members[offsets[g + 1] - 1]`. */
  offsets: Int32Array;
  /** Ascending within each group. */
  members: Int32Array;
}

export function listGroups(components: UnionFind, images: number): Groups {
  const size = new Int32Array(images);
  for (let row = 0; row < images; row++) size[components.find(row)]!++;
  const count = size.reduce((sum, members) => sum + (members > 1 ? 1 : 0), 0);
  // a root is the lowest member, so groups come in the order of their roots
  const groupOfRoot = new Int32Array(images).fill(-1);
  const offsets = new Int32Array(count + 1);
  let groups = 0;
  for (let root = 0; root < images; root++) {
    if (size[root]! < 2) continue;
    groupOfRoot[root] = groups++;
    offsets[groups] = offsets[groups - 1]! + size[root]!;
  }
  const members = new Int32Array(offsets[count]!);
  const next = offsets.slice();
  for (let row = 0; row < images; row++) {
    const group = groupOfRoot[components.find(row)]!;
    if (group >= 0) members[next[group]!++] = row;
  }
  return { count, offsets, members };
}

/** Position in `members` of each row `[images]`, -1 for an image without a group. */
export function entryOfRows({ members }: Groups, images: number): Int32Array {
  const entries = new Int32Array(images).fill(-1);
  for (let entry = 0; entry < members.length; entry++) entries[members[entry]!] = entry;
  return entries;
}

/** Group of each row `[images]`, -1 for an image without one. */
export function groupOfRows({ count, offsets, members }: Groups, images: number): Int32Array {
  const groups = new Int32Array(images).fill(-1);
  for (let group = 0; group < count; group++) {
    for (let entry = offsets[group]!; entry < offsets[group + 1]!; entry++) groups[members[entry]!] = group;
  }
  return groups;
}

/** Longest edge of each group's tree `[count]`: the smallest beta at which the group still hangs together. */
export function weakestLinks(groups: Groups, { first, distance }: Forest, images: number): Float64Array {
  const groupOf = groupOfRows(groups, images);
  const weakest = new Float64Array(groups.count);
  // edges come from the shortest to the longest
  for (let edge = 0; edge < first.length; edge++) weakest[groupOf[first[edge]!]!] = distance[edge]!;
  return weakest;
}
