/** @file Pictures that were made for showing are kept in the workspace, up to a number of bytes: those not looked at for longest go. */

import { opendir, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';

/** Some 250,000 thumbnails of 256 pixels. */
const mostBytes = 2 * 2 ** 30;
/** So much is left when some have to go, and so much may come before it is counted again. */
const leftShare = 0.8;
const countedShare = 0.05;
/** A look is written down once in this time. */
const touchMs = 3600_000;

export const thumbnailFolder = (workspaceDir: string): string => path.join(workspaceDir, 'thumbnails');

/** Whether a picture is there; that it was looked at is kept with it. */
export async function isKept(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  if (!found) return false;
  // only how long it stays depends on it
  if (Date.now() - found.mtimeMs > touchMs) await utimes(file, new Date(), new Date()).catch(() => undefined);
  return true;
}

interface Account {
  /** Bytes since the folder was counted; it was never counted at first. */
  added: number;
  counting: boolean;
}
const accounts = new Map<string, Account>();

/** A picture was written. Now and then the folder is counted, in the background. */
export function noteWritten(workspaceDir: string, bytes: number, most = mostBytes): void {
  const account = accounts.get(workspaceDir) ?? { added: Infinity, counting: false };
  accounts.set(workspaceDir, account);
  account.added += bytes;
  if (account.counting || account.added < most * countedShare) return;
  account.added = 0;
  account.counting = true;
  void keepWithin(thumbnailFolder(workspaceDir), most)
    .catch(() => undefined)
    .finally(() => {
      account.counting = false;
    });
}

/** Deletes what was looked at longest ago where a folder holds more bytes than `most`. @returns bytes that are left */
export async function keepWithin(folder: string, most: number): Promise<number> {
  const files: { file: string; bytes: number; seen: number }[] = [];
  let total = 0;
  for await (const entry of await opendir(folder, { recursive: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const found = await stat(file).catch(() => undefined);
    if (!found) continue;
    files.push({ file, bytes: found.size, seen: found.mtimeMs });
    total += found.size;
  }
  if (total <= most) return total;
  files.sort((a, b) => a.seen - b.seen);
  for (const { file, bytes } of files) {
    if (total <= most * leftShare) break;
    await rm(file, { force: true });
    total -= bytes;
  }
  return total;
}
