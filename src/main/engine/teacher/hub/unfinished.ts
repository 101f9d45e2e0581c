/** @file Downloads that did not end: a folder `ORG--NAME--COMMIT` each, which a repeated command goes on with. */

import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../../errors.ts';
import { downloadsDir } from '../registry.ts';
import { ownerOf } from './lock.ts';

export const downloadDirOf = (repo: string, commit: string): string =>
  path.join(downloadsDir(), `${repo.replace('/', '--')}--${commit}`);

export const lockOf = (downloadDir: string): string => `${downloadDir}.lock`;

export interface Unfinished {
  /** `hf:ORG/NAME@COMMIT`: adding it goes on. */
  source: string;
  path: string;
  /** That are there. */
  bytes: number;
}

export async function unfinishedDownloads(): Promise<Unfinished[]> {
  const found: Unfinished[] = [];
  for (const name of await readdir(downloadsDir()).catch(() => [])) {
    // names of the hub hold no two dashes in a row
    const [organisation, repository, commit] = name.split('--');
    const dir = path.join(downloadsDir(), name);
    if (!organisation || !repository || !/^[0-9a-f]{40}$/.test(commit ?? '')) continue;
    const files = await readdir(dir).catch(() => []);
    const sizes = await Promise.all(
      files.map((file) =>
        stat(path.join(dir, file)).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
    );
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    found.push({ source: `hf:${organisation}/${repository}@${commit!}`, path: dir, bytes });
  }
  return found;
}

/** Deletes what is there of a repository's downloads, of all revisions. @throws {UsageError} while one goes on */
export async function removeUnfinished(repo: string): Promise<Unfinished[]> {
  const all = await unfinishedDownloads();
  const mine = all.filter(({ source }) => source.startsWith(`hf:${repo}@`));
  for (const { path: dir } of mine) {
    const owner = await ownerOf(lockOf(dir));
    if (owner === undefined) continue;
    throw new UsageError(`Process ${owner} fetches ${repo}. Wait for it, or end it and repeat the command.`);
  }
  for (const { path: dir } of mine) await rm(dir, { recursive: true, force: true });
  return mine;
}
