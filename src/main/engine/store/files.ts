/** @file Files appear whole or not at all: written beside their place, flushed, then renamed. */

import { existsSync, mkdirSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { DistilleryError, messageOf, UsageError } from '../errors.ts';

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
 * When `write` throws, `file` is as it was. @throws {DistilleryError} on a full disk, and where nothing can be written.
 */
export async function replaceFile<T>(file: string, write: (partial: string) => Promise<T>): Promise<T> {
  makeFolder(path.dirname(file));
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
    if (error instanceof Error && 'path' in error && error.path === partial) {
      throw new DistilleryError(`${file} cannot be written: ${error.message}. Choose another place.`, { cause: error });
    }
    throw error;
  }
}

/**
 * Makes a folder and those above it, where they are missing. Node's recursive `mkdir` never returns for some folders that
 * cannot be made, such as those in /proc, and names no reason.
 * @throws {UsageError} where a file is in the way
 * @throws {DistilleryError} where the system refuses
 */
export function makeFolder(dir: string): void {
  try {
    mkdirSync(dir);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const parent = path.dirname(dir);
    if (code === 'EEXIST' && statSync(dir, { throwIfNoEntry: false })?.isDirectory()) return;
    if (code === 'ENOENT' && parent !== dir && !existsSync(parent)) {
      makeFolder(parent);
      makeFolder(dir);
      return;
    }
    if (code === 'EEXIST' || code === 'ENOTDIR') {
      throw new UsageError(`The folder ${dir} cannot be made: a file is in its place or above it. Choose another.`);
    }
    throw new DistilleryError(`The folder ${dir} cannot be made: ${messageOf(error)}. Choose another.`, {
      cause: error,
    });
  }
}

/** True for a full disk or quota, also as SQLite reports it. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['ENOSPC', 'EDQUOT', 'SQLITE_FULL'].includes(String(error.code));
}
