/** @file The balance and the clustering that count. */

import type { Workspace } from '../../store/workspace.ts';

const latest = ({ sqlite }: Workspace, table: 'balances' | 'clusterings', dataset: number): number | undefined =>
  sqlite
    .prepare<[number], number>(`SELECT id FROM ${table} WHERE dataset_id = ? ORDER BY id DESC LIMIT 1`)
    .pluck()
    .get(dataset);

export const latestBalanceId = (workspace: Workspace, dataset: number): number | undefined =>
  latest(workspace, 'balances', dataset);

export const latestClusteringId = (workspace: Workspace, dataset: number): number | undefined =>
  latest(workspace, 'clusterings', dataset);
