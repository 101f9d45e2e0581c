/** @file A zip of a folder: sub-folders are labels, side-cars hold captions, pictures are read in place. */

import path from 'node:path';
import { crc32 } from 'node:zlib';
import { messageOf } from '../errors.ts';
import { maximumUnpacked, readPicture, type FilePart } from '../pictureSource.ts';
import { openBytes, type ByteSource } from '../archive/byteSource.ts';
import { cleanLabel, type Item, type ItemSource } from './item.ts';
import { isHidden, problemOfName, shownName } from '../archive/memberNames.ts';
import { naturalOrder } from './naturalOrder.ts';
import { pictureEnding } from './pictureFormat.ts';
import { readSidecar } from './sidecar.ts';
import { placeOf, readZip, type ZipEntry } from '../archive/zip.ts';

/** Opens a zip. What is damaged is one skipped item, also the whole of it. */
export async function openZip(file: string): Promise<ItemSource> {
  const bytes = await openBytes(file);
  try {
    const { pictures, problem } = await readPictures(bytes);
    const total = pictures.length + Number(problem !== undefined);
    return { identity: 'path', columns: {}, count: () => Promise.resolve(total), items: () => readItems(file) };
  } finally {
    await bytes.close();
  }
}

async function* readItems(file: string): AsyncGenerator<Item> {
  const bytes = await openBytes(file);
  try {
    const { pictures, problem } = await readPictures(bytes);
    for (const picture of pictures) yield await itemOf(file, bytes, picture);
    if (problem !== undefined) yield archiveItem(problem);
  } finally {
    await bytes.close();
  }
}

interface Picture {
  entry: ZipEntry;
  /** As it is stored; another entry of the same name has a number behind it. */
  path: string;
  sidecar: ZipEntry | undefined;
  problem: string | undefined;
}

/** In natural order of their paths; `problem` is one of the archive, and of pictures that are lost. */
async function readPictures(bytes: ByteSource): Promise<{ pictures: Picture[]; problem: string | undefined }> {
  try {
    const { entries, damage } = await readZip(bytes);
    const pictures = choosePictures(entries);
    return { pictures, problem: damage ?? (pictures.length === 0 ? 'archive holds no pictures' : undefined) };
  } catch (error) {
    return { pictures: [], problem: messageOf(error) };
  }
}

function choosePictures(entries: readonly ZipEntry[]): Picture[] {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const seen = new Map<string, number>();
  const pictures: Picture[] = [];
  for (const entry of entries) {
    const unsafe = problemOfName(entry.name);
    if (unsafe === undefined && (!pictureEnding.test(entry.name) || isHidden(entry.name))) continue;
    const name = shownName(entry.name);
    const occurrence = (seen.get(name) ?? 0) + 1;
    seen.set(name, occurrence);
    const base = entry.name.slice(0, entry.name.length - path.posix.extname(entry.name).length);
    const refused = unsafe ?? (occurrence > 1 ? 'duplicate name' : undefined);
    pictures.push({
      entry,
      path: occurrence === 1 ? name : `${name}#${occurrence}`,
      sidecar: byName.get(`${base}.txt`) ?? byName.get(`${base}.json`),
      problem: refused === undefined ? (entry.problem ?? problemOfSize(entry)) : `${refused}: ${name.slice(0, 200)}`,
    });
  }
  return pictures.sort((a, b) => naturalOrder(a.path, b.path));
}

function problemOfSize({ length, size }: ZipEntry): string | undefined {
  if (size === 0) return 'empty file';
  return size > maximumUnpacked(length) ? `file too large: ${length} bytes unpack to ${size}` : undefined;
}

async function itemOf(file: string, bytes: ByteSource, picture: Picture): Promise<Item> {
  const { entry, path: name, sidecar, problem } = picture;
  const item = { path: name, file: null, caption: '', label: null, modified: entry.modified };
  if (problem !== undefined) return { ...item, problem };
  const folder = path.posix.dirname(name);
  const label = folder === '.' ? null : cleanLabel(path.posix.basename(folder));
  try {
    const { file: _, ...part } = await partOf(file, bytes, entry);
    return {
      ...item,
      file,
      part,
      label,
      checksum: entry.checksum,
      ...(sidecar && (await captionIn(file, bytes, sidecar))),
    };
  } catch (error) {
    return { ...item, problem: messageOf(error) };
  }
}

async function partOf(file: string, bytes: ByteSource, entry: ZipEntry): Promise<FilePart> {
  return { file, ...(await placeOf(bytes, entry)), encoding: entry.encoding };
}

function captionIn(file: string, bytes: ByteSource, sidecar: ZipEntry): Promise<Pick<Item, 'caption' | 'problem'>> {
  const name = shownName(path.posix.basename(sidecar.name));
  return readSidecar(name, sidecar.size, async () => {
    if (sidecar.problem !== undefined) throw new Error(sidecar.problem);
    const text = await readPicture(await partOf(file, bytes, sidecar));
    if (crc32(text) !== sidecar.checksum) throw new Error('wrong checksum');
    return text;
  });
}

/** What stands for an archive itself, where it has a problem of its own. */
const archiveItem = (problem: string): Item => ({ path: '.', file: null, caption: '', label: null, problem });
