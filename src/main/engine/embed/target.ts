/** @file Where embeddings go: the set that the same teacher began for the same samples, or a new one. */

import { createHash, type Hash } from 'node:crypto';
import type { ClipModel } from '../clip/model.ts';
import type { StageContext } from '../progress.ts';
import { embeddingFolder, openEmbeddings, teacherSlug, type EmbeddingSet } from '../store/embeddings.ts';
import type { Workspace } from '../store/workspace.ts';
import { samplesBetween, type Sample } from './samples.ts';
import type { Storage } from './shard.ts';

export type Precision = 'fp32' | 'bf16';

/** Changes when the same model and picture give other numbers. */
const preprocessing = 1;

export interface Target {
  set: EmbeddingSet;
  /** Running hash of the samples that the set's shards cover; the manifest's `content` is its value. */
  content: Hash;
  /** Position of the first sample that is not covered. */
  next: number;
}

/** Continues a set when its rows are of this teacher and these samples, else begins one. */
export async function openTarget(
  workspace: Workspace,
  dataset: { id: number; name: string },
  teacher: { name: string; model: ClipModel; precision: Precision; storage: Storage },
  context: StageContext,
): Promise<Target> {
  const { model, precision, storage } = teacher;
  const parts = [model.fingerprint, precision, storage, preprocessing];
  const fingerprint = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  const slug = teacherSlug(teacher.name);
  // another teacher of the same name, or another precision, keeps its own folder
  for (const name of [slug, `${slug}-${fingerprint.slice(0, 8)}`]) {
    const dir = embeddingFolder(workspace, dataset.name, name);
    const set = await openEmbeddings(dir);
    if (set !== undefined && set.manifest.fingerprint !== fingerprint) continue;
    if (set !== undefined) {
      const next = set.manifest.shards.at(-1)?.end ?? 0;
      const content = hashOfSamples(workspace, dataset.id, next);
      if (set.manifest.content === content.copy().digest('hex')) return { set, content, next };
      context.log(`The embeddings in ${dir} are of other samples than the dataset has now; they are made anew.`);
    }
    const manifest = { teacher: name, fingerprint, dim: model.config.embedDim, complete: false, shards: [] };
    return { set: { dir, manifest }, content: createHash('sha256'), next: 0 };
  }
  throw new Error(`Two fingerprints begin with ${fingerprint.slice(0, 8)}.`);
}

function hashOfSamples(workspace: Workspace, datasetId: number, end: number): Hash {
  const hash = createHash('sha256');
  for (const sample of samplesBetween(workspace, datasetId, 0, end)) addSample(hash, sample);
  return hash;
}

/** Its picture's bytes and its caption: what an embedding depends on. */
export function addSample(hash: Hash, { id, hash: picture, caption }: Sample): void {
  hash.update(JSON.stringify([id, picture, caption]));
}
