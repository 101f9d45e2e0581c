/** @file The newest clustering of a dataset: one row a clustered sample, or one row a cluster. */

import { existsSync } from 'node:fs';
import path from 'node:path';
import { UsageError } from '../errors.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import { readNpy } from '../store/npy.ts';
import { findDataset, type Workspace } from '../store/workspace.ts';
import { protectSources } from './protect.ts';
import { tableWriter, writeTable, type Column, type ExportResult, type Row } from './table.ts';

interface Source {
  workspace: Workspace;
  dataset: string;
}

const sampleColumns: Column[] = [
  { name: 'sample_id', type: 'integer' },
  { name: 'path', type: 'string' },
  { name: 'cluster', type: 'integer' },
  { name: 'similarity', type: 'number' },
];
const sizeColumns: Column[] = [
  { name: 'cluster', type: 'integer' },
  { name: 'size', type: 'integer' },
  { name: 'size_before', type: 'integer' },
  { name: 'mean_similarity', type: 'number' },
];
const ROWS_AT_ONCE = 5000;

/**
 * Writes sample_id, path (as it was imported), cluster and similarity (cosine to the centre) of each clustered sample,
 * in sample order.
 * @throws {UsageError} when the dataset was not clustered, or `out` cannot be written.
 */
export async function exportClusters(
  { workspace, dataset }: Source,
  { out }: { out: string },
  context: StageContext,
): Promise<ExportResult> {
  tableWriter(out);
  const { sampleIds, labels, similarities } = await readClustering(workspace, dataset);
  await protectSources(workspace, out);
  const page = workspace.sqlite.prepare<[number, number], { id: number; path: string }>(
    'SELECT id, path FROM samples WHERE id BETWEEN ? AND ?',
  );
  async function* rows(): AsyncGenerator<Row[]> {
    const total = sampleIds.length;
    for (let from = 0; from < total; from += ROWS_AT_ONCE) {
      const ids = sampleIds.subarray(from, from + ROWS_AT_ONCE);
      const paths = new Map(page.all(ids[0]!, ids.at(-1)!).map((sample) => [sample.id, sample.path]));
      yield Array.from(ids, (id, at) => [id, paths.get(id) ?? '', labels[from + at]!, similarities[from + at]!]);
      context.onProgress({ stage: 'export', done: from + ids.length, total, unit: 'images' });
      await checkpoint(context);
    }
  }
  return writeTable(out, sampleColumns, rows());
}

/**
 * Writes cluster, size, size_before (all images of the dataset on the same centres) and mean_similarity (empty where
 * the cluster is) of each cluster.
 * @throws as above
 */
export async function exportClusterSizes(
  { workspace, dataset }: Source,
  { out }: { out: string },
  context: StageContext,
): Promise<ExportResult> {
  tableWriter(out);
  const { labels, similarities, sizesBefore } = await readClustering(workspace, dataset);
  await protectSources(workspace, out);
  const sizes = new Int32Array(sizesBefore.length);
  const sums = new Float64Array(sizesBefore.length);
  for (const [at, cluster] of labels.entries()) {
    sizes[cluster]!++;
    sums[cluster]! += similarities[at]!;
  }
  async function* rows(): AsyncGenerator<Row[]> {
    for (let from = 0; from < sizes.length; from += ROWS_AT_ONCE) {
      yield Array.from(sizes.subarray(from, from + ROWS_AT_ONCE), (size, at) => {
        const cluster = from + at;
        return [cluster, size, sizesBefore[cluster]!, size === 0 ? null : sums[cluster]! / size];
      });
      await checkpoint(context);
    }
  }
  return writeTable(out, sizeColumns, rows());
}

async function readClustering(workspace: Workspace, name: string) {
  const dataset = await findDataset(workspace, name);
  const newest = workspace.sqlite
    .prepare<[number], { id: number }>('SELECT id FROM clusterings WHERE dataset_id = ? ORDER BY id DESC LIMIT 1')
    .get(dataset.id);
  const again = `Run: distillery cluster --dataset ${name} --clusters K`;
  if (!newest) throw new UsageError(`Dataset "${name}" has no clusters yet. ${again}`);
  const dir = path.join(workspace.dir, 'clusters', String(newest.id));
  if (!existsSync(path.join(dir, 'similarities.npy'))) {
    throw new UsageError(`${dir} has no similarities.npy: an earlier version made it. ${again}`);
  }
  const read = async (file: string) => (await readNpy(path.join(dir, file))).data;
  return {
    sampleIds: (await read('sample_ids.npy')) as Int32Array,
    labels: (await read('labels.npy')) as Int32Array,
    similarities: (await read('similarities.npy')) as Float32Array,
    sizesBefore: (await read('sizes_before.npy')) as Int32Array,
  };
}
