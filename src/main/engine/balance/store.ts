/** @file Writes a balance into the database: all of it in one transaction, or nothing. */

import { DistilleryError } from '../errors.ts';
import { timestamp, type Workspace } from '../store/workspace.ts';
import { REMOVED } from '../decisions/choice.ts';
import { reviewOfBalance } from '../decisions/reviewState.ts';
import type { CurvePoint } from './curve.ts';
import type { Fates } from './fates.ts';
import type { Forest } from './forest.ts';
import { groupOfRows, type Groups } from './groups.ts';
import type { Measures } from './measures.ts';

export interface BalanceRow {
  datasetId: number;
  teacher: string;
  options: object;
  beta: number;
  images: number;
  pairs: number;
  groups: number;
  removed: number;
  kept: number;
}

/** All that a balance found and decided. */
export interface Outcome {
  sampleIds: Int32Array;
  groups: Groups;
  measures: Measures;
  /** What holds the groups together. */
  forest: Forest;
  /** Longest edge of each group's tree. */
  weakest: Float64Array;
  fates: Fates;
  curve: readonly CurvePoint[];
}

/**
 * Adds the balance with its groups and members, and in the same transaction what `alsoStore` writes; earlier balances
 * stay, the latest counts.
 * @returns the balance's id and the id of its first group; the others follow.
 */
export function storeBalance(
  workspace: Workspace,
  balance: BalanceRow,
  outcome: Outcome,
  alsoStore: (balanceId: number) => void = () => undefined,
): { balanceId: number; firstGroupId: number } {
  const { sqlite } = workspace;
  const insertBalance = sqlite.prepare(`
    INSERT INTO balances (dataset_id, teacher, options, beta, images, pairs, groups, removed, kept, finished_at)
    VALUES (@datasetId, @teacher, @options, @beta, @images, @pairs, @groups, @removed, @kept, @finishedAt)`);
  const insertPoint = sqlite.prepare('INSERT INTO removal_curve (balance_id, beta, removed) VALUES (?, ?, ?)');
  const insertRemoval = sqlite.prepare('INSERT INTO removals (balance_id, sample_id, reason) VALUES (?, ?, ?)');
  const insertRun = sqlite.prepare('INSERT INTO balance_samples (balance_id, first, last) VALUES (?, ?, ?)');
  const { sampleIds, fates, curve } = outcome;
  const insertAll = sqlite.transaction(() => {
    const options = JSON.stringify(balance.options);
    const balanceId = Number(insertBalance.run({ ...balance, options, finishedAt: timestamp() }).lastInsertRowid);
    const firstGroupId = insertGroups(sqlite, balanceId, outcome);
    insertLinks(sqlite, firstGroupId, outcome);
    reviewOfBalance(workspace, balanceId);
    for (const { beta, removed } of curve) insertPoint.run(balanceId, beta, removed);
    for (const { row, reason } of fates.removals) insertRemoval.run(balanceId, sampleIds[row]!, reason);
    for (let from = 0, to = 1; from < sampleIds.length; from = to++) {
      while (to < sampleIds.length && sampleIds[to] === sampleIds[to - 1]! + 1) to++;
      insertRun.run(balanceId, sampleIds[from]!, sampleIds[to - 1]!);
    }
    alsoStore(balanceId);
    return { balanceId, firstGroupId };
  });
  try {
    return insertAll.immediate();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'SQLITE_CONSTRAINT_FOREIGNKEY') {
      throw new DistilleryError('The embeddings belong to samples that are no longer there. Embed the dataset again.', {
        cause: error,
      });
    }
    throw error;
  }
}

function insertGroups(
  sqlite: Workspace['sqlite'],
  balanceId: number,
  { sampleIds, groups, measures, weakest, fates }: Outcome,
): number {
  const insertGroup = sqlite.prepare(`
    INSERT INTO duplicate_groups (id, balance_id, size, mean_distance, diameter, diameter_exact, weakest)
    VALUES (?, ?, ?, ?, ?, ?, ?)`);
  const insertMember = sqlite.prepare(
    'INSERT INTO members (group_id, sample_id, distance, keep, rank) VALUES (?, ?, ?, ?, ?)',
  );
  const last = sqlite.prepare('SELECT coalesce(max(id), 0) FROM duplicate_groups').pluck().get() as number;
  const { count, offsets, members } = groups;
  const { distance, meanDistance, diameter, exact } = measures;
  for (let group = 0; group < count; group++) {
    const id = last + 1 + group;
    const [first, end] = [offsets[group]!, offsets[group + 1]!];
    const values = [meanDistance[group]!, diameter[group]!, exact[group]!, weakest[group]!];
    insertGroup.run(id, balanceId, end - first, ...values);
    for (let entry = first; entry < end; entry++) {
      const rank = fates.ranks[entry] === REMOVED ? null : fates.ranks[entry]!;
      insertMember.run(id, sampleIds[members[entry]!]!, distance[entry]!, fates.keep[entry]!, rank);
    }
  }
  return last + 1;
}

function insertLinks(
  sqlite: Workspace['sqlite'],
  firstGroupId: number,
  { sampleIds, groups, forest: { first, second, distance } }: Outcome,
): void {
  const insert = sqlite.prepare('INSERT INTO links (group_id, distance, first_id, second_id) VALUES (?, ?, ?, ?)');
  const groupOf = groupOfRows(groups, sampleIds.length);
  for (let edge = 0; edge < first.length; edge++) {
    const group = firstGroupId + groupOf[first[edge]!]!;
    insert.run(group, distance[edge]!, sampleIds[first[edge]!]!, sampleIds[second[edge]!]!);
  }
}
