/** @file What becomes of each image: ranks within the groups, who is kept, and who is removed without a group. */

import { chooseKept, KEPT, REMOVED, type Verdict } from '../decisions/choice.ts';
import { entryOfRows, type Groups } from './groups.ts';

export interface Claims {
  /** By row, larger ones first `[images]`; without it only the distance to the centroid counts. */
  scores?: Float64Array | undefined;
  /** 1 for rows that are kept in any case `[images]`. */
  protectedRows?: Uint8Array | undefined;
  /** 1 for rows that lie near another dataset and go `[images]`. */
  leaks?: Uint8Array | undefined;
  /** 1 for rows with an unwanted flag, that go too `[images]`. */
  flagged?: Uint8Array | undefined;
  /** What the balance before an incremental one did with each row `[images]`. */
  earlier?: Uint8Array | undefined;
  /** By row. */
  verdicts: ReadonlyMap<number, Verdict>;
}

/** Values of `earlier`. */
export const NEW = 0;
export const EARLIER_KEPT = 1;
export const EARLIER_REMOVED = 2;

export interface Fates {
  /** As `members`: see decisions/choice.ts. */
  ranks: Int32Array;
  /** As `members`: 1 for those that stay. */
  keep: Uint8Array;
  /** Rows that a person or a flag removed, and rows without a group that the earlier balance had removed. */
  removals: { row: number; reason: 'decision' | 'quality' | 'earlier' }[];
  /** 1 for rows that leak and are removed `[images]`. */
  leaked: Uint8Array | undefined;
  removed: number;
  /** Groups of which no image stays. */
  emptied: number;
}

export function decideFates(groups: Groups, distance: Float64Array, images: number, claims: Claims): Fates {
  const { count, offsets, members } = groups;
  const { protectedRows, leaks, flagged, earlier, verdicts } = claims;
  const fixedRank = (row: number): number | undefined => {
    if (protectedRows?.[row] === 1) return KEPT;
    if (leaks?.[row] === 1 || flagged?.[row] === 1) return REMOVED;
    if (earlier?.[row] === EARLIER_KEPT) return KEPT;
    return earlier?.[row] === EARLIER_REMOVED ? REMOVED : undefined;
  };
  const ranks = new Int32Array(members.length);
  const keep = new Uint8Array(members.length);
  const gone = new Uint8Array(images);
  const leaked = leaks && new Uint8Array(images);
  const removals: Fates['removals'] = [];
  const entryOfRow = entryOfRows(groups, images);
  for (let row = 0; row < images; row++) {
    const verdict = verdicts.get(row);
    const removed = verdict === 'remove' || (verdict === undefined && fixedRank(row) === REMOVED);
    gone[row] = removed ? 1 : 0;
    if (verdict === 'remove') removals.push({ row, reason: 'decision' });
    else if (removed && leaks?.[row] === 1) leaked![row] = 1;
    else if (removed && flagged?.[row] === 1) removals.push({ row, reason: 'quality' });
    else if (removed && entryOfRow[row]! < 0) removals.push({ row, reason: 'earlier' });
  }
  let emptied = 0;
  for (let group = 0; group < count; group++) {
    const range = [offsets[group]!, offsets[group + 1]!] as const;
    rankMembers(ranks, members, range, distance, claims.scores, fixedRank);
    const verdictOf = (at: number) => verdicts.get(members[range[0] + at]!);
    chooseKept(ranks.subarray(...range), verdictOf, keep.subarray(...range));
    if (!keep.subarray(...range).includes(1)) emptied++;
  }
  for (const [entry, row] of members.entries()) gone[row] = keep[entry] === 1 ? 0 : 1;
  return { ranks, keep, removals, leaked, removed: gone.reduce((sum, is) => sum + is, 0), emptied };
}

/** By score, then the nearest to the centroid, then the lowest row. */
function rankMembers(
  ranks: Int32Array,
  members: Int32Array,
  [first, end]: readonly [number, number],
  distance: Float64Array,
  scores: Float64Array | undefined,
  fixedRank: (row: number) => number | undefined,
): void {
  const open: number[] = [];
  for (let entry = first; entry < end; entry++) {
    const fixed = fixedRank(members[entry]!);
    if (fixed === undefined) open.push(entry);
    else ranks[entry] = fixed;
  }
  const byScore = (a: number, b: number): number => {
    const [scoreA, scoreB] = scores ? [scores[members[a]!]!, scores[members[b]!]!] : [0, 0];
    return scoreA === scoreB ? 0 : scoreB - scoreA;
  };
  open.sort((a, b) => byScore(a, b) || distance[a]! - distance[b]! || a - b);
  for (const [at, entry] of open.entries()) ranks[entry] = at + 1;
}
