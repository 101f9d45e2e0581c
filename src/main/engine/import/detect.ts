/** @file Which format a source has: by what a folder holds, by a file's ending, else by its first bytes. */

import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../errors.ts';
import { naturalOrder } from './naturalOrder.ts';
import type { Source } from './sources.ts';

export const formats = ['folder', 'webdataset', 'zip', 'csv', 'jsonl', 'parquet', 'coco', 'embeddings'] as const;
export type Format = (typeof formats)[number];

/** Formats of files that may come as a folder which holds nothing else, by the endings that count. */
const sharded = { webdataset: /\.(tar|tar\.gz|tgz)$/i, zip: /\.zip$/i, parquet: /\.parquet$/i };
/** What such a folder may hold beside them; img2dataset leaves _tmp. */
const beside = /\.(json|txt|md|ya?ml)$|^_tmp$|^_SUCCESS$/i;

/** Checks a format that the user named. @throws {UsageError} */
export function parseFormat(name: string): Format | 'auto' {
  const found = (['auto', ...formats] as const).find((format) => format === name);
  if (found) return found;
  throw new UsageError(`There is no format "${name}". Known are: auto, ${formats.join(', ')}.`);
}

/**
 * The one format of all sources, and its files: a folder of shards becomes its shards.
 * @throws {UsageError} when something is missing, is of no known format, or the formats differ.
 */
export async function detectSources(
  sources: readonly Source[],
  wanted: Format | 'auto',
): Promise<{ format: Format; sources: Source[] }> {
  const files: Source[] = [];
  let format: Format | undefined;
  for (const source of sources) {
    const found = await detectFormat(source.path, wanted);
    format ??= found;
    if (found !== format) {
      throw new UsageError(
        `${sources[0]!.path} is ${format}, but ${source.path} is ${found}. One dataset has one format: import them apart, or name one with --format.`,
      );
    }
    for (const file of await filesOf(source, found)) files.push(file);
  }
  return { format: format!, sources: files };
}

/**
 * The format of a source, checked to exist.
 * @throws {UsageError} when nothing is there, or nothing that can be imported.
 */
export async function detectFormat(source: string, wanted: Format | 'auto'): Promise<Format> {
  const found = await stat(source).catch(() => undefined);
  if (found === undefined) throw new UsageError(`There is no file or folder ${source}.`);
  if (!found.isDirectory() && !found.isFile()) throw new UsageError(`${source} is neither a file nor a folder.`);
  if (wanted === 'auto') return found.isDirectory() ? detectFolder(source) : detectFile(source);
  const fits =
    wanted === 'embeddings' || (found.isDirectory() ? wanted === 'folder' || wanted in sharded : wanted !== 'folder');
  if (!fits) {
    throw new UsageError(
      `${source} is a ${found.isDirectory() ? 'folder' : 'file'}, which --format ${wanted} cannot read.`,
    );
  }
  return wanted;
}

async function filesOf(source: Source, format: Format): Promise<Source[]> {
  if (!(format in sharded) || !(await stat(source.path)).isDirectory()) return [source];
  const ending = sharded[format as keyof typeof sharded];
  const names = (await readdir(source.path)).filter((name) => ending.test(name) && !name.startsWith('.'));
  if (names.length === 0) throw new UsageError(`${source.path} holds no file for --format ${format}.`);
  return names.sort(naturalOrder).map((name) => ({
    path: path.join(source.path, name),
    name: source.name === '' ? name : `${source.name}/${name}`,
  }));
}

async function detectFolder(dir: string): Promise<Format> {
  const names = (await readdir(dir)).filter((name) => !name.startsWith('.'));
  if (names.includes('img_emb')) return 'embeddings';
  const has = (ending: RegExp) => names.some((name) => ending.test(name));
  // a folder of pictures may hold some of these too: then it is still a folder of pictures
  const onlyHas = (...endings: RegExp[]) =>
    has(endings[0]!) && names.every((name) => [...endings, beside].some((ending) => ending.test(name)));
  if (onlyHas(sharded.webdataset, sharded.parquet)) return 'webdataset';
  if (onlyHas(/\.npz$/i, sharded.parquet)) return 'embeddings';
  if (onlyHas(/\.npy$/i)) return 'embeddings';
  if (onlyHas(sharded.parquet)) return 'parquet';
  if (onlyHas(sharded.zip)) return 'zip';
  return 'folder';
}

async function detectFile(file: string): Promise<Format> {
  if (sharded.webdataset.test(file)) return 'webdataset';
  const ending = path.extname(file).toLowerCase();
  if (ending === '.csv' || ending === '.tsv') return 'csv';
  if (ending === '.jsonl' || ending === '.ndjson') return 'jsonl';
  if (ending === '.npy' || ending === '.npz') return 'embeddings';
  if (ending === '.zip') return 'zip';
  if (ending === '.parquet') return 'parquet';
  if (['.pkl', '.pickle', '.pt', '.pth'].includes(ending)) {
    throw new UsageError(
      `${file} is a pickle, which could run code. Save its rows as csv, or its arrays with numpy.save.`,
    );
  }
  if (['.gz', '.bz2', '.xz', '.zst'].includes(ending)) {
    throw new UsageError(`${file} is compressed. Unpack it and import what was in it.`);
  }
  return detectContent(file);
}

async function detectContent(file: string): Promise<Format> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
    const head = buffer.toString('utf8', 0, bytesRead).replace(/^\ufeff/, '');
    if (head.startsWith('PAR1')) return 'parquet';
    if (head.startsWith('PK\x03\x04')) return 'zip';
    if (buffer.toString('latin1', 257, 262) === 'ustar') return 'webdataset';
    const line = head.split('\n', 1)[0]!.trim();
    if (/^\s*\{\s*"(info|licenses|images|annotations|categories|type)"\s*:\s*["[{]/.test(head)) return 'coco';
    // a first line longer than what was read cannot be checked to its end
    if (line.startsWith('{') && (line.endsWith('}') || !head.includes('\n'))) return 'jsonl';
    if (/[,\t;|]/.test(line) && !/^[{[]/.test(line) && !head.includes('\0')) return 'csv';
  } finally {
    await handle.close();
  }
  throw new UsageError(
    `${file} has no format that is known. Name it with --format (${formats.join(', ')}), or give a folder of pictures.`,
  );
}
