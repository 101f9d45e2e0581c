/** @file A model of the hub into a folder of downloads; repeated, it goes on. */

import { mkdir, rm, statfs } from 'node:fs/promises';
import { readFolderConfig } from '../../clip/model.ts';
import { DistilleryError } from '../../errors.ts';
import type { StageContext } from '../../progress.ts';
import { megabytes } from '../checksum.ts';
import { chooseFiles, type Choice } from './choose.ts';
import type { Hub, HubFile } from './client.ts';
import { bytesThere, fetchFile, patient, type FetchOptions } from './fetchFile.ts';
import { withLock } from './lock.ts';
import { downloadDirOf, lockOf } from './unfinished.ts';

/** Left free on the disk, in bytes. */
const reserve = 200e6;

export interface Fetched extends Choice {
  /** Holds exactly the files of the choice. */
  dir: string;
}

/**
 * The configuration comes first, so that a model that is not covered is refused before its weights are fetched.
 * @throws {DistilleryError} @throws {UsageError} while another process fetches the same
 */
export async function fetchModel(
  hub: Hub,
  repo: string,
  commit: string,
  context: StageContext,
  options: FetchOptions = patient,
): Promise<Fetched> {
  const choice = chooseFiles(await hub.files(commit), repo);
  const dir = downloadDirOf(repo, commit);
  await mkdir(dir, { recursive: true });
  return withLock(lockOf(dir), repo, async () => {
    await checkRoom(dir, choice.files);
    const total = choice.files.reduce((sum, { bytes }) => sum + bytes, 0);
    let before = 0;
    for (const file of choice.files) {
      const start = before;
      await fetchFile(
        hub,
        commit,
        file,
        dir,
        context,
        (bytes) => {
          context.onProgress({
            stage: 'download',
            done: megabytes(start + bytes),
            total: megabytes(total),
            unit: 'MB',
          });
        },
        options,
      );
      before += file.bytes;
      // with the last configuration there it is known whether the weights are worth it
      if (file === choice.files.at(-2)) await refuseUncovered(dir, choice);
    }
    return { ...choice, dir };
  });
}

async function refuseUncovered(dir: string, { layout }: Choice): Promise<void> {
  try {
    await readFolderConfig(dir, layout);
  } catch (error) {
    await rm(dir, { recursive: true });
    throw error;
  }
}

/** @throws {DistilleryError} when the disk has no room for what is not there yet */
export async function checkRoom(dir: string, files: readonly HubFile[]): Promise<void> {
  let needed = reserve;
  for (const file of files) needed += Math.max(0, file.bytes - (await bytesThere(dir, file)));
  const { bavail, bsize } = await statfs(dir);
  if (bavail * bsize >= needed) return;
  throw new DistilleryError(
    `The download needs ${megabytes(needed)} MB, and ${megabytes(bavail * bsize)} MB are free in ${dir}. ` +
      'Free some space, or set DISTILLERY_CACHE to a folder on another disk.',
  );
}
