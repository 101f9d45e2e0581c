/**
 * @file Embeddings on disk: embeddings/<dataset>/<teacher>/{image,text,ids}-00000.npy and manifest.json.
 * A shard is the unit of work: the manifest names the complete ones, in sample order.
 */

import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { DistilleryError, UsageError, messageOf } from '../errors.ts';
import { writeWhole } from './files.ts';
import { readNpy, writeNpy, type NpyArray } from './npy.ts';
import type { Workspace } from './workspace.ts';

const modality = z.enum(['image', 'text']);
export type Modality = z.infer<typeof modality>;

const manifestSchema = z.object({
  /** Name of the folder, and what --teacher takes. */
  teacher: z.string(),
  /** Of the weights and options that made the rows, so that others are never mixed in. */
  fingerprint: z.string(),
  /** Where its model lay: `bundled` or a path, from the workspace where it lies inside. */
  reference: z.string().optional(),
  /** Both where it is left out; imported sets can lack the captions' side. */
  modalities: z.array(modality).optional(),
  dim: z.int().positive(),
  complete: z.boolean(),
  shards: z.array(
    z.object({
      rows: z.int().nonnegative(),
      lastId: z.int(),
      /** Position in the dataset after the last sample that was looked at, left out or not. */
      end: z.int().nonnegative().optional(),
      /** Hash of those samples, so that rows of other samples are never taken for theirs. */
      content: z.string().optional(),
    }),
  ),
});
export type Manifest = z.infer<typeof manifestSchema>;

export interface EmbeddingSet {
  dir: string;
  manifest: Manifest;
}

/** What the rows of a set stand for. */
export const modalitiesOf = (set: EmbeddingSet): readonly Modality[] => set.manifest.modalities ?? ['image', 'text'];

export const embeddingFolder = (workspace: Workspace, dataset: string, teacher: string): string =>
  path.join(workspace.dir, 'embeddings', dataset, teacher);

/** A teacher's name as a folder: letters, digits, dots, dashes and underscores. */
export function teacherSlug(teacher: string): string {
  const slug = teacher.normalize('NFC').replace(/[^\p{L}\p{N}._-]+/gu, '-');
  const short = Array.from(slug).slice(0, 60).join('');
  return short.replace(/^[-.]+|[-.]+$/g, '') || 'teacher';
}

export const shardFile = (dir: string, kind: Modality | 'ids', index: number): string =>
  path.join(dir, `${kind}-${String(index).padStart(5, '0')}.npy`);

/** The set of a folder, or undefined where none was started. @throws {DistilleryError} on a broken manifest. */
export async function openEmbeddings(dir: string): Promise<EmbeddingSet | undefined> {
  const file = path.join(dir, 'manifest.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return { dir, manifest: manifestSchema.parse(JSON.parse(text)) };
  } catch (error) {
    throw new DistilleryError(`${file} is damaged (${messageOf(error)}). Delete ${dir} and embed again.`);
  }
}

/**
 * The complete set of a dataset: of the named teacher, or of the only one.
 * @throws {UsageError} when there is none, or several and none is named.
 */
export async function findEmbeddings(workspace: Workspace, dataset: string, teacher?: string): Promise<EmbeddingSet> {
  const parent = path.join(workspace.dir, 'embeddings', dataset);
  const names = teacher === undefined ? await readdir(parent).catch(() => []) : [teacherSlug(teacher)];
  const sets = await Promise.all(names.sort().map((name) => openEmbeddings(path.join(parent, name))));
  const complete = sets.filter((set) => set?.manifest.complete === true);
  if (complete.length === 1) return complete[0]!;
  const hint = `distillery embed --dataset ${dataset} --teacher T`;
  if (complete.length > 1) {
    const known = complete.map((set) => set!.manifest.teacher).join(', ');
    throw new UsageError(
      `Dataset "${dataset}" has embeddings of several teachers (${known}); name one with --teacher.`,
    );
  }
  throw new UsageError(
    `Dataset "${dataset}" has no complete embeddings${teacher ? ` of ${teacher}` : ''}. Run: ${hint}`,
  );
}

/** One shard: `ids` ascending `[n]`, rows `[n, dim]`; `text` exactly when the set has that modality. */
export interface Shard {
  ids: Int32Array;
  image: Float16Array | Float32Array;
  text?: Float16Array | Float32Array | undefined;
  /** See the manifest. */
  end?: number;
  content?: string;
}

/** Adds one shard: arrays first, then the manifest, so that a crash leaves the shard out. */
export async function appendShard(set: EmbeddingSet, shard: Shard): Promise<void> {
  await putShard(set, shard, set.manifest.shards.length);
}

/** Makes one shard anew. While it is written the set is not complete, and the shard is of no samples. */
export async function replaceShard(set: EmbeddingSet, index: number, shard: Shard): Promise<void> {
  set.manifest.complete = false;
  set.manifest.shards[index]!.content = '';
  await saveManifest(set);
  await putShard(set, shard, index);
}

