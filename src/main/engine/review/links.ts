/** @file The tree that holds a group together, and the parts of it: those that decisions leave, those within a distance. */

import { MarkedGroups } from '../balance/apart.ts';
import { UsageError } from '../errors.ts';
import type { Workspace } from '../store/workspace.ts';

/** An edge of a group's minimum spanning tree. */
export interface Link {
  /** Euclidean. */
  distance: number;
  /** Samples, the lower one first. */
  first: number;
  second: number;
}

export interface GroupTree {
  /** Ascending. */
  members: number[];
  /** From the shortest to the longest, equal ones by their samples. */
  links: Link[];
  /** Standing decisions that part it, each as its sides. */
  apart: number[][][];
}

/** @throws {UsageError} for a group that is gone, or of a balance by an older version, which stored no links */
export function groupTree({ sqlite }: Workspace, group: number): GroupTree {
  const members = sqlite
    .prepare<[number], number>('SELECT sample_id FROM members WHERE group_id = ? ORDER BY sample_id')
    .pluck()
    .all(group);
  if (members.length === 0) throw new UsageError(`There is no group ${group} any more. A newer balance has others.`);
  const links = sqlite
    .prepare<[number], Link>(
      `SELECT distance, first_id AS first, second_id AS second FROM links WHERE group_id = ?
       ORDER BY distance, first_id, second_id`,
    )
    .all(group);
  if (links.length === 0) {
    throw new UsageError('An older version made this balance and stored no links. Balance again to cut its groups.');
  }
  return { members, links, apart: apartIn({ sqlite }, group) };
}

/** Standing "not-duplicates" and "split" decisions with members of the group on two and more sides, cut to the group. */
export function apartIn({ sqlite }: Pick<Workspace, 'sqlite'>, group: number): number[][][] {
  const rows = sqlite
    .prepare<[number], { decision: number; kind: 'not-duplicates' | 'split'; sample: number; side: number }>(
      `SELECT d.id AS decision, d.kind, s.sample_id AS sample, s.side FROM members m
       JOIN decision_samples s ON s.sample_id = m.sample_id JOIN decisions d ON d.id = s.decision_id
       WHERE m.group_id = ? AND d.kind IN ('not-duplicates', 'split') AND d.undone_at IS NULL ORDER BY d.id, s.sample_id`,
    )
    .all(group);
  return [...Map.groupBy(rows, ({ decision }) => decision).values()]
    .map((own) => {
      const sides = Map.groupBy(own, ({ kind, side, sample }) => (kind === 'split' ? side : sample));
      return [...sides.values()].map((side) => side.map(({ sample }) => sample));
    })
    .filter((sides) => sides.length > 1);
}

/** Parts of a group, the largest first (ties: the lowest member), members ascending; and the links inside them. */
export interface Parts {
  parts: number[][];
  links: Link[];
}

/**
 * The parts along the tree: links join from the shortest to the longest, unless they would bring together what decisions
 * keep apart. The next balance has all pairs and may find another way between two of them.
 * @param within links beyond this distance do not join
 */
export function partsOf({ members, links, apart }: GroupTree, within = Infinity): Parts {
  const rowOf = new Map(members.map((sample, row) => [sample, row]));
  const rows = (sides: number[][]): number[][] => sides.map((side) => side.map((sample) => rowOf.get(sample)!));
  const groups = new MarkedGroups(members.length, apart.map(rows));
  const inside = links.filter(
    ({ distance, first, second }) => distance <= within && groups.join(rowOf.get(first)!, rowOf.get(second)!),
  );
  const parts = [...Map.groupBy(members, (sample) => groups.find(rowOf.get(sample)!)).values()];
  return { parts: parts.sort((a, b) => b.length - a.length || a[0]! - b[0]!), links: inside };
}
