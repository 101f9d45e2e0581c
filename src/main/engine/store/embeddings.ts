/**
 * @file Embeddings on disk: embeddings/<dataset>/<teacher>/{image,text,ids}-00000.npy and manifest.json.
 * A shard is the unit of work: the manifest names the complete ones, in sample order.
 */

import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { DistilleryError, UsageError, messageOf } from '../errors.ts';
import { writeWhole } from './files.ts';
import { readNpy, writeNpy } from './npy.ts';
import type { Workspace } from './workspace.ts';

const manifestSchema = z.object({
  teacher: z.string(),
  /** Of the weights and options that made the rows, so that others are never mixed in. */
  fingerprint: z.string(),
  dim: z.int().positive(),
  complete: z.boolean(),
  shards: z.array(z.object({ rows: z.int().nonnegative(), lastId: z.int() })),
});
export type Manifest = z.infer<typeof manifestSchema>;

export type Modality = 'image' | 'text';

export interface EmbeddingSet {
  dir: string;
  manifest: Manifest;
}

export const embeddingFolder = (workspace: Workspace, dataset: string, teacher: string): string =>
  path.join(workspace.dir, 'embeddings', dataset, teacher);

const shardFile = (dir: string, kind: Modality | 'ids', index: number): string =>
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
  const names = teacher === undefined ? await readdir(parent).catch(() => []) : [teacher];
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

/** Adds one shard: arrays first, then the manifest, so that a crash leaves the shard out. Rows `[n, dim]`. */
export async function appendShard(
  set: EmbeddingSet,
  shard: { ids: Int32Array; image: Float16Array | Float32Array; text: Float16Array | Float32Array },
): Promise<void> {
  const rows = shard.ids.length;
  const { dim, shards } = set.manifest;
  const index = shards.length;
  await writeNpy(shardFile(set.dir, 'image', index), shard.image, [rows, dim]);
  await writeNpy(shardFile(set.dir, 'text', index), shard.text, [rows, dim]);
  await writeNpy(shardFile(set.dir, 'ids', index), shard.ids, [rows]);
  shards.push({ rows, lastId: shard.ids[rows - 1] ?? 0 });
  await saveManifest(set);
}

export async function saveManifest(set: EmbeddingSet): Promise<void> {
  await writeWhole(path.join(set.dir, 'manifest.json'), JSON.stringify(set.manifest, null, 2) + '\n');
}

/** Number of rows over all shards. */
export const countRows = (set: EmbeddingSet): number => set.manifest.shards.reduce((sum, shard) => sum + shard.rows, 0);

/** Sample ids of all rows, `[n]`, ascending. */
export async function readIds(set: EmbeddingSet): Promise<Int32Array> {
  const ids = new Int32Array(countRows(set));
  let row = 0;
  for (const [index, shard] of set.manifest.shards.entries()) {
    const { data } = await readNpy(shardFile(set.dir, 'ids', index));
    ids.set(data as Int32Array, row);
    row += shard.rows;
  }
  return ids;
}

/**
 * Rows `from` to `to` over all shards as float32, L2-normalised, `[to - from, dim]`.
 * @throws {DistilleryError} naming the sample row of a zero or non-finite vector.
 */
export async function readRows(
  set: EmbeddingSet,
  modality: Modality,
  from = 0,
  to = countRows(set),
): Promise<Float32Array> {
  const { dim, shards } = set.manifest;
  const rows = new Float32Array((to - from) * dim);
  let first = 0;
  for (const [index, shard] of shards.entries()) {
    const start = Math.max(from, first);
    const end = Math.min(to, first + shard.rows);
    if (start < end) {
      const { data } = await readNpy(shardFile(set.dir, modality, index), start - first, end - first);
      rows.set(data as Float32Array, (start - from) * dim);
    }
    first += shard.rows;
  }
  normaliseRows(rows, dim, (row) => `${modality} embedding of row ${from + row} in ${set.dir}`);
  return rows;
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