async function putShard(set: EmbeddingSet, shard: Shard, index: number): Promise<void> {
  const { ids, end, content } = shard;
  const { dim, shards } = set.manifest;
  for (const name of modalitiesOf(set)) {
    const data = shard[name];
    if (data?.length !== ids.length * dim) {
      throw new DistilleryError(
        `Shard ${index} of ${set.dir} has ${data?.length ?? 0} ${name} numbers, not [${ids.length}, ${dim}].`,
      );
    }
    await writeNpy(shardFile(set.dir, name, index), data, [ids.length, dim]);
  }
  await writeNpy(shardFile(set.dir, 'ids', index), ids, [ids.length]);
  shards[index] = {
    rows: ids.length,
    // an empty shard keeps its predecessor's id, so that lastId never falls
    lastId: ids.at(-1) ?? shards[index - 1]?.lastId ?? 0,
    ...(end !== undefined && { end }),
    ...(content !== undefined && { content }),
  };
  await saveManifest(set);
}

export async function saveManifest(set: EmbeddingSet): Promise<void> {
  // in the schema's order, so that the same set is the same file
  const manifest = manifestSchema.parse(set.manifest);
  await writeWhole(path.join(set.dir, 'manifest.json'), JSON.stringify(manifest, null, 2) + '\n');
}

/** Number of rows over all shards. */
export const countRows = (set: EmbeddingSet): number => set.manifest.shards.reduce((sum, shard) => sum + shard.rows, 0);

/** Sample ids of all rows, `[n]`, ascending. */
export async function readIds(set: EmbeddingSet): Promise<Int32Array> {
  const ids = new Int32Array(countRows(set));
  let row = 0;
  for (const [index, shard] of set.manifest.shards.entries()) {
    const data = await readShard(set, 'ids', index, 0, shard.rows);
    ids.set(data as Int32Array, row);
    row += shard.rows;
  }
  return ids;
}

/**
 * Rows `from` to `to` over all shards as float32, L2-normalised, `[to - from, dim]`.
 * @throws {DistilleryError} naming the row of a zero or non-finite vector, a damaged shard or a missing modality.
 */
export async function readRows(
  set: EmbeddingSet,
  modality: Modality,
  from = 0,
  to = countRows(set),
): Promise<Float32Array> {
  const { dim, shards } = set.manifest;
  if (!modalitiesOf(set).includes(modality)) {
    throw new DistilleryError(`${set.dir} holds no ${modality} embeddings. Embed the dataset with a teacher.`);
  }
  const rows = new Float32Array((to - from) * dim);
  let first = 0;
  for (const [index, shard] of shards.entries()) {
    const start = Math.max(from, first);
    const end = Math.min(to, first + shard.rows);
    if (start < end) {
      const data = await readShard(set, modality, index, start - first, end - first);
      rows.set(data as Float32Array, (start - from) * dim);
    }
    first += shard.rows;
  }
  normaliseRows(rows, dim, (row) => `${modality} embedding of row ${from + row} in ${set.dir}`);
  return rows;
}

/** Rows `from` to `to` of one file as they are stored, checked against the manifest. */
export async function readShard(
  set: EmbeddingSet,
  kind: Modality | 'ids',
  index: number,
  from: number,
  to: number,
): Promise<NpyArray> {
  const file = shardFile(set.dir, kind, index);
  const expected = (to - from) * (kind === 'ids' ? 1 : set.manifest.dim);
  let data: NpyArray;
  try {
    ({ data } = await readNpy(file, from, to));
  } catch (error) {
    throw new DistilleryError(`${messageOf(error)} Delete ${set.dir} and embed again.`, { cause: error });
  }
  const plain = kind === 'ids' ? data instanceof Int32Array : !(data instanceof BigInt64Array);
  if (!plain || data.length !== expected) {
    throw new DistilleryError(
      `${file} holds ${data.length} numbers where its manifest says ${expected}. Delete ${set.dir} and embed again.`,
    );
  }
  return data;
}

/** Scales each row of `[n, dim]` to length 1, in place. */
export function normaliseRows(rows: Float32Array, dim: number, name: (row: number) => string): void {
  for (let row = 0; row * dim < rows.length; row++) {
    let squares = 0;
    for (let i = row * dim; i < (row + 1) * dim; i++) squares += rows[i]! * rows[i]!;
    if (!(squares > 0 && squares < Infinity)) {
      throw new DistilleryError(
        `The ${name(row)} is ${squares === 0 ? 'zero' : 'not finite'}. Embed the dataset again.`,
      );
    }
    const scale = 1 / Math.sqrt(squares);
    for (let i = row * dim; i < (row + 1) * dim; i++) rows[i]! *= scale;
  }
}
