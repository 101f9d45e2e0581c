/** @file Stage "cluster": spherical k-means on the teacher's image embeddings; its centres are the classes of L_cluster. */

import path from 'node:path';
import { checkpoint, type StageContext } from '../progress.ts';
import type { LeftOutRecord } from '../quality/leftOut.ts';
import { ChunkedRows, imageRows } from '../store/chunkedRows.ts';
import { findEmbeddings, readIds } from '../store/embeddings.ts';
import { findDataset, latestBalance, type Workspace } from '../store/workspace.ts';
import { Assigner } from './assign.ts';
import { fit } from './fit.ts';
import { fitRows } from './fitRows.ts';
import { chosenRows } from './keptRows.ts';
import { similaritiesOf } from './measure.ts';
import { planOf, type ClusterOptions } from './options.ts';
import { qualityOf, type Quality } from './quality.ts';
import { stateFolder } from './state.ts';
import { pathsOf, storeClustering } from './store.ts';
import { whichRows } from './whichRows.ts';

export type { ClusterOptions } from './options.ts';

export interface ClusterInput {
  workspace: Workspace;
  dataset: string;
  /** Needed where the data set has embeddings of several. */
  teacher?: string | undefined;
}

/** An image near the centre of its cluster. */
export interface NearImage {
  sampleId: number;
  /** As it was imported. */
  path: string;
  /** Cosine to the centre. */
  similarity: number;
}

export interface ClusterResult extends LeftOutRecord {
  clusteringId: number;
  dataset: string;
  teacher: string;
  clusters: number;
  /** Images that were clustered. */
  images: number;
  /** Of the clustered, the ones that the centres were fitted on. */
  fittedOn: number;
  /** Sum of squared Euclidean distances of unit vectors to their centres, 2 - 2 cos each. */
  inertia: number;
  /** Iterations that moved centres; with mini-batches, passes. */
  iterations: number;
  quality: Quality<NearImage>;
  /** Images of each cluster. */
  sizes: number[];
  /** The same for all images of the data set, those removed or left out too: the distribution before balance, on the same centres. */
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
  const ids = await readIds(embeddings);
  const balance = options.all === true ? undefined : await latestBalance(workspace, datasetId);
  const subject = { datasetId, balanceId: balance?.id };
  const { kept, others, fingerprint, leftOut } = await whichRows(workspace, ids, subject, options, context);
  const plan = planOf(options, kept.length);

  const all = imageRows(embeddings);
  const source = chosenRows(all, kept);
  const balanceId = balance?.id ?? null;
  const decides = { dataset, embeddings: embeddings.manifest, balanceId, plan, fingerprint };
  const scratch = stateFolder(path.join(workspace.dir, 'clusters'), decides);
  const rows = new ChunkedRows(source, CHUNK_ROWS);
  const fitSource = await fitRows(source, plan.fitSample, plan.seed, scratch, context);
  const fitted = await fit(
    fitSource === source ? rows : new ChunkedRows(fitSource, CHUNK_ROWS),
    plan,
    scratch,
    context,
  );
  const { centres } = fitted;
  const complete = fitSource === source ? fitted.labels : undefined;
  const labels = complete ?? (await nearestCentres(rows, centres, 'final assignment', context));
  const othersRows = new ChunkedRows(chosenRows(all, others), CHUNK_ROWS);
  const otherLabels = await nearestCentres(othersRows, centres, 'sizes before balance', context);
  const sizes = counted(new Int32Array(plan.clusters), labels);
  const sizesBefore = counted(sizes.slice(), otherLabels);
  const { inertia, similarities } = await similaritiesOf(rows, centres, labels, context);

  const sampleIds = Int32Array.from(kept, (row) => ids[row]!);
  const quality = named(workspace, sampleIds, qualityOf({ labels, similarities, sizes, sizesBefore }));
  const { clusters, iterations: limit, ...settings } = plan;
  const numbers = { clusters, inertia, iterations: fitted.iterations };
  const { teacher: used } = embeddings.manifest;
  const row = { ...numbers, datasetId, teacher: used, balanceId, options: { ...settings, limit, ...leftOut }, quality };
  const files = { centres, dim: all.dim, labels, sampleIds, sizesBefore, similarities };
  const clusteringId = await storeClustering(workspace, scratch, row, files);
  return {
    clusteringId,
    dataset,
    teacher: used,
    images: rows.count,
    fittedOn: fitSource.count,
    ...numbers,
    ...leftOut,
    quality,
    sizes: Array.from(sizes),
    sizesBefore: Array.from(sizesBefore),
    seconds: (performance.now() - started) / 1000,
  };
}

async function nearestCentres(
  rows: ChunkedRows,
  centres: Float32Array,
  stage: string,
  context: StageContext,
): Promise<Int32Array> {
  const labels = new Int32Array(rows.count).fill(-1);
  const assigner = new Assigner(rows);
  try {
    const ignore = (): void => undefined;
    await assigner.assign(centres, labels, ignore, async (done) => {
      context.onProgress({ stage: `cluster, ${stage}`, done, total: rows.count, unit: 'images' });
      await checkpoint(context);
    });
  } finally {
    assigner.dispose();
  }
  return labels;
}

function counted(sizes: Int32Array, labels: Int32Array): Int32Array {
  for (const label of labels) sizes[label]!++;
  return sizes;
}

/** With sample ids and paths in the place of rows. */
function named(workspace: Workspace, sampleIds: Int32Array, quality: ReturnType<typeof qualityOf>): Quality<NearImage> {
  const rows = quality.largest.flatMap(({ nearest }) => nearest.map(({ row }) => row));
  const paths = pathsOf(
    workspace,
    rows.map((row) => sampleIds[row]!),
  );
  const largest = quality.largest.map(({ nearest, ...cluster }) => ({
    ...cluster,
    nearest: nearest.map(({ row, similarity }) => {
      const sampleId = sampleIds[row]!;
      return { sampleId, path: paths.get(sampleId) ?? '', similarity };
    }),
  }));
  return { ...quality, largest };
}
