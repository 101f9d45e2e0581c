/** @file A folder of exported shards: its manifest.json names what is complete, so that an export can go on or be replaced. */

import { readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { writeWhole } from '../store/files.ts';
import type { Skips } from './skips.ts';

const skipsSchema = z.object({
  skipped: z.int().nonnegative(),
  reasons: z.record(z.string(), z.int().positive()),
  skippedItems: z.array(z.object({ path: z.string(), reason: z.string() })),
}) satisfies z.ZodType<Skips>;
const shardSchema = z.object({
  file: z.string().regex(/^\d{5,}\.tar$/),
  samples: z.int().positive(),
  bytes: z.int().positive(),
  /** Id of the last sample that was looked at for it. */
  last: z.int().positive(),
  /** Those before that one. */
  skips: skipsSchema,
});
const manifestSchema = z.object({
  writer: z.literal('distillery webdataset'),
  version: z.literal(1),
  dataset: z.string(),
  /** Of the samples and of the limits of a shard. */
  selection: z.string(),
  complete: z.boolean(),
  shards: z.array(shardSchema),
});
export type Shard = z.infer<typeof shardSchema>;
export type ShardManifest = z.infer<typeof manifestSchema>;

export const manifestFile = 'manifest.json';
export const sizesFile = 'sizes.json';
const partial = /^(\d{5,}\.tar|manifest\.json|sizes\.json)\.\d+\.partial$/;

/**
 * Opens a folder with the files `names` (undefined: it is not there yet). An export of the same selection goes on behind its
 * last shard that is whole; one of another selection is removed.
 * @throws {UsageError} when other files lie there
 */
export async function openShardFolder(
  dir: string,
  names: readonly string[] | undefined,
  wanted: Pick<ShardManifest, 'dataset' | 'selection'>,
): Promise<ShardManifest> {
  const { manifest, removed } = await planShardFolder(dir, names, wanted);
  for (const name of removed) await rm(path.join(dir, name), { force: true });
  return manifest;
}

/** What {@link openShardFolder} would go on with, and which files it removes before; touches nothing. */
export async function planShardFolder(
  dir: string,
  names: readonly string[] | undefined,
  { dataset, selection }: Pick<ShardManifest, 'dataset' | 'selection'>,
): Promise<{ manifest: ShardManifest; removed: string[] }> {
  const fresh: ShardManifest = {
    ...{ writer: 'distillery webdataset', version: 1 },
    ...{ dataset, selection, complete: false, shards: [] },
  };
  const visible = (names ?? []).filter((name) => !name.startsWith('.'));
  if (visible.length === 0) return { manifest: fresh, removed: [] };
  const before = await readManifest(dir);
  if (before === undefined) {
    throw new UsageError(
      `${dir} is not empty, and not an export of shards. Choose a new or an empty folder with --out.`,
    );
  }
  const own = new Map(before.shards.map((shard) => [shard.file, shard]));
  const foreign = visible.find((name) => /^\d+\.tar$/.test(name) && !own.has(name));
  if (foreign !== undefined) throw notOurs(path.join(dir, foreign));
  // left by a process that was killed
  const left = visible.filter((name) => partial.test(name));
  const same = before.selection === selection;
  const whole = await countWhole(dir, before.shards);
  const kept = same ? before.shards.slice(0, whole) : [];
  if (same && kept.length === before.shards.length) return { manifest: before, removed: left };
  const replaced = before.shards.slice(kept.length).map(({ file }) => file);
  const stale = [sizesFile, ...replaced].filter((name) => visible.includes(name));
  return { manifest: { ...fresh, shards: kept }, removed: [...left, ...stale] };
}

/** Shards before the first that is missing. @throws {UsageError} when one was changed */
async function countWhole(dir: string, shards: readonly Shard[]): Promise<number> {
  const sizes = await Promise.all(shards.map(({ file }) => sizeOf(path.join(dir, file))));
  const changed = shards.find(({ bytes }, i) => sizes[i] !== undefined && sizes[i] !== bytes);
  if (changed) throw notOurs(path.join(dir, changed.file));
  const missing = sizes.indexOf(undefined);
  return missing === -1 ? shards.length : missing;
}

export async function saveManifest(dir: string, manifest: ShardManifest): Promise<void> {
  await writeWhole(path.join(dir, manifestFile), JSON.stringify(manifest, null, 2) + '\n');
}

async function readManifest(dir: string): Promise<ShardManifest | undefined> {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(path.join(dir, manifestFile), 'utf8')));
  } catch {
    return undefined;
  }
}

const sizeOf = (file: string): Promise<number | undefined> =>
  stat(file).then(
    ({ size }) => size,
    () => undefined,
  );

const notOurs = (file: string): UsageError =>
  new UsageError(`${file} is not as an export left it and is not overwritten. Choose another folder with --out.`);
