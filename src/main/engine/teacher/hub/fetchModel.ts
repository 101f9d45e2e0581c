/** @file A model of the hub into a folder of downloads; repeated, it goes on. */

import { mkdir, open, readFile, rm, statfs } from 'node:fs/promises';
import { readFolderConfig } from '../../clip/model.ts';
import { DistilleryError, UsageError } from '../../errors.ts';
import type { StageContext } from '../../progress.ts';
import { megabytes } from '../checksum.ts';
import { chooseFiles, type Choice } from './choose.ts';
import type { Hub, HubFile } from './client.ts';
import { downloadDirOf } from './unfinished.ts';
import { bytesThere, fetchFile, patient, type FetchOptions } from './fetchFile.ts';

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
  return withLock(`${dir}.lock`, repo, async () => {
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

/** Two processes that write into one partial file would spoil it. */
async function withLock<T>(file: string, repo: string, work: () => Promise<T>): Promise<T> {
  await takeLock(file, repo);
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function takeLock(file: string, repo: string): Promise<void> {
  for (const last of [false, true]) {
    try {
      const handle = await open(file, 'wx');
      await handle.writeFile(String(process.pid));
      await handle.close();
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const owner = Number(await readFile(file, 'utf8').catch(() => ''));
      if (last || isAlive(owner)) {
        throw new UsageError(
          `Process ${owner} fetches ${repo} already. Wait for it, or end it and repeat the command.`,
        );
      }
      // whoever held it was killed
      await rm(file, { force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
