/** @file Images of a dataset that lie near one of another dataset, as the latest balance found them. */

import { UsageError } from '../errors.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import { findDataset, latestBalance, type Workspace } from '../store/workspace.ts';
import { protectSources } from './protect.ts';
import { tableWriter, writeTable, type Column, type ExportResult, type Row } from './table.ts';

const columns: Column[] = [
  { name: 'sample_id', type: 'integer' },
  { name: 'path', type: 'string' },
  { name: 'other_sample_id', type: 'integer' },
  { name: 'other_path', type: 'string' },
  { name: 'distance', type: 'number' },
];

interface Leak {
  id: number;
  path: string;
  otherId: number | null;
  otherPath: string | null;
  distance: number;
}

const pageSize = 5000;

/**
 * Writes each leak with the nearest image of the other dataset (empty once that was deleted) and their Euclidean
 * distance, in sample order; removed and listed ones alike.
 * @throws {UsageError} when the latest balance did not look for leaks, or `out` cannot be written.
 */
export async function exportLeaks(
  { workspace, dataset: name }: { workspace: Workspace; dataset: string },
  { out }: { out: string },
  context: StageContext,
): Promise<ExportResult> {
  tableWriter(out);
  const dataset = await findDataset(workspace, name);
  const balance = await latestBalance(workspace, dataset.id);
  if (!balance || !(JSON.parse(balance.options) as { against?: string }).against) {
    throw new UsageError(
      `The latest balance of "${name}" looked for no leaks. Run: distillery balance --dataset ${name} --against OTHER`,
    );
  }
  await protectSources(workspace, out);
  const { id: balanceId } = balance;
  const page = workspace.sqlite.prepare<{ balanceId: number; last: number; pageSize: number }, Leak>(
    `SELECT found.sample_id AS id, s.path, other_id AS otherId, o.path AS otherPath, found.distance
     FROM (SELECT balance_id, sample_id, other_id, distance FROM removals WHERE reason = 'leak'
           UNION ALL SELECT balance_id, sample_id, other_id, distance FROM listed_leaks) found
     JOIN samples s ON s.id = found.sample_id LEFT JOIN samples o ON o.id = found.other_id
     WHERE found.balance_id = @balanceId AND found.sample_id > @last ORDER BY found.sample_id LIMIT @pageSize`,
  );
  async function* rows(): AsyncGenerator<Row[]> {
    for (let last = 0; ;) {
      const leaks = page.all({ balanceId, last, pageSize });
      yield leaks.map(({ id, path, otherId, otherPath, distance }) => [id, path, otherId, otherPath, distance]);
      if (leaks.length < pageSize) return;
      last = leaks.at(-1)!.id;
      await checkpoint(context);
    }
  }
  return writeTable(out, columns, rows());
}
