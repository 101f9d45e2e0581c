/** @file What was measured of each image, and its quality flags, one row a sample. */

import type { StageContext } from '../progress.ts';
import { findFlagged, flagsOf } from '../quality/flags.ts';
import { thresholdsOf, type ThresholdsInput } from '../quality/options.ts';
import { openTableSubset, readSubset, type SubsetInput } from './subset.ts';
import { writeTable, type Column, type ExportResult, type Row, type Value } from './table.ts';

const measures = ['width', 'height', 'brightness', 'contrast', 'sharpness', 'agreement'] as const;
const columns: Column[] = [
  { name: 'sample_id', type: 'integer' },
  { name: 'path', type: 'string' },
  ...measures.map((name): Column => ({ name, type: name === 'width' || name === 'height' ? 'integer' : 'number' })),
  { name: 'flags', type: 'string' },
];

/**
 * Writes sample_id, path (as it was imported), the measures (empty where there is none) and the flags with spaces between
 * them, in sample order.
 * @throws {UsageError} for a threshold out of range, or when `out` cannot be written.
 */
export async function exportQuality(
  input: SubsetInput,
  { out, thresholds: given }: { out: string; thresholds?: ThresholdsInput | undefined },
  context: StageContext,
): Promise<ExportResult> {
  const thresholds = thresholdsOf(given);
  const subset = await openTableSubset(input, { out, which: 'all' });
  const { workspace, datasetId, balanceId } = subset;
  const { ids, bits } = findFlagged(workspace, { datasetId, balanceId, thresholds });
  const select = workspace.sqlite
    .prepare<[number], Value[]>(`SELECT ${measures.join(', ')} FROM samples WHERE id = ?`)
    .raw();
  async function* rows(): AsyncGenerator<Row[]> {
    let at = 0;
    for await (const samples of readSubset(subset, context)) {
      yield samples.map(({ id, path }) => {
        while (ids[at]! < id) at++;
        const flags = ids[at] === id ? flagsOf(bits[at]!) : [];
        return [id, path, ...select.get(id)!, flags.join(' ')];
      });
    }
  }
  return writeTable(out, columns, rows());
}
