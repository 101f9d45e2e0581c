/** @file Keep rules: which member of a group is worth more. */

import { UsageError } from '../errors.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import { chunkRowsFor, type KeepRule } from './options.ts';
import { modalitiesOf, readRows, type EmbeddingSet } from '../store/embeddings.ts';
import type { Workspace } from '../store/workspace.ts';
import { innerProduct } from '../vectors.ts';

export interface Subjects {
  workspace: Workspace;
  datasetId: number;
  embeddings: EmbeddingSet;
  /** Ascending `[images]`. */
  sampleIds: Int32Array;
}

/**
 * Scores by row, larger ones first `[images]`; undefined where only the distance to the centroid counts. An image whose value is
 * not known comes last.
 * @throws {UsageError} for agreement where the embeddings have no text side.
 */
export async function scoresOf(
  rule: KeepRule,
  subjects: Subjects,
  context: StageContext,
): Promise<Float64Array | undefined> {
  switch (rule) {
    case 'centroid':
      return undefined;
    case 'resolution':
      return scoresOfSamples('width * height', subjects, context);
    case 'oldest':
      return scoresOfSamples('-modified', subjects, context);
    case 'agreement':
      return agreement(subjects, context);
  }
}

const PAGE = 50_000;

async function scoresOfSamples(
  value: string,
  { workspace, datasetId, sampleIds }: Subjects,
  context: StageContext,
): Promise<Float64Array> {
  // pages, because a cursor would keep the database from being written to
  const page = workspace.sqlite.prepare<[number, number, number], { id: number; score: number | null }>(
    `SELECT id, ${value} AS score FROM samples WHERE dataset_id = ? AND status = 'ok' AND id > ? ORDER BY id LIMIT ?`,
  );
  const scores = new Float64Array(sampleIds.length).fill(-Infinity);
  let [row, last] = [0, 0];
  for (;;) {
    const found = page.all(datasetId, last, PAGE);
    for (const { id, score } of found) {
      while (row < sampleIds.length && sampleIds[row]! < id) row++;
      if (sampleIds[row] === id) scores[row] = score ?? -Infinity;
    }
    if (found.length < PAGE) return scores;
    last = found.at(-1)!.id;
    await checkpoint(context);
  }
}

/** Cosine of picture and caption. */
async function agreement({ embeddings, sampleIds }: Subjects, context: StageContext): Promise<Float64Array> {
  if (!modalitiesOf(embeddings).includes('text')) {
    throw new UsageError(
      `--keep agreement compares pictures with their captions, and the embeddings of ${embeddings.manifest.teacher} have no text side. Embed the dataset with a teacher, or choose another rule.`,
    );
  }
  const { dim } = embeddings.manifest;
  const images = sampleIds.length;
  const scores = new Float64Array(images);
  const step = Math.ceil(chunkRowsFor(dim) / 2);
  for (let from = 0; from < images; from += step) {
    const to = Math.min(from + step, images);
    const pictures = await readRows(embeddings, 'image', from, to);
    const captions = await readRows(embeddings, 'text', from, to);
    for (let row = from; row < to; row++) scores[row] = innerProduct(pictures, row - from, captions, row - from, dim);
    context.onProgress({ stage: 'compare captions', done: to, total: images, unit: 'images' });
    await checkpoint(context);
  }
  return scores;
}
