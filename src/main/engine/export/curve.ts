/** @file The removal curve of the latest balance. */

import { UsageError } from '../errors.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import { findDataset, latestBalance, type Workspace } from '../store/workspace.ts';
import { protectSources } from './protect.ts';
import { tableWriter, writeTable, type Column, type ExportResult, type Row } from './table.ts';

const columns: Column[] = [
  { name: 'beta', type: 'number' },
  { name: 'removed', type: 'integer' },
  { name: 'kept', type: 'integer' },
  { name: 'removed_fraction', type: 'number' },
];

/**
 * Writes how many images go at each beta (Euclidean) up to the one of the latest balance, from its pairs alone: without
 * splits, protected images and decisions.
 * @throws {UsageError} when the dataset was not balanced, or `out` cannot be written.
 */
export async function exportCurve(
  { workspace, dataset: name }: { workspace: Workspace; dataset: string },
  { out }: { out: string },
  context: StageContext,
): Promise<ExportResult> {
  tableWriter(out);
  const dataset = await findDataset(workspace, name);
  const balance = await latestBalance(workspace, dataset.id);
  const points = workspace.sqlite
    .prepare<[number], { beta: number; removed: number }>(
      'SELECT beta, removed FROM removal_curve WHERE balance_id = ? ORDER BY beta',
    )
    .all(balance?.id ?? 0);
  if (!balance || points.length === 0) {
    throw new UsageError(`Dataset "${name}" has no removal curve yet. Run: distillery balance --dataset ${name}`);
  }
  const { images } = balance;
  await protectSources(workspace, out);
  async function* rows(): AsyncGenerator<Row[]> {
    yield points.map(({ beta, removed }) => [beta, removed, images - removed, removed / Math.max(1, images)]);
    await checkpoint(context);
  }
  return writeTable(out, columns, rows());
}
