/** @file Where embeddings go: the set that the same teacher began for the same samples, or a new one. */

import { createHash } from 'node:crypto';
import { rowsFingerprint, type Precision, type Storage } from '../clip/rowsFingerprint.ts';
import type { EmbeddingModel } from '../clip/towers.ts';
import type { StageContext } from '../progress.ts';
import { embeddingFolder, openEmbeddings, teacherSlug, type EmbeddingSet } from '../store/embeddings.ts';
import type { Workspace } from '../store/workspace.ts';
import { endPosition, isEmbeddable, samplesBetween, type Sample } from './samples.ts';

/** Samples that a shard looks at. Shards begin at fixed places, so that a resumed run repeats them bitwise. */
export const shardSamples = 2048;

/** A shard to make: samples with from <= position < end. */
export interface Piece {
  /** In the set; an existing shard is replaced. */
  index: number;
  from: number;
  end: number;
}

export interface Target {
  set: EmbeddingSet;
  /** What is missing or of other samples, in order. */
  pieces: Piece[];
}

/** Continues a set of this very teacher, else begins one. */
export async function openTarget(
  workspace: Workspace,
  dataset: { id: number; name: string },
  teacher: { name: string; model: EmbeddingModel; precision: Precision; storage: Storage },
  context: StageContext,
): Promise<Target> {
  const { model, precision, storage } = teacher;
  const fingerprint = rowsFingerprint(model.fingerprint, precision, storage);
  const set = await openSet(workspace, dataset.name, teacher.name, fingerprint, model.config.embedDim);
  const { shards } = set.manifest;
  const end = endPosition(workspace, dataset.id);
  if (shards.some((shard) => (shard.end ?? Infinity) > end)) shards.length = 0;
  const pieces: Piece[] = [];
  let from = 0;
  for (const [index, shard] of shards.entries()) {
    const piece = { index, from, end: shard.end! };
    if (shard.content !== contentOf(samplesBetween(workspace, dataset.id, from, piece.end))) pieces.push(piece);
    from = piece.end;
  }
  if (pieces.length > 0) {
    context.log(
      `${pieces.length} of ${shards.length} shards in ${set.dir} are of samples that changed; they are made anew.`,
    );
  }
  for (let index = shards.length; from < end; index++, from += shardSamples) {
    pieces.push({ index, from, end: Math.min(from + shardSamples, end) });
  }
  return { set, pieces };
}

/** Another teacher of the same name, or another precision, keeps its own folder. */
async function openSet(
  workspace: Workspace,
  dataset: string,
  teacher: string,
  fingerprint: string,
  dim: number,
): Promise<EmbeddingSet> {
  const slug = teacherSlug(teacher);
  const named = { dir: embeddingFolder(workspace, dataset, slug), teacher: slug };
  const existing = await openEmbeddings(named.dir);
  if (existing?.manifest.fingerprint === fingerprint) return existing;
  const own = `${slug}-${fingerprint.slice(0, 8)}`;
  const target = existing ? { dir: embeddingFolder(workspace, dataset, own), teacher: own } : named;
  const again = existing && (await openEmbeddings(target.dir));
  if (again) return again;
  return { dir: target.dir, manifest: { teacher: target.teacher, fingerprint, dim, complete: false, shards: [] } };
}

/** Hash of the picture's bytes and the caption of each sample: what their embeddings depend on. */
export function contentOf(samples: Iterable<Sample>): string {
  const hash = createHash('sha256');
  for (const sample of samples) {
    if (isEmbeddable(sample)) hash.update(JSON.stringify([sample.id, sample.hash, sample.caption]));
  }
  return hash.digest('hex');
}
