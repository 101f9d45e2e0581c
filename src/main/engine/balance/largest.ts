/** @file The largest groups of a result, with their measures and the image that each keeps. */

import type { Workspace } from '../store/workspace.ts';
import type { Outcome } from './store.ts';

export interface LargeGroup {
  groupId: number;
  size: number;
  /** The first by rank; null where all members are removed. */
  keeper: { sampleId: number; path: string } | null;
  /** More than one where several are protected. */
  kept: number;
  /** Largest Euclidean distance of two members; an upper bound where `diameterExact` is false. */
  diameter: number;
  diameterExact: boolean;
  /** Longest edge of the minimum spanning tree: the smallest beta at which the group still hangs together. */
  weakest: number;
}

const SHOWN_GROUPS = 10;

export function largestGroups({ sqlite }: Workspace, outcome: Outcome, firstGroupId: number): LargeGroup[] {
  const { groups, measures, weakest, fates, sampleIds } = outcome;
  const { count, offsets, members } = groups;
  const pathOf = sqlite.prepare<[number], string>('SELECT path FROM samples WHERE id = ?').pluck();
  const sizeOf = (group: number) => offsets[group + 1]! - offsets[group]!;
  const order = Uint32Array.from({ length: count }, (_, group) => group).sort((a, b) => sizeOf(b) - sizeOf(a) || a - b);
  return Array.from(order.subarray(0, SHOWN_GROUPS), (group) => {
    let [keeper, kept] = [-1, 0];
    for (let entry = offsets[group]!; entry < offsets[group + 1]!; entry++) {
      if (fates.keep[entry] === 0) continue;
      kept++;
      if (keeper < 0 || fates.ranks[entry]! < fates.ranks[keeper]!) keeper = entry;
    }
    const sampleId = keeper < 0 ? undefined : sampleIds[members[keeper]!]!;
    return {
      groupId: firstGroupId + group,
      size: sizeOf(group),
      keeper: sampleId === undefined ? null : { sampleId, path: pathOf.get(sampleId) ?? '' },
      kept,
      diameter: measures.diameter[group]!,
      diameterExact: measures.exact[group] === 1,
      weakest: weakest[group]!,
    };
  });
}
