/** @file What the window draws of a map: one file of columns, made in a thread, since it looks at every sample of the dataset. */

import { once } from 'node:events';
import path from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { z } from 'zod';
import type { MapHeader } from '../../../preload/search.ts';
import { UsageError } from '../errors.ts';
import { mapFiles, mapsFolder, readMap } from '../map/store.ts';
import { writeWhole } from '../store/files.ts';
import { readNpy } from '../store/npy.ts';
import { latestBalance, openWorkspace, removedSamples, type Workspace } from '../store/workspace.ts';

const task = z.object({ pointsOf: z.object({ dir: z.string(), map: z.string() }) });
const viewFile = 'view.bin';
/** Labels that have a colour of their own in the window. */
const shownLabels = 12;

/** File in the layout of `map.points`. @throws {UsageError} where the map is gone */
export async function mapPoints({ dir }: Pick<Workspace, 'dir'>, map: string): Promise<string> {
  if (!(await readMap({ dir }, map))) throw new UsageError('This map is gone. Compute it again.');
  const worker = new Worker(new URL(import.meta.url), { workerData: { pointsOf: { dir, map } } });
  try {
    // rejects when the thread throws
    const [file] = (await once(worker, 'message')) as [unknown];
    return z.string().parse(file);
  } finally {
    await worker.terminate();
  }
}

/** Makes the file, in this thread. */
export async function writePoints(workspace: Workspace, map: string): Promise<string> {
  const { dataset } = (await readMap(workspace, map))!;
  const dir = path.join(mapsFolder(workspace), map);
  const positions = (await readNpy(path.join(dir, mapFiles.positions))).data;
  const samples = (await readNpy(path.join(dir, mapFiles.ids))).data as Int32Array;
  const datasetId = workspace.sqlite
    .prepare<[string], number>('SELECT id FROM datasets WHERE name = ?')
    .pluck()
    .get(dataset);
  if (datasetId === undefined) throw new UsageError(`The dataset ${dataset} is gone.`);
  const { clusters, of: cluster } = await clustersOf(workspace, datasetId, samples);
  const { labels, of: label } = labelsOf(workspace, datasetId, samples);
  const balance = await latestBalance(workspace, datasetId);
  const removed = balance ? await removedSamples(workspace, balance.id) : new Set<number>();
  const fates = Uint8Array.from(samples, (sample) => Number(removed.has(sample)));
  const header: MapHeader = { images: samples.length, clusters, balanced: balance !== undefined, labels };
  const json = Buffer.from(JSON.stringify(header));
  const head = Buffer.alloc(4 + Math.ceil(json.length / 4) * 4, ' ');
  head.writeUInt32LE(json.length, 0);
  json.copy(head, 4);
  const file = path.join(dir, viewFile);
  await writeWhole(file, head, ...[positions, samples, cluster, label, fates].map(bytesOf));
  return file;
}

const bytesOf = (array: NodeJS.TypedArray): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** Cluster of each sample in the latest clustering, `[n]`; -1 where it is in none. */
async function clustersOf(
  { sqlite, dir }: Workspace,
  dataset: number,
  samples: Int32Array,
): Promise<{ clusters: number; of: Int32Array }> {
  const of = new Int32Array(samples.length).fill(-1);
  const latest = sqlite
    .prepare<[number], { id: number; clusters: number }>(
      'SELECT id, clusters FROM clusterings WHERE dataset_id = ? ORDER BY id DESC LIMIT 1',
    )
    .get(dataset);
  if (!latest) return { clusters: 0, of };
  const folder = path.join(dir, 'clusters', String(latest.id));
  try {
    const ids = (await readNpy(path.join(folder, 'sample_ids.npy'))).data as Int32Array;
    const labels = (await readNpy(path.join(folder, 'labels.npy'))).data as Int32Array;
    // both ascend
    for (let row = 0, at = 0; row < samples.length; row++) {
      while (at < ids.length && ids[at]! < samples[row]!) at++;
      if (ids[at] === samples[row]) of[row] = labels[at]!;
    }
    return { clusters: latest.clusters, of };
  } catch {
    // the files of the clustering are gone
    return { clusters: 0, of: of.fill(-1) };
  }
}

/** Number of each sample's label + 1, `[n]`; 0 where it has none. */
function labelsOf({ sqlite }: Workspace, dataset: number, samples: Int32Array): { labels: string[]; of: Uint16Array } {
  const frequent = sqlite
    .prepare<[number, number], string>(
      `SELECT label FROM samples WHERE dataset_id = ? AND label IS NOT NULL AND label <> ''
       GROUP BY label ORDER BY count(*) DESC, label LIMIT ?`,
    )
    .pluck()
    .all(dataset, shownLabels + 1);
  const labels = frequent.length > shownLabels ? [...frequent.slice(0, shownLabels - 1), 'others'] : frequent;
  const of = new Uint16Array(samples.length);
  if (labels.length === 0) return { labels, of };
  const numbers = new Map(labels.map((label, at) => [label, at + 1]));
  const rows = sqlite
    .prepare<[number], [number, string]>(
      `SELECT id, label FROM samples WHERE dataset_id = ? AND label IS NOT NULL AND label <> '' ORDER BY id`,
    )
    .raw();
  let row = 0;
  for (const [id, label] of rows.iterate(dataset)) {
    while (row < samples.length && samples[row]! < id) row++;
    if (samples[row] === id) of[row] = numbers.get(label) ?? labels.length;
  }
  return { labels, of };
}

// the thread; other threads that import this file have no such task
const given = isMainThread ? undefined : task.safeParse(workerData).data;
if (given && parentPort) {
  const workspace = openWorkspace(given.pointsOf.dir);
  try {
    parentPort.postMessage(await writePoints(workspace, given.pointsOf.map));
  } finally {
    workspace.close();
  }
}
