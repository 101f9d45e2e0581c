/** @file A download belongs to one process at a time: two that write into one partial file would spoil it. */

import { readFile, rm, writeFile } from 'node:fs/promises';
import { UsageError } from '../../errors.ts';
import { isAlive } from '../../processes.ts';

/** Does the work with a file that names this process. @throws {UsageError} while another one has it */
export async function withLock<T>(file: string, repo: string, work: () => Promise<T>): Promise<T> {
  await takeLock(file, repo);
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

/** The process at work, if there is one; whoever was killed is none. */
export async function ownerOf(file: string): Promise<number | undefined> {
  const owner = Number(await readFile(file, 'utf8').catch(() => ''));
  return owner !== process.pid && isAlive(owner) ? owner : undefined;
}

async function takeLock(file: string, repo: string): Promise<void> {
  for (const last of [false, true]) {
    try {
      await writeFile(file, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const owner = await ownerOf(file);
      if (last || owner !== undefined) throw busy(owner, repo);
      // whoever held it was killed
      await rm(file, { force: true });
    }
  }
}

const busy = (owner: number | undefined, repo: string): UsageError =>
  new UsageError(
    `Process ${owner ?? 'of somebody else'} fetches ${repo} already. Wait for it, or end it and repeat the command.`,
  );
