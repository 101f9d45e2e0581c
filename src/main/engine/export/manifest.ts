/** @file Pictures and their captions, as open_clip's csv loader reads them. */

import type { StageContext } from '../progress.ts';
import type { ExportedSample } from './samples.ts';
import { openTableSubset, readSubset, type SubsetInput, type SubsetOptions } from './subset.ts';
import { writeTable, type Column, type ExportResult, type Row } from './table.ts';

export const manifestColumns: Column[] = [
  { name: 'path', type: 'string' },
  { name: 'caption', type: 'string' },
];

/**
 * Writes path and caption of a subset, in sample order. Paths are absolute, so that they hold wherever the table lies;
 * without a local file of its own a picture has its path as imported.
 * @throws {UsageError} when `out` cannot be written.
 */
export async function exportManifest(
  input: SubsetInput,
  options: SubsetOptions & { out: string },
  context: StageContext,
): Promise<ExportResult> {
  const subset = await openTableSubset(input, options);
  async function* rows(): AsyncGenerator<Row[]> {
    for await (const samples of readSubset(subset, context)) {
      yield samples.map(manifestRow);
    }
  }
  return writeTable(options.out, manifestColumns, rows());
}

export const manifestRow = ({ ownFile, path, caption }: ExportedSample): Row => [ownFile ?? path, caption];
