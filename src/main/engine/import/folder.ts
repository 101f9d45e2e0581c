/** @file A folder of pictures: sub-folders are labels; a table of the folder, or a .txt or .json of the same name, holds the caption. */

import { open, readdir, readFile, stat } from 'node:fs/promises';
import type { Dirent } from 'node:fs';
import path from 'node:path';
import { messageOf } from '../errors.ts';
import { FolderTable } from './folderTable.ts';
import { countItems, type Item, type ItemSource } from './item.ts';
import { isHidden } from '../archive/memberNames.ts';
import { naturalOrder } from './naturalOrder.ts';
import { headLength, pictureEnding, pictureFormat } from './pictureFormat.ts';
import { readSidecar } from './sidecar.ts';

/** A picture that the walk met. */
interface Found {
  /** From the source folder, with slashes. */
  path: string;
  file: string;
  sidecar?: string | undefined;
  /** Of its folder, or of one above. */
  table?: FolderTable | undefined;
  problem?: string | undefined;
}

/** Reads `dir`; `except` (the workspace) is not walked into. */
export function openFolder(dir: string, except: string): Promise<ItemSource> {
  return Promise.resolve({
    identity: 'path',
    columns: {},
    count: (signal) => countItems(walk(dir, '', except), signal),
    items: () => readItems(dir, except),
  });
}

async function* readItems(dir: string, except: string): AsyncGenerator<Item> {
  for await (const found of walk(dir, '', except)) {
    const folder = path.posix.dirname(found.path);
    const label = folder === '.' ? null : path.posix.basename(folder);
    yield {
      path: found.path,
      file: found.file,
      ...(await describe(found, label)),
      ...(found.problem !== undefined && { problem: found.problem }),
    };
  }
}

/** The table goes before the side-car, and the label in it before that of the folder. */
async function describe({ file, table, sidecar }: Found, label: string | null): Promise<Description> {
  try {
    const row = await table?.find(file);
    const beside = row?.caption || sidecar === undefined ? { caption: '' } : await readSidecarFile(sidecar);
    return { label, ...beside, ...(row?.caption && { caption: row.caption }), ...(row?.label && { label: row.label }) };
  } catch (error) {
    return { label, caption: '', problem: messageOf(error) };
  }
}

type Description = Pick<Item, 'caption' | 'label' | 'problem'>;

/** Pictures in natural order of their paths. Holds the names of one folder (and its parents) at a time. */
async function* walk(root: string, relative: string, except: string, above?: FolderTable): AsyncGenerator<Found> {
  const dir = path.join(root, relative);
  if (dir === except) return;
  let entries: Dirent[];
  try {
    entries = await readdir(dir, { withFileTypes: true });
  } catch {
    yield { path: relative, file: dir, problem: 'folder cannot be read' };
    return;
  }
  entries = entries.filter((entry) => !isHidden(entry.name)).sort((a, b) => naturalOrder(a.name, b.name));
  const names = new Set(entries.map((entry) => entry.name));
  const table = FolderTable.in(dir, names) ?? above;
  for (const entry of entries) {
    const inside = relative === '' ? entry.name : `${relative}/${entry.name}`;
    const file = path.join(dir, entry.name);
    if (entry.isDirectory()) {
      yield* walk(root, inside, except, table);
    } else if (entry.isSymbolicLink() && (await isFolder(file))) {
      // following it could lead around in a circle, or count pictures twice
      yield { path: inside, file, problem: 'link to a folder, not followed' };
    } else if (await isCandidate(file, entry.name)) {
      yield { path: inside, file, sidecar: sidecarOf(dir, entry.name, names), table };
    }
  }
}

async function isFolder(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** By its name; a file of any other name, except texts, when it begins as a picture does. */
async function isCandidate(file: string, name: string): Promise<boolean> {
  if (pictureEnding.test(name)) return true;
  if (/\.(txt|json|jsonl|csv|tsv|parquet|npy|md|xml|html?|ya?ml|py|js|svg)$/i.test(name)) return false;
  try {
    if (!(await stat(file)).isFile()) return false;
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(headLength), 0, headLength, 0);
      return pictureFormat(buffer.subarray(0, bytesRead))?.supported ?? false;
    } finally {
      await handle.close();
    }
  } catch {
    return false;
  }
}

function sidecarOf(dir: string, name: string, names: ReadonlySet<string>): string | undefined {
  const base = name.slice(0, name.length - path.extname(name).length);
  const found = [`${base}.txt`, `${base}.json`].find((candidate) => names.has(candidate));
  return found && path.join(dir, found);
}

async function readSidecarFile(file: string): Promise<Pick<Item, 'caption' | 'problem'>> {
  const name = path.basename(file);
  const found = await stat(file).catch(() => undefined);
  // opening a pipe or a device could wait for ever
  if (found?.isFile() === false) {
    return { caption: '', problem: `side-car cannot be read: ${name} is not a regular file` };
  }
  return readSidecar(name, found?.size ?? 0, () => readFile(file));
}
