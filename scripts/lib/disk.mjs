/** @file Room on a disk, asked before something large is fetched. */

import * as fs from 'node:fs/promises';
import { SetupError } from './process.mjs';

/** Free bytes where `dir` lies, or undefined where Node cannot tell (before 18.15). */
export async function freeBytes(dir) {
  const room = await fs.statfs?.(dir);
  return room && room.bavail * room.bsize;
}

/** @throws {SetupError} when fewer than `bytes` are free at `dir`. */
export async function requireRoom(dir, bytes, what) {
  const free = await freeBytes(dir);
  if (free === undefined || free >= bytes) return;
  throw new SetupError(
    `${what} needs ${sizeText(bytes)} in ${dir}, where ${sizeText(free)} are free.`,
    'Free some space, or set DISTILLERY_CACHE to a folder on another disk.',
  );
}

/** `853 MB`, `2.7 GB`. */
export function sizeText(bytes) {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes >= 1e6 ? `${Math.round(bytes / 1e6)} MB` : `${Math.ceil(bytes / 1e3)} kB`;
}
