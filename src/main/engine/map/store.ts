/**
 * @file Maps on disk: maps/<id>/ with map.json, positions.npy [n, 2] and sample_ids.npy [n]. The id names everything that decides
 * the positions, so that the same map is made once. Until map.json is there, the parts are those of a map in the making.
 */

import { createHash } from 'node:crypto';
import { readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../store/files.ts';
import type { EmbeddingSet } from '../store/embeddings.ts';
import type { Workspace } from '../store/workspace.ts';

export const mapMethods = ['pca', 'umap'] as const;
export type MapMethod = (typeof mapMethods)[number];

const mapSchema = z.object({
  dataset: z.string(),
  teacher: z.string(),
  method: z.enum(mapMethods),
  seed: z.int(),
  images: z.int().nonnegative(),
  /** Images that the layout was made of; the others were placed among them. */
  laidOut: z.int().nonnegative(),
  /** Share of the variance along each axis; of `pca`. */
  explained: z.array(z.number()).optional(),
  finishedAt: z.iso.datetime(),
});
export type MapRecord = z.infer<typeof mapSchema>;
export interface StoredMap extends MapRecord {
  id: string;
}

export const mapsFolder = ({ dir }: Pick<Workspace, 'dir'>): string => path.join(dir, 'maps');
export const mapFiles = { record: 'map.json', positions: 'positions.npy', ids: 'sample_ids.npy' } as const;

/** Changes when the same rows give another map. */
const version = 1;

/** @param decides what decides the positions beside the rows */
export function mapId({ manifest }: EmbeddingSet, dataset: string, decides: object): string {
  const { teacher, fingerprint, dim, shards } = manifest;
  return createHash('sha256')
    .update(JSON.stringify([version, dataset, teacher, fingerprint, dim, shards, decides]))
    .digest('hex')
    .slice(0, 16);
}

/** Undefined where there is none, or one of another version. */
export async function readMap(workspace: Pick<Workspace, 'dir'>, id: string): Promise<StoredMap | undefined> {
  const text = await readFile(path.join(mapsFolder(workspace), id, mapFiles.record), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return { id, ...mapSchema.parse(JSON.parse(text)) };
  } catch {
    return undefined;
  }
}

/** Those of a dataset, newest first. */
export async function listMaps(workspace: Pick<Workspace, 'dir'>, dataset: string): Promise<StoredMap[]> {
  const names = await readdir(mapsFolder(workspace)).catch(() => []);
  const maps = await Promise.all(names.map((id) => readMap(workspace, id)));
  return maps
    .filter((map) => map !== undefined)
    .filter((map) => map.dataset === dataset)
    .sort((a, b) => b.finishedAt.localeCompare(a.finishedAt) || a.id.localeCompare(b.id));
}

/** Completes a map; older ones of the same dataset, teacher and method are of other rows or seeds, and go. */
export async function completeMap(workspace: Pick<Workspace, 'dir'>, id: string, record: MapRecord): Promise<void> {
  await writeWhole(path.join(mapsFolder(workspace), id, mapFiles.record), JSON.stringify(record, null, 2) + '\n');
  for (const { id: other, teacher, method } of await listMaps(workspace, record.dataset)) {
    if (other === id || teacher !== record.teacher || method !== record.method) continue;
    await rm(path.join(mapsFolder(workspace), other), { recursive: true, force: true });
  }
}
