/** @file What the latest balance decided, one row a sample. */

import { UsageError } from '../errors.ts';
import type { StageContext } from '../progress.ts';
import { openTableSubset, readSubset, type SubsetInput } from './subset.ts';
import { writeTable, type Column, type ExportResult, type Row } from './table.ts';

const columns: Column[] = [
  { name: 'sample_id', type: 'integer' },
  { name: 'path', type: 'string' },
  { name: 'group_id', type: 'integer' },
  { name: 'distance_to_centroid', type: 'number' },
  { name: 'keep', type: 'boolean' },
];

/**
 * Writes sample_id, path (as it was imported), group_id (empty without a duplicate), distance_to_centroid
 * (Euclidean, on unit vectors) and keep, in sample order.
 * @throws {UsageError} when the dataset was not balanced, or `out` cannot be written.
 */
export async function exportGroups(
  input: SubsetInput,
  { out }: { out: string },
  context: StageContext,
): Promise<ExportResult> {
  const subset = await openTableSubset(input, { out, which: 'all' });
  if (subset.balanceId === undefined) {
    throw new UsageError(
      `Dataset "${subset.name}" has no groups yet. Run: distillery balance --dataset ${subset.name}`,
    );
  }
  async function* rows(): AsyncGenerator<Row[]> {
    for await (const samples of readSubset(subset, context)) {
      yield samples.map(({ id, path, groupId, distance, keep }) => [id, path, groupId, distance ?? 0, keep !== 0]);
    }
  }
  return writeTable(out, columns, rows());
}
