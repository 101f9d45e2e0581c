/** @file Files appear whole or not at all: written beside their place, flushed, then renamed. */

import { open, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { DistilleryError } from '../errors.ts';

/** Writes parts to `file` atomically. @throws {DistilleryError} on a full disk. */
export async function writeWhole(file: string, ...parts: (Uint8Array | string)[]): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const partial = `${file}.${process.pid}.partial`;
  try {
    const handle = await open(partial, 'w');
    try {
      for (const part of parts) await handle.writeFile(part);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
      throw new DistilleryError(
        `The disk is full: ${file} was not written. Free space and run the same command again.`,
      );
    }
    throw error;
  }
}
