/** @file Which format a source has: by what a folder holds, by a file's ending, else by its first bytes. */

import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../errors.ts';

export const formats = ['folder', 'csv', 'jsonl', 'embeddings'] as const;
export type Format = (typeof formats)[number];

/** Known, and not read by this version. */
const laterFormats = ['webdataset', 'parquet', 'coco'];

/** Checks a format that the user named. @throws {UsageError} */
export function parseFormat(name: string): Format | 'auto' {
  const found = (['auto', ...formats] as const).find((format) => format === name);
  if (found) return found;
  if (laterFormats.includes(name)) throw notYet(name);
  throw new UsageError(`There is no format "${name}". Known are: auto, ${formats.join(', ')}.`);
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
  const fits = wanted === 'embeddings' || found.isDirectory() === (wanted === 'folder');
  if (!fits) {
    throw new UsageError(
      `${source} is a ${found.isDirectory() ? 'folder' : 'file'}, which --format ${wanted} cannot read.`,
    );
  }
  return wanted;
}

async function detectFolder(dir: string): Promise<Format> {
  const names = (await readdir(dir)).map((name) => name.toLowerCase());
  if (names.includes('img_emb')) return 'embeddings';
  const endings = new Set(names.map((name) => path.extname(name)));
  // a folder of pictures may hold some of these too: then it is still a folder of pictures
  const onlyHas = (ending: string) =>
    endings.has(ending) && [...endings].every((other) => [ending, '.json', '.txt', '.md'].includes(other));
  if (onlyHas('.tar')) throw notYet('webdataset');
  if (onlyHas('.parquet')) throw notYet('parquet');
  if (onlyHas('.npy')) return 'embeddings';
  return 'folder';
}

async function detectFile(file: string): Promise<Format> {
  const ending = path.extname(file).toLowerCase();
  if (ending === '.csv' || ending === '.tsv') return 'csv';
  if (ending === '.jsonl' || ending === '.ndjson') return 'jsonl';
  if (ending === '.npy') return 'embeddings';
  if (ending === '.tar') throw notYet('webdataset');
  if (['.pkl', '.pickle', '.pt', '.pth'].includes(ending)) {
    throw new UsageError(
      `${file} is a pickle, which could run code. Save its rows as csv, or its arrays with numpy.save.`,
    );
  }
  if (['.gz', '.zip', '.bz2', '.xz', '.zst'].includes(ending)) {
    throw new UsageError(`${file} is compressed. Unpack it and import what was in it.`);
  }
  return detectContent(file);
}

async function detectContent(file: string): Promise<Format> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
    const head = buffer.toString('utf8', 0, bytesRead).replace(/^\ufeff/, '');
    if (head.startsWith('PAR1')) throw notYet('parquet');
    const line = head.split('\n', 1)[0]!.trim();
    if (/^\{\s*"(info|licenses|images|annotations|categories)"\s*:\s*[[{]/.test(head)) throw notYet('coco');
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

const notYet = (format: string): UsageError =>
  new UsageError(
    `The format ${format} is not supported yet in this version. Supported are: ${formats.join(', ')}. ` +
      'Unpack it into a folder of pictures, or write a csv with the columns filepath,title.',
  );
