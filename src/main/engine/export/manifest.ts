/** @file The kept pictures and their captions, as open_clip's csv loader reads them. */

import type { StageContext } from '../progress.ts';
import { findDataset, latestBalance, type Workspace } from '../store/workspace.ts';
import { protectSources } from './protect.ts';
import { readSamples } from './samples.ts';
import { tableWriter, writeTable, type Column, type ExportResult, type Row } from './table.ts';

const columns: Column[] = [
  { name: 'path', type: 'string' },
  { name: 'caption', type: 'string' },
];

/**
 * Writes path and caption of what the latest balance kept (of all where none was made), in sample order. Paths
 * are absolute, so that they hold wherever the table lies; without a local file they are as imported.
 * @throws {UsageError} when `out` cannot be written.
 */
export async function exportManifest(
  { workspace, dataset: name }: { workspace: Workspace; dataset: string },
  { out }: { out: string },
  context: StageContext,
): Promise<ExportResult> {
  tableWriter(out);
  const dataset = await findDataset(workspace, name);
  const balance = await latestBalance(workspace, dataset.id);
  await protectSources(workspace, out);
  async function* rows(): AsyncGenerator<Row[]> {
    for await (const samples of readSamples(workspace, dataset.id, balance?.id, context)) {
      yield samples.filter(({ keep }) => keep !== 0).map(({ file, path, caption }) => [file ?? path, caption]);
    }
  }
  return writeTable(out, columns, rows());
}
