/** @file What the view of data asks of a dataset: where it came from, its first pairs, and what was skipped and why. */

import type { DataFacts } from '../../../preload/contract.ts';
import { UsageError } from '../errors.ts';
import type { Workspace } from '../store/workspace.ts';
import { sampleColumns, sampleView, type SampleRow } from './samples.ts';

const firstSamples = 24;
const shownReasons = 50;
const firstSkipped = 5;

/** @throws {UsageError} for a dataset that is gone */
export function dataFacts({ sqlite }: Workspace, dataset: number): DataFacts {
  const row = sqlite
    .prepare<[number], Pick<DataFacts, 'name' | 'source' | 'format' | 'importedAt'> & { complete: 0 | 1 }>(
      'SELECT name, source, format, imported_at AS importedAt, complete FROM datasets WHERE id = ?',
    )
    .get(dataset);
  if (!row) throw new UsageError(`There is no dataset ${dataset}.`);
  const counts = sqlite
    .prepare<[number], { status: string; n: number }>(
      'SELECT status, count(*) AS n FROM samples WHERE dataset_id = ? GROUP BY status',
    )
    .all(dataset);
  const count = (status: string): number => counts.find((entry) => entry.status === status)?.n ?? 0;
  const reasons = sqlite
    .prepare<[number, number], { reason: string; count: number }>(
      `SELECT coalesce(reason, 'no reason was written') AS reason, count(*) AS count FROM samples
       WHERE dataset_id = ? AND status = 'skipped' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?`,
    )
    .all(dataset, shownReasons);
  const skipped = sqlite.prepare<[number, string, number], { path: string }>(
    `SELECT path FROM samples WHERE dataset_id = ? AND status = 'skipped'
     AND coalesce(reason, 'no reason was written') = ? ORDER BY id LIMIT ?`,
  );
  return {
    ...row,
    complete: row.complete === 1,
    images: count('ok'),
    skipped: count('skipped'),
    reasons: reasons.map((entry) => ({ ...entry, first: skipped.all(dataset, entry.reason, firstSkipped) })),
    first: sqlite
      .prepare<[number, number], SampleRow>(
        `SELECT ${sampleColumns} FROM samples s WHERE s.dataset_id = ? AND s.status = 'ok' ORDER BY s.id LIMIT ?`,
      )
      .all(dataset, firstSamples)
      .map(sampleView),
  };
}
