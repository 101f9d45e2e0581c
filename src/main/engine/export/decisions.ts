/** @file What people decided, one row a sample, as `decide import` reads it. */

import { listDecisions } from '../decisions/history.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import type { Workspace } from '../store/workspace.ts';
import { protectSources } from './protect.ts';
import { tableWriter, writeTable, type Column, type ExportResult, type Row } from './table.ts';

const columns: Column[] = [
  { name: 'decision', type: 'integer' },
  { name: 'kind', type: 'string' },
  { name: 'annotator', type: 'string' },
  { name: 'decided_at', type: 'string' },
  { name: 'undone_at', type: 'string' },
  { name: 'sample_id', type: 'integer' },
  { name: 'path', type: 'string' },
  { name: 'side', type: 'integer' },
  { name: 'settles', type: 'boolean' },
  { name: 'rule', type: 'string' },
];

/** Writes all decisions on a dataset in their order, undone ones too. @throws {UsageError} when `out` cannot be written */
export async function exportDecisions(
  { workspace, dataset }: { workspace: Workspace; dataset: string },
  { out }: { out: string },
  context: StageContext,
): Promise<ExportResult> {
  tableWriter(out);
  const decisions = await listDecisions(workspace, dataset);
  await protectSources(workspace, out);
  const pathOf = workspace.sqlite.prepare<[number], string>('SELECT path FROM samples WHERE id = ?').pluck();
  async function* rows(): AsyncGenerator<Row[]> {
    for (const { decision, kind, annotator, decidedAt, undoneAt, settles, rule, samples, others } of decisions) {
      const common = [decision, kind, annotator, decidedAt, undoneAt];
      for (const [side, ids] of [samples, ...others].entries()) {
        yield ids.map((id) => [...common, id, pathOf.get(id) ?? '', side, settles, rule]);
      }
      await checkpoint(context);
    }
  }
  return writeTable(out, columns, rows());
}
