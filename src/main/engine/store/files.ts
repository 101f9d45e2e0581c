/** @file Files appear whole or not at all: written beside their place, flushed, then renamed. */

import { open, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { DistilleryError } from '../errors.ts';

/** Writes parts to `file` atomically. @throws {DistilleryError} on a full disk. */
export async function writeWhole(file: string, ...parts: (Uint8Array | string)[]): Promise<void> {
  await replaceFile(file, async (partial) => {
    const handle = await open(partial, 'w');
    try {
      for (const part of parts) await handle.writeFile(part);
    } finally {
      await handle.close();
    }
  });
}

/**
 * Puts what `write` leaves at the path it is given in the place of `file`, flushed to the disk.
 * When `write` throws, `file` is as it was. @throws {DistilleryError} on a full disk.
 */
export async function replaceFile<T>(file: string, write: (partial: string) => Promise<T>): Promise<T> {
  await mkdir(path.dirname(file), { recursive: true });
  const partial = `${file}.${process.pid}.partial`;
  try {
    const result = await write(partial);
    const handle = await open(partial, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, file);
    return result;
  } catch (error) {
    await rm(partial, { force: true });
    if (isDiskFull(error)) {
      throw new DistilleryError(
        `The disk is full: ${file} was not written. Free space and run the same command again.`,
        { cause: error },
      );
    }
    throw error;
  }
}

/** True for a full disk or quota, also as SQLite reports it. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['ENOSPC', 'EDQUOT', 'SQLITE_FULL'].includes(String(error.code));
}
