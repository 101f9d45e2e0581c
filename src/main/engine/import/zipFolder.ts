/** @file A zip of a folder: sub-folders are labels, side-cars hold captions, pictures are read in place. */

import path from 'node:path';
import { DistilleryError, messageOf } from '../errors.ts';
import { readPicture, type FilePart } from '../pictureSource.ts';
import { openBytes, type ByteSource } from './byteSource.ts';
import type { Item, ItemSource } from './item.ts';
import { isHidden, problemOfName, shownName } from './memberNames.ts';
import { naturalOrder } from './naturalOrder.ts';
import { pictureEnding } from './pictureFormat.ts';
import { captionOfSidecar, maximumSidecar } from './sidecar.ts';
import { placeOf, readZip, type ZipEntry } from './zip.ts';

const maximumBytes = 1 << 30;
/** Unpacked bytes that each packed one may give, from `harmlessBytes` on. */
const maximumRatio = 200;
const harmlessBytes = 16 << 20;

/** Opens a zip; a damaged one is a single skipped item. */
export async function openZip(file: string): Promise<ItemSource> {
  const { pictures, problem } = await readPictures(file);
  return {
    identity: 'path',
    columns: {},
    total: problem === undefined ? pictures.length : 1,
    items: () => readItems(file),
  };
}

interface Picture {
  entry: ZipEntry;
  /** As it is stored; another entry of the same name has a number behind it. */
  path: string;
  sidecar: ZipEntry | undefined;
  problem: string | undefined;
}

/** In natural order of their paths. */
async function readPictures(file: string): Promise<{ pictures: Picture[]; problem?: string }> {
  const bytes = await openBytes(file);
  try {
    return { pictures: choosePictures(await readZip(bytes)) };
  } catch (error) {
    return { pictures: [], problem: messageOf(error) };
  } finally {
    await bytes.close();
  }
}

function choosePictures(entries: readonly ZipEntry[]): Picture[] {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const seen = new Map<string, number>();
  const pictures = entries.filter(({ name }) => {
    const wanted = pictureEnding.test(name) || problemOfName(name) !== undefined;
    return wanted && !name.endsWith('/') && (problemOfName(name) !== undefined || !isHidden(name));
  });
  return pictures
    .map((entry) => {
      const name = shownName(entry.name);
      const occurrence = (seen.get(name) ?? 0) + 1;
      seen.set(name, occurrence);
      const base = entry.name.slice(0, entry.name.length - path.posix.extname(entry.name).length);
      const unsafe = problemOfName(entry.name);
      return {
        entry,
        path: occurrence === 1 ? name : `${name}#${occurrence}`,
        sidecar: byName.get(`${base}.txt`) ?? byName.get(`${base}.json`),
        problem:
          (unsafe && `${unsafe}: ${name.slice(0, 200)}`) ??
          (occurrence > 1 ? `duplicate name: ${name.slice(0, 200)}` : undefined) ??
          entry.problem ??
          problemOfSize(entry),
      };
    })
    .sort((a, b) => naturalOrder(a.path, b.path));
}

function problemOfSize({ length, size }: ZipEntry): string | undefined {
  if (size === 0) return 'empty file';
  if (size > maximumBytes) return `file too large: ${size} bytes`;
  return size > harmlessBytes && size > length * maximumRatio
    ? `file too large: ${length} bytes unpack to ${size}`
    : undefined;
}

async function* readItems(file: string): AsyncGenerator<Item> {
  const { pictures, problem } = await readPictures(file);
  if (problem !== undefined) {
    yield { path: '.', file: null, caption: '', label: null, problem };
    return;
  }
  const bytes = await openBytes(file);
  try {
    for (const picture of pictures) yield await itemOf(file, bytes, picture);
  } finally {
    await bytes.close();
  }
}

async function itemOf(
  file: string,
  bytes: ByteSource,
  { entry, path: name, sidecar, problem }: Picture,
): Promise<Item> {
  const folder = path.posix.dirname(name);
  const label = folder === '.' ? null : shownName(path.posix.basename(folder));
  const item = { path: name, file: null, caption: '', label, modified: entry.modified };
  if (problem !== undefined) return { ...item, label: null, problem };
  try {
    const { file: _, ...part } = await partOf(file, bytes, entry);
    return { ...item, file, part, caption: sidecar ? await captionIn(file, bytes, sidecar) : '' };
  } catch (error) {
    return { ...item, problem: messageOf(error) };
  }
}

async function partOf(file: string, bytes: ByteSource, entry: ZipEntry): Promise<FilePart> {
  return { file, ...(await placeOf(bytes, entry)), encoding: entry.encoding };
}

async function captionIn(file: string, bytes: ByteSource, sidecar: ZipEntry): Promise<string> {
  const name = shownName(path.posix.basename(sidecar.name));
  if (sidecar.problem !== undefined) throw new DistilleryError(`side-car cannot be read: ${name}, ${sidecar.problem}`);
  if (sidecar.size > maximumSidecar) throw new DistilleryError(`side-car too large: ${name} has ${sidecar.size} bytes`);
  if (sidecar.size === 0) return '';
  try {
    return captionOfSidecar(name, await readPicture(await partOf(file, bytes, sidecar)));
  } catch (error) {
    const kind = error instanceof SyntaxError ? 'side-car is not JSON' : 'side-car cannot be read';
    throw new DistilleryError(`${kind}: ${name}`, { cause: error });
  }
}
