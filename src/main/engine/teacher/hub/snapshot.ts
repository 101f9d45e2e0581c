/**
 * @file What the hub's Python library has downloaded already: `models--ORG--NAME/{refs/REVISION, snapshots/COMMIT/FILE}` in its cache
 * (huggingface_hub, "Understand caching"). It is used where it lies, and never changed.
 */

import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { StageContext } from '../../progress.ts';
import { checksumOf } from '../checksum.ts';
import type { HubFile } from './client.ts';
import type { HubSettings, HubSource } from './source.ts';

const commitPattern = /^[0-9a-f]{40}$/;

export interface Snapshot {
  commit: string;
  dir: string;
}

/** @param commit what the hub says that the revision is; without it, what the cache says */
export async function findSnapshot(
  { repo, revision }: HubSource,
  { cache }: Pick<HubSettings, 'cache'>,
  commit?: string,
): Promise<Snapshot | undefined> {
  const folder = path.join(cache, `models--${repo.replace('/', '--')}`);
  const known =
    commit ??
    (commitPattern.test(revision)
      ? revision
      : (await readFile(path.join(folder, 'refs', revision), 'utf8').catch(() => '')).trim());
  const dir = path.join(folder, 'snapshots', known);
  const found = commitPattern.test(known) && (await stat(dir).catch(() => undefined));
  return found ? { commit: known, dir } : undefined;
}

/** Names of files that are there whole, with their sizes; checksums are not known offline. */
export async function filesOfSnapshot({ dir }: Snapshot): Promise<HubFile[]> {
  const names = await readdir(dir);
  const files = await Promise.all(
    names.map(async (name) => ({ name, found: await stat(path.join(dir, name)).catch(() => undefined) })),
  );
  return files.flatMap(({ name, found }) =>
    found?.isFile() ? [{ name, bytes: found.size, checksum: { kind: 'git', value: '' } as const }] : [],
  );
}

/** Whether the snapshot has these very files. */
export async function snapshotHas(
  { dir }: Snapshot,
  files: readonly HubFile[],
  context: StageContext,
): Promise<boolean> {
  for (const { name, bytes, checksum } of files) {
    const file = path.join(dir, name);
    const found = await stat(file).catch(() => undefined);
    if (found?.size !== bytes || (await checksumOf(file, checksum.kind, context)) !== checksum.value) return false;
  }
  return true;
}
