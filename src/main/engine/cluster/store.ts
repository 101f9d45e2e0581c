/** @file Writes a clustering: its folder clusters/<id>/ and its row appear together. */

import { rm } from 'node:fs/promises';
import path from 'node:path';
import { writeNpy } from '../store/npy.ts';
import { storeRowAndFolder } from '../store/rowAndFolder.ts';
import { timestamp, type Workspace } from '../store/workspace.ts';

export interface Clustering {
  datasetId: number;
  teacher: string;
  balanceId: number | null;
  clusters: number;
  options: object;
  inertia: number;
  iterations: number;
  quality: object;
}

export interface ClusteringFiles {
  /** `[k, dim]` */
  centres: Float32Array;
  dim: number;
  /** `[n]`, one per clustered sample in sample order, with `sampleIds` beside it. */
  labels: Int32Array;
  sampleIds: Int32Array;
  /** `[k]`: all images of the data set assigned to these centres, also those that balance removed. */
  sizesBefore: Int32Array;
  /** `[n]`: cosine of each clustered sample and its centre. */
  similarities: Float32Array;
}

/** Uses `scratch`, which is gone afterwards. @returns the clustering's id. */
export async function storeClustering(
  workspace: Workspace,
  scratch: string,
  clustering: Clustering,
  { centres, dim, labels, sampleIds, sizesBefore, similarities }: ClusteringFiles,
): Promise<number> {
  const finished = path.join(scratch, 'finished');
  await writeNpy(path.join(finished, 'centres.npy'), centres, [centres.length / dim, dim]);
  await writeNpy(path.join(finished, 'labels.npy'), labels, [labels.length]);
  await writeNpy(path.join(finished, 'sample_ids.npy'), sampleIds, [sampleIds.length]);
  await writeNpy(path.join(finished, 'sizes_before.npy'), sizesBefore, [sizesBefore.length]);
  await writeNpy(path.join(finished, 'similarities.npy'), similarities, [similarities.length]);
  const insert = workspace.sqlite.prepare(`
    INSERT INTO clusterings (dataset_id, teacher, balance_id, clusters, options, inertia, iterations, quality, finished_at)
    VALUES (@datasetId, @teacher, @balanceId, @clusters, @options, @inertia, @iterations, @quality, @finishedAt)`);
  const [options, quality] = [JSON.stringify(clustering.options), JSON.stringify(clustering.quality)];
  const id = storeRowAndFolder(
    workspace,
    () => Number(insert.run({ ...clustering, options, quality, finishedAt: timestamp() }).lastInsertRowid),
    finished,
    (id) => path.join(workspace.dir, 'clusters', String(id)),
  );
  await rm(scratch, { recursive: true, force: true });
  return id;
}

/** Paths of samples, as they were imported. */
export function pathsOf({ sqlite }: Workspace, sampleIds: readonly number[]): Map<number, string> {
  const path = sqlite.prepare<[number], { path: string }>('SELECT path FROM samples WHERE id = ?');
  return new Map(sampleIds.map((id) => [id, path.get(id)?.path ?? '']));
}
