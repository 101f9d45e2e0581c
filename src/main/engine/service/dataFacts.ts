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
  return {
    ...row,
    complete: row.complete === 1,
    images: count('ok'),
    skipped: count('skipped'),
    reasons: skippedReasons(sqlite, dataset),
    first: sqlite
      .prepare<[number, number], SampleRow>(
        `SELECT ${sampleColumns} FROM samples s WHERE s.dataset_id = ? AND s.status = 'ok' ORDER BY s.id LIMIT ?`,
      )
      .all(dataset, firstSamples)
      .map(sampleView),
  };
}

/** By frequency, in one pass over what was skipped. What stands after a colon is about one item, as in the summary of import. */
function skippedReasons(sqlite: Workspace['sqlite'], dataset: number): DataFacts['reasons'] {
  const found = new Map<string, DataFacts['reasons'][number]>();
  const skipped = sqlite.prepare<[number], { path: string; reason: string }>(
    `SELECT path, coalesce(reason, 'no reason was written') AS reason FROM samples
     WHERE dataset_id = ? AND status = 'skipped' ORDER BY id`,
  );
  for (const { path, reason: text } of skipped.iterate(dataset)) {
    const [reason = '', ...rest] = text.split(': ');
    const entry = found.get(reason) ?? { reason, count: 0, first: [] };
    if (++entry.count <= firstSkipped) entry.first.push({ path, detail: rest.join(': ') });
    found.set(reason, entry);
  }
  return Array.from(found.values())
    .sort((a, b) => b.count - a.count)
    .slice(0, shownReasons);
}
