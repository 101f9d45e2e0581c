/** @file What a run trains on: the kept samples with captions as tokens, teacher embeddings and pseudo-labels, in sample order. */

import path from 'node:path';
import type { ClipConfig } from '../clip/config.ts';
import { loadTokenizer } from '../clip/tokenizer.ts';
import { mayShorten } from '../clip/textTower.ts';
import { DistilleryError, UsageError } from '../errors.ts';
import { pictureOf, type PictureSource } from '../pictureSource.ts';
import type { StageContext } from '../progress.ts';
import { findLeftOut, type LeftOutRecord } from '../quality/leftOut.ts';
import { findEmbeddings, readIds, readRows, type EmbeddingSet } from '../store/embeddings.ts';
import { readNpy } from '../store/npy.ts';
import { latestBalance, removedSamples, type Workspace } from '../store/workspace.ts';
import type { DistillOptions } from './options.ts';

export interface TrainingSet {
  ids: Int32Array; // [n]
  pictures: PictureSource[]; // [n]
  /** Ids of the captions, `[n, tokensPerCaption]`. */
  tokens: Int32Array;
  tokensPerCaption: number;
  /** Without L_cluster and L_instance there is no teacher. */
  teacher?: { name: string; dim: number; image: Float32Array; text: Float32Array | undefined }; // [n, dim], unit length
  clusters?: { count: number; centres: Float32Array; labels: Int32Array }; // [count, dim], [n]
  leftOut: LeftOutRecord;
}

/** @throws {UsageError} when embeddings or clusters are missing: the message names the command. */
export async function loadTrainingSet(
  workspace: Workspace,
  dataset: { id: number; name: string },
  config: ClipConfig,
  options: DistillOptions,
  teacher: string | undefined,
  context: StageContext,
): Promise<TrainingSet> {
  const { kept, leftOut } = await keptSamples(workspace, dataset.id, options, context);
  const usesTeacher = options.cluster || options.instance;
  const set = usesTeacher ? await findEmbeddings(workspace, dataset.name, teacher) : undefined;
  const embedded = set ? await readIds(set) : undefined;
  const clustering = options.cluster ? await loadClustering(workspace, dataset, set!) : undefined;
  const rowOf = embedded && new Map([...embedded].map((id, row) => [id, row]));
  const rows = kept.filter(({ id }) => (rowOf?.has(id) ?? true) && (clustering?.labelOf.has(id) ?? true));
  if (rows.length < 2) {
    throw new UsageError(
      `Dataset "${dataset.name}" has ${rows.length} usable image-text pairs; training needs at least 2.`,
    );
  }
  const captions = await tokenise(
    rows.map(({ caption }) => caption),
    config,
  );
  const training: TrainingSet = {
    ids: Int32Array.from(rows, ({ id }) => id),
    pictures: rows.map(({ picture }) => picture),
    leftOut,
    ...captions,
  };
  if (set && rowOf) {
    const picked = Int32Array.from(rows, ({ id }) => rowOf.get(id)!);
    training.teacher = {
      name: set.manifest.teacher,
      dim: set.manifest.dim,
      image: await pickRows(set, 'image', picked),
      text: options.instance ? await pickRows(set, 'text', picked) : undefined,
    };
  }
  if (clustering) {
    const labels = Int32Array.from(rows, ({ id }) => clustering.labelOf.get(id)!);
    training.clusters = { count: clustering.count, centres: clustering.centres, labels };
  }
  return training;
}

/** Samples with a picture that the latest balance (if any) kept, without those with an unwanted flag. */
async function keptSamples(workspace: Workspace, datasetId: number, options: DistillOptions, context: StageContext) {
  const balance = options.all ? undefined : await latestBalance(workspace, datasetId);
  const removed = balance ? await removedSamples(workspace, balance.id) : new Set<number>();
  const samples = await workspace.db
    .selectFrom('samples')
    .select(['id', 'file', 'offset', 'length', 'encoding', 'caption'])
    .where('dataset_id', '=', datasetId)
    .where('status', '=', 'ok')
    .orderBy('id')
    .execute();
  const { ids, record } = findLeftOut(workspace, { datasetId, balanceId: balance?.id }, options, context);
  const unwanted = new Set(ids);
  const wanted = samples.flatMap(({ id, caption, ...columns }) => {
    const picture = pictureOf(workspace.dir, columns);
    return picture === null || removed.has(id) ? [] : [{ id, picture, caption }];
  });
  const kept = wanted.filter(({ id }) => !unwanted.has(id));
  return { kept, leftOut: record.without ? { ...record, leftOut: wanted.length - kept.length } : {} };
}

async function tokenise(captions: string[], config: ClipConfig) {
  const { contextLength } = config.text;
  const all = (await loadTokenizer()).encode(captions, contextLength);
  if (!mayShorten(config.text)) return { tokens: all, tokensPerCaption: contextLength };
  // under a causal mask the padding behind the longest caption costs time and changes nothing
  let used = 1;
  for (let i = 0; i < all.length; i++) if (all[i] !== 0) used = Math.max(used, (i % contextLength) + 1);
  const tokens = new Int32Array(captions.length * used);
  for (let row = 0; row < captions.length; row++) {
    tokens.set(all.subarray(row * contextLength, row * contextLength + used), row * used);
  }
  return { tokens, tokensPerCaption: used };
}

/** Rows `picked` (ascending) of a set, read in pieces, `[picked.length, dim]`. */
async function pickRows(set: EmbeddingSet, modality: 'image' | 'text', picked: Int32Array): Promise<Float32Array> {
  const { dim } = set.manifest;
  const result = new Float32Array(picked.length * dim);
  const piece = 65_536;
  for (let at = 0; at < picked.length;) {
    const from = picked[at]!;
    const rows = await readRows(set, modality, from, Math.min(from + piece, picked[picked.length - 1]! + 1));
    for (; at < picked.length && (picked[at]! - from) * dim < rows.length; at++) {
      const start = (picked[at]! - from) * dim;
      result.set(rows.subarray(start, start + dim), at * dim);
    }
  }
  return result;
}

/** The newest clustering of the same teacher. */
async function loadClustering(workspace: Workspace, dataset: { id: number; name: string }, set: EmbeddingSet) {
  const row = await workspace.db
    .selectFrom('clusterings')
    .select(['id', 'clusters'])
    .where('dataset_id', '=', dataset.id)
    .where('teacher', '=', set.manifest.teacher)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!row) {
    throw new UsageError(
      `Dataset "${dataset.name}" has no clusters for L_cluster. Run: distillery cluster --dataset ${dataset.name} --clusters K (or switch the loss off with --no-cluster).`,
    );
  }
  const dir = path.join(workspace.dir, 'clusters', String(row.id));
  const centres = await readNpy(path.join(dir, 'centres.npy'));
  const labels = await readNpy(path.join(dir, 'labels.npy'));
  const ids = await readNpy(path.join(dir, 'sample_ids.npy'));
  const { dim } = set.manifest;
  if (
    !(centres.data instanceof Float32Array) ||
    centres.data.length !== row.clusters * dim ||
    labels.data.length !== ids.data.length
  ) {
    throw new DistilleryError(
      `The clusters in ${dir} do not fit the database ([${row.clusters}, ${dim}]). Cluster again.`,
    );
  }
  const labelOf = new Map(Array.from(ids.data as Int32Array, (id, i) => [id, (labels.data as Int32Array)[i]!]));
  return { count: row.clusters, centres: centres.data, labelOf };
}
