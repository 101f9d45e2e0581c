/** @file Neither the user's own files nor those of the workspace are overwritten by an export. */

import { readFile, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../errors.ts';
import { splitSources } from '../sourceText.ts';
import type { Workspace } from '../store/workspace.ts';

/** What a source holds beside pictures: captions and arrays. */
const besidePictures = /\.(txt|json|npy)$/i;

interface Source {
  dataset: string;
  /** One of its lines: a path, a pattern or @list. */
  source: string;
  format: string;
}

/** What only the program writes in a workspace. */
const ownFiles = /^(workspace\.sqlite|backup-)/;
const ownFolders = new Set([
  ...['balance', 'clusters', 'embeddings', 'evaluations', 'features', 'jobs', 'maps', 'pictures', 'pipeline', 'runs'],
  ...['selections', 'thumbnails'],
]);

/** @throws {UsageError} for a place among them */
async function protectWorkspace(workspace: Workspace, out: string): Promise<void> {
  const inside = path.relative(await realPlace(workspace.dir), await realPlace(path.resolve(out)));
  const [first = ''] = inside.split(path.sep);
  if (!ownFiles.test(first) && !ownFolders.has(first)) return;
  throw new UsageError(
    `${out} lies among the workspace's own files. Choose another place with --out, such as ${path.join(workspace.dir, 'export')}.`,
  );
}

/**
 * Checks that `out` can be written: neither a folder, nor a file of the workspace, nor the source of a dataset, nor one of its pictures or captions.
 * @throws {UsageError}
 */
export async function protectSources(workspace: Workspace, out: string): Promise<void> {
  await protectWorkspace(workspace, out);
  const found = await stat(out).catch(() => undefined);
  if (found === undefined) return checkAbove(out);
  if (!found.isFile()) throw new UsageError(`${out} is not a file. Name a file to write with --out.`);
  const real = await realpath(out);
  for (const { dataset, source, format } of await listSources(workspace)) {
    // compared by file number, so that links are seen through
    const same = await stat(source.replace(/^@/, '')).then(
      (other) => other.ino === found.ino && other.dev === found.dev,
      () => false,
    );
    const inside = (format === 'embeddings' || besidePictures.test(real)) && (await isInside(real, source));
    if (same || inside || (await namedIn(source, [real, path.resolve(out)]))) {
      throw refusal(out, `the source of the dataset "${dataset}"`);
    }
  }
  const picture = await workspace.db
    .selectFrom('samples')
    .select('id')
    .where('file', 'in', [real, path.resolve(out)])
    .limit(1)
    .executeTakeFirst();
  if (picture) throw refusal(out, `sample ${picture.id}`);
}

/**
 * Checks that `out` can be a folder of exported files: outside of every dataset's source, where a later import would find
 * them, and not the workspace itself.
 * @returns the names in it; undefined for a new folder
 * @throws {UsageError}
 */
export async function protectFolders(workspace: Workspace, out: string): Promise<string[] | undefined> {
  await protectWorkspace(workspace, out);
  const found = await stat(out).catch(() => undefined);
  if (found && !found.isDirectory()) throw new UsageError(`${out} is not a folder. Name a folder with --out.`);
  if (!found) await checkAbove(out);
  const real = await realPlace(path.resolve(out));
  const own = await realPlace(workspace.dir);
  const ownPlace = real.startsWith(own + path.sep);
  if (real === own) throw new UsageError(`${out} is the workspace. Choose another folder with --out.`);
  for (const { dataset, source } of await listSources(workspace)) {
    // a workspace may lie in the source: imports do not look into it
    if (!ownPlace && (await isInside(real, source, true))) {
      throw new UsageError(
        `${out} lies in the source of the dataset "${dataset}", whose next import would find what is written there. Choose another folder with --out.`,
      );
    }
  }
  return found && readdir(out);
}

/** @throws {UsageError} where the nearest thing above `out` is no folder, so that nothing can be made there */
export async function checkAbove(out: string): Promise<void> {
  const parent = path.dirname(path.resolve(out));
  const found = await stat(parent).catch(() => undefined);
  if (!found) return checkAbove(parent);
  if (!found.isDirectory()) throw new UsageError(`${parent} is not a folder. Name another place with --out.`);
}

async function listSources({ db }: Workspace): Promise<Source[]> {
  const datasets = await db.selectFrom('datasets').select(['name', 'source', 'format']).execute();
  return datasets.flatMap(({ name, source, format }) =>
    splitSources(source).map((line) => ({ dataset: name, source: line, format })),
  );
}

/** Whether a real path lies in a folder. */
async function isInside(real: string, folder: string, orIs = false): Promise<boolean> {
  const place = await realpath(folder).catch(() => folder);
  return real.startsWith(place + path.sep) || (orIs && real === place);
}

/** Whether one of `files` matches a source's pattern, or stands in its list. */
async function namedIn(source: string, files: readonly string[]): Promise<boolean> {
  if (!source.startsWith('@')) return files.some((file) => path.matchesGlob(file, source));
  const list = source.slice(1);
  const text = await readFile(list, 'utf8').catch(() => '');
  const lines = text.split(/\r?\n/).map((line) => path.resolve(path.dirname(list), line.trim()));
  return files.some((file) => lines.includes(file));
}

/** The real path of what is there, or will be. */
async function realPlace(place: string): Promise<string> {
  return realpath(place).catch(async () => {
    const parent = path.dirname(place);
    return parent === place ? place : path.join(await realPlace(parent), path.basename(place));
  });
}

const refusal = (out: string, what: string): UsageError =>
  new UsageError(`${out} is ${what} and is not overwritten. Choose another file with --out.`);
