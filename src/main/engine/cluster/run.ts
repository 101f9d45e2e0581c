/** @file Stage "cluster": spherical k-means on the teacher's image embeddings; its centres are the classes of L_cluster. */

import path from 'node:path';
import { checkpoint, type StageContext } from '../progress.ts';
import { ChunkedRows, imageRows, type RowSource } from '../store/chunkedRows.ts';
import { findEmbeddings, readIds } from '../store/embeddings.ts';
import { findDataset, latestBalance, removedSamples, type Workspace } from '../store/workspace.ts';
import { Assigner } from './assign.ts';
import { initialCentres } from './initialise.ts';
import { chosenRows } from './keptRows.ts';
import { lloyd, type LloydState } from './lloyd.ts';
import { planOf, type ClusterOptions, type Plan } from './options.ts';
import { loadState, saveState, stateFolder } from './state.ts';
import { storeClustering } from './store.ts';

export type { ClusterOptions } from './options.ts';

export interface ClusterInput {
  workspace: Workspace;
  dataset: string;
  /** Needed where the data set has embeddings of several. */
  teacher?: string | undefined;
}

export interface ClusterResult {
  clusteringId: number;
  dataset: string;
  teacher: string;
  clusters: number;
  /** Images that were clustered. */
  images: number;
  /** Sum of squared Euclidean distances of unit vectors to their centres, 2 - 2 cos each. */
  inertia: number;
  /** Iterations that moved centres. */
  iterations: number;
  /** Images of each cluster. */
  sizes: number[];
  /** The same for all images of the data set, the removed ones too: the distribution before balance, on the same centres. */
  sizesBefore: number[];
  seconds: number;
}

const CHUNK_ROWS = 16384;

/**
 * Clusters the images that the latest balance kept (PAPER 2), or all. The same seed gives the same result on every
 * device. Stopped at any moment, it goes on after the last complete iteration.
 * @throws {UsageError} for a data set or embeddings that are not there, and for options out of range.
 */
export async function run(
  { workspace, dataset, teacher }: ClusterInput,
  options: ClusterOptions,
  context: StageContext,
): Promise<ClusterResult> {
  const started = performance.now();
  const { id: datasetId } = await findDataset(workspace, dataset);
  const embeddings = await findEmbeddings(workspace, dataset, teacher);
  const allIds = await readIds(embeddings);
  const balance = options.all === true ? undefined : await latestBalance(workspace, datasetId);
  const removed = balance ? await removedSamples(workspace, balance.id) : new Set<number>();
  const chosen = Int32Array.from(allIds.keys().filter((row) => !removed.has(allIds[row]!)));
  const plan = planOf(options, chosen.length);

  const source = imageRows(embeddings);
  const rows = new ChunkedRows(chosenRows(source, chosen), CHUNK_ROWS);
  const balanceId = balance?.id ?? null;
  const decides = { dataset, embeddings: embeddings.manifest, balanceId, plan };
  const scratch = stateFolder(path.join(workspace.dir, 'clusters'), decides);
  const assigner = new Assigner(rows);
  try {
    const start = (await loadState(scratch)) ?? (await begin(rows, plan, context));
    const save = (state: LloydState) => saveState(scratch, state, rows.dim);
    const found = await lloyd(rows, assigner, start, plan.iterations, save, context);
    const sizes = Array.from(found.sizes);
    const sizesBefore = removed.size === 0 ? sizes : await sizesOfAll(source, found.centres, context);

    const name = { dataset, teacher: embeddings.manifest.teacher };
    const { clusters, iterations: _, ...kept } = plan;
    const numbers = { clusters, inertia: found.inertia, iterations: found.iteration };
    const row = {
      ...numbers,
      datasetId,
      teacher: name.teacher,
      balanceId,
      options: { ...kept, limit: plan.iterations },
    };
    const clusteringId = await storeClustering(workspace, scratch, row, {
      centres: found.centres,
      dim: rows.dim,
      labels: found.labels,
      sampleIds: Int32Array.from(chosen, (at) => allIds[at]!),
      sizesBefore: Int32Array.from(sizesBefore),
    });
    const seconds = (performance.now() - started) / 1000;
    return { clusteringId, ...name, ...numbers, images: rows.count, sizes, sizesBefore, seconds };
  } finally {
    assigner.dispose();
  }
}

async function begin(rows: ChunkedRows, plan: Plan, context: StageContext): Promise<LloydState> {
  const centres = await initialCentres(rows, plan, context);
  return { iteration: 0, centres, labels: new Int32Array(rows.count).fill(-1) };
}

/** Images of the whole data set by their nearest centre. */
async function sizesOfAll(source: RowSource, centres: Float32Array, context: StageContext): Promise<number[]> {
  const rows = new ChunkedRows(source, CHUNK_ROWS);
  const assigner = new Assigner(rows);
  const sizes = new Array<number>(centres.length / rows.dim).fill(0);
  try {
    const count = (_vectors: Float32Array, _row: number, label: number) => {
      sizes[label]!++;
    };
    await assigner.assign(centres, new Int32Array(rows.count).fill(-1), count, async (done) => {
      context.onProgress({ stage: 'sizes before balance', done, total: rows.count, unit: 'images' });
      await checkpoint(context);
    });
  } finally {
    assigner.dispose();
  }
  return sizes;
}
