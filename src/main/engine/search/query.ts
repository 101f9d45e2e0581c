/** @file From what is looked for to one vector. */

import { stat } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../errors.ts';
import { readShard, type EmbeddingSet } from '../store/embeddings.ts';
import { cosines } from './cosines.ts';
import type { QueryEncoder } from './teacher.ts';

/** Parts of a question; at least one. */
export interface Query {
  text?: string | undefined;
  /** Files of pictures. */
  pictures?: readonly string[] | undefined;
  /** Ids of samples of the dataset. */
  samples?: readonly number[] | undefined;
}

/**
 * The mean direction of the parts, `[dim]` of unit length.
 * @param teacher is asked for when a part needs it
 * @throws {UsageError} for an empty question, a sample without embedding, or parts that cancel each other
 */
export async function embedQuery(
  set: EmbeddingSet,
  { text, pictures = [], samples = [] }: Query,
  teacher: () => Promise<QueryEncoder>,
): Promise<Float64Array> {
  const parts: ArrayLike<number>[] = [];
  for (const sample of samples) parts.push(await sampleVector(set, sample));
  if (text !== undefined) {
    if (text.trim() === '') throw new UsageError('The text to look for is empty.');
    parts.push(await (await teacher()).text(text));
  }
  for (const file of pictures) {
    const found = await stat(file).catch(() => undefined);
    if (!found?.isFile()) throw new UsageError(`--image: there is no file ${path.resolve(file)}.`);
    parts.push(await (await teacher()).picture(path.resolve(file)));
  }
  if (parts.length === 0) {
    throw new UsageError('Say what to look for: a text, --image FILE or --sample ID.');
  }
  return meanDirection(parts, set.manifest.dim);
}

/** Each part counts the same, whatever its length. */
export function meanDirection(parts: readonly ArrayLike<number>[], dim: number): Float64Array {
  const sum = new Float64Array(dim);
  for (const part of parts) {
    const length = Math.hypot(...Array.from(part));
    for (let i = 0; i < dim; i++) sum[i]! += part[i]! / length;
  }
  const length = Math.hypot(...sum);
  // two opposite directions have no middle
  if (!(length > 1e-9)) throw new UsageError('The parts of this question cancel each other. Ask for one of them.');
  return sum.map((value) => value / length);
}

/** The stored row of a sample's picture, `[dim]`. */
async function sampleVector(set: EmbeddingSet, sample: number): Promise<ArrayLike<number>> {
  const { shards, dim } = set.manifest;
  const shard = shards.findIndex(({ rows, lastId }) => rows > 0 && lastId >= sample);
  const ids = shard === -1 ? undefined : ((await readShard(set, 'ids', shard, 0, shards[shard]!.rows)) as Int32Array);
  const row = ids?.indexOf(sample) ?? -1;
  if (row === -1) {
    throw new UsageError(`Sample ${sample} has no embedding of ${set.manifest.teacher} in this dataset.`);
  }
  const stored = await readShard(set, 'image', shard, row, row + 1);
  const vector = Float64Array.from(stored as Float32Array);
  if (Number.isNaN(cosines(stored, new Float64Array(dim))[0])) {
    throw new UsageError(`The embedding of sample ${sample} is zero or not finite. Embed the dataset again.`);
  }
  return vector;
}
