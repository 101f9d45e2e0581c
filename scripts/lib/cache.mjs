/**
 * @file Entries of the cache: folders that are whole or absent. An entry is made beside its place and renamed, with a
 * list of its files; later a glance at sizes and times shows whether it is as it was, and a damaged one is made again.
 */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { requireRoom } from './disk.mjs';
import { withLock } from './lock.mjs';
import { cacheDir } from './paths.mjs';

const listName = '.files.json';

/** SHA-256 (or another digest) of a file, in hexadecimal. */
export async function hashFile(file, algorithm = 'sha256', encoding = 'hex') {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest(encoding);
}

/**
 * The folder of an entry, made by `make(dir)` where it is missing or damaged.
 * @param {string} name
 * @param {number} room bytes that must be free to make it
 * @param {(dir: string) => Promise<void>} make fills an empty folder
 * @param {(line: string) => void} log
 * @returns {Promise<{ dir: string, bytes: number, made: boolean }>}
 * @throws {SetupError} when the disk has no room
 */
export async function cacheEntry(name, room, make, log = () => undefined) {
  const dir = path.join(cacheDir(), name);
  const before = await inspect(dir);
  if (before.state === 'whole') return { dir, bytes: before.bytes, made: false };
  return withLock(
    name,
    async () => {
      const now = await inspect(dir);
      if (now.state === 'whole') return { dir, bytes: now.bytes, made: false };
      if (now.state === 'damaged') log(`${now.reason}: made again`);
      await sweep(dir);
      await requireRoom(path.dirname(dir), room, name);
      const beside = await mkdtemp(`${dir}.new-`);
      try {
        await chmod(beside, 0o755); // mkdtemp keeps others out; a cache may be shared
        await make(beside);
        const bytes = await seal(beside);
        if (now.state === 'damaged') await rename(dir, `${dir}.old-${process.pid}`);
        await rename(beside, dir);
        return { dir, bytes, made: true };
      } finally {
        await sweep(dir);
      }
    },
    log,
  );
}

/** Whether an entry is as it was sealed. A file whose time changed is hashed. */
export async function inspect(dir) {
  let list;
  try {
    list = JSON.parse(await readFile(path.join(dir, listName), 'utf8'));
  } catch {
    const there = await stat(dir).catch(() => undefined);
    return there ? { state: 'damaged', reason: `${dir} has no list of its files` } : { state: 'absent' };
  }
  let bytes = 0;
  const problems = await Promise.all(
    Object.entries(list.files).map(async ([name, known]) => {
      const file = path.join(dir, name);
      bytes += known.size;
      const now = await stat(file).catch(() => undefined);
      if (!now) return `${file} is missing`;
      if (now.size !== known.size) return `${file} has ${now.size} bytes instead of ${known.size}`;
      const same = Math.abs(now.mtimeMs - known.mtimeMs) < 2 || (await hashFile(file)) === known.sha256;
      return same ? undefined : `${file} has changed`;
    }),
  );
  const reason = problems.find((problem) => problem !== undefined);
  return reason === undefined ? { state: 'whole', bytes } : { state: 'damaged', reason };
}

/** Writes the list that makes a folder an entry; returns its bytes. */
async function seal(dir) {
  const files = {};
  let bytes = 0;
  for (const name of await filesUnder(dir)) {
    const file = path.join(dir, name);
    const { size, mtimeMs } = await stat(file);
    files[name] = { size, mtimeMs, sha256: await hashFile(file) };
    bytes += size;
  }
  await writeFile(path.join(dir, listName), JSON.stringify({ files }));
  return bytes;
}

/** Names of all regular files, relative, links not followed; without what Python compiles for itself when it likes. */
async function filesUnder(dir, prefix = '') {
  const names = [];
  for (const entry of await readdir(path.join(dir, prefix), { withFileTypes: true })) {
    const name = path.join(prefix, entry.name);
    if (entry.name === '__pycache__') continue;
    if (entry.isDirectory()) names.push(...(await filesUnder(dir, name)));
    else if (entry.isFile()) names.push(name);
  }
  return names;
}

/** Removes what an interrupted or finished set-up left beside an entry. Call with its lock held. */
async function sweep(dir) {
  const parent = path.dirname(dir);
  await mkdir(parent, { recursive: true });
  const mine = new RegExp(`^${path.basename(dir).replace(/[.+]/g, '\\$&')}\\.(new|old)-`);
  for (const name of await readdir(parent)) {
    if (mine.test(name)) await rm(path.join(parent, name), { recursive: true, force: true, maxRetries: 3 });
  }
}
