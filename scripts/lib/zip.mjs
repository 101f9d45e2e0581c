/** @file Reads zip archives (Python wheels, Electron) with nothing but Node. Format: PKWARE APPNOTE 6.3. */

import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdir, open, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw, inflateRawSync } from 'node:zlib';

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const symlinkMode = 0o120000;
/** Entries up to this size are inflated in memory. */
const smallBytes = 1 << 20;

/**
 * Extracts the entries for which `select(name)` gives a path below `dir` (undefined leaves the entry out).
 * @param {string} file
 * @param {string} dir
 * @param {(name: string) => string | undefined} select
 * @throws {Error} when the archive is cut off, an entry has another size than it says, or would leave `dir`.
 */
export async function extractZip(file, dir, select = (name) => name) {
  const handle = await open(file, 'r');
  try {
    const made = new Set();
    for (const entry of await readEntries(handle, file)) {
      const name = entry.name.endsWith('/') ? undefined : select(entry.name);
      if (name === undefined) continue;
      const target = path.join(dir, name);
      if (!target.startsWith(path.join(dir, path.sep))) throw new Error(`${file}: "${name}" would leave its folder.`);
      if (!made.has(path.dirname(target))) {
        await mkdir(path.dirname(target), { recursive: true });
        made.add(path.dirname(target));
      }
      await extractEntry(handle, file, entry, target);
    }
  } finally {
    await handle.close();
  }
}

/** One entry as text. @throws {Error} when it is not there. */
export async function readZipText(file, name) {
  const handle = await open(file, 'r');
  try {
    const entry = (await readEntries(handle, file)).find((candidate) => candidate.name === name);
    if (!entry) throw new Error(`${file} has no entry ${name}.`);
    return (await readWhole(handle, file, entry)).toString('utf8');
  } finally {
    await handle.close();
  }
}

/** The central directory. */
async function readEntries(handle, file) {
  const { size } = await handle.stat();
  const tail = await readAt(handle, Math.max(0, size - 65557), Math.min(size, 65557));
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (end < 0 || tail.readUInt32LE(end) !== endSignature) throw new Error(`${file} is not a whole zip archive.`);
  const count = tail.readUInt16LE(end + 10);
  const offset = tail.readUInt32LE(end + 16);
  if (count === 0xffff || offset === 0xffffffff) throw new Error(`${file} is a zip64 archive, which is not read here.`);
  const directory = await readAt(handle, offset, tail.readUInt32LE(end + 12));
  const entries = [];
  for (let at = 0; entries.length < count;) {
    if (directory.readUInt32LE(at) !== entrySignature) throw new Error(`${file}: its directory is damaged.`);
    const nameLength = directory.readUInt16LE(at + 28);
    entries.push({
      method: directory.readUInt16LE(at + 10),
      packed: directory.readUInt32LE(at + 20),
      size: directory.readUInt32LE(at + 24),
      mode: directory.readUInt32LE(at + 38) >>> 16,
      offset: directory.readUInt32LE(at + 42),
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
    });
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

async function extractEntry(handle, file, entry, target) {
  if ((entry.mode & 0o170000) === symlinkMode) {
    const link = (await readWhole(handle, file, entry)).toString('utf8');
    if (path.isAbsolute(link) || link.split('/').includes('..'))
      throw new Error(`${file}: "${entry.name}" links away.`);
    return symlink(link, target);
  }
  if (entry.size <= smallBytes) await writeFile(target, await readWhole(handle, file, entry));
  else {
    const start = await dataStart(handle, entry);
    const source = createReadStream(file, { start, end: start + entry.packed - 1, highWaterMark: 1 << 20 });
    const inflate = entry.method === 0 ? [] : [createInflateRaw({ chunkSize: 1 << 20 })];
    const sink = createWriteStream(target);
    await pipeline(source, ...inflate, sink);
    checkSize(file, entry, sink.bytesWritten);
  }
  if (entry.mode & 0o111) await chmod(target, 0o755);
}

async function readWhole(handle, file, entry) {
  const packed = await readAt(handle, await dataStart(handle, entry), entry.packed);
  const data = entry.method === 0 ? packed : inflateRawSync(packed, { maxOutputLength: entry.size + 1 });
  checkSize(file, entry, data.length);
  return data;
}

/** The local header repeats the name and may have other extra fields than the directory. */
async function dataStart(handle, entry) {
  const header = await readAt(handle, entry.offset, 30);
  return entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
}

function checkSize(file, entry, size) {
  if (size !== entry.size) throw new Error(`${file}: "${entry.name}" has ${size} bytes instead of ${entry.size}.`);
}

async function readAt(handle, position, length) {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, position);
  if (bytesRead !== length) throw new Error(`A zip archive ends at byte ${position + bytesRead}.`);
  return buffer;
}
