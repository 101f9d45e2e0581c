/** @file Writes a balance into the database: all of it in one transaction, or nothing. */

import { DistilleryError } from '../errors.ts';
import { timestamp, type Workspace } from '../store/workspace.ts';
import type { Groups, Measures } from './groups.ts';

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

/**
 * Adds the balance with its groups and members, and in the same transaction what `alsoStore` writes; earlier balances
 * stay, the latest counts.
 * @returns the balance's id and the id of each group.
 */
export function storeBalance(
  { sqlite }: Workspace,
  balance: BalanceRow,
  { count, offsets, members }: Groups,
  { distance, keeper, meanDistance }: Measures,
  sampleIds: Int32Array,
  alsoStore: (balanceId: number) => void = () => undefined,
): { balanceId: number; groupIds: number[] } {
  const insertBalance = sqlite.prepare(`
    INSERT INTO balances (dataset_id, teacher, options, beta, images, pairs, groups, removed, kept, finished_at)
    VALUES (@datasetId, @teacher, @options, @beta, @images, @pairs, @groups, @removed, @kept, @finishedAt)`);
  const insertGroup = sqlite.prepare('INSERT INTO duplicate_groups (balance_id, size, mean_distance) VALUES (?, ?, ?)');
  const insertMember = sqlite.prepare('INSERT INTO members (group_id, sample_id, distance, keep) VALUES (?, ?, ?, ?)');
  const insertAll = sqlite.transaction(() => {
    const options = JSON.stringify(balance.options);
    const balanceId = Number(insertBalance.run({ ...balance, options, finishedAt: timestamp() }).lastInsertRowid);
    const groupIds: number[] = [];
    for (let group = 0; group < count; group++) {
      const [first, end] = [offsets[group]!, offsets[group + 1]!];
      const groupId = Number(insertGroup.run(balanceId, end - first, meanDistance[group]!).lastInsertRowid);
      groupIds.push(groupId);
      for (let entry = first; entry < end; entry++) {
        const row = members[entry]!;
        insertMember.run(groupId, sampleIds[row]!, distance[entry]!, row === keeper[group] ? 1 : 0);
      }
    }
    alsoStore(balanceId);
    return { balanceId, groupIds };
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
