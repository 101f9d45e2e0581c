/** @file The list of `--protect`: images that no group removes. */

import path from 'node:path';
import { UsageError } from '../errors.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import { tableRecords, textLines } from '../tables/records.ts';
import type { Subjects } from './keepRules.ts';

interface Entries {
  /** By sample id and by path; true once it was found. */
  ids: Map<number, boolean>;
  paths: Map<string, boolean>;
}

const PAGE = 50_000;

/**
 * 1 for the rows that a list names `[images]`: a .txt with one sample id or path a line, or a .csv, .tsv or .jsonl with a
 * column sample_id or path, as `export groups` writes them. A path is the one of the import, or the file's own.
 * @throws {UsageError} for a file that cannot be read, and for entries that the dataset does not have.
 */
export async function protectedRows(
  file: string,
  { workspace, datasetId, sampleIds }: Omit<Subjects, 'embeddings'>,
  context: StageContext,
): Promise<Uint8Array> {
  const { ids, paths } = await readEntries(file);
  const marks = new Uint8Array(sampleIds.length);
  const page = workspace.sqlite.prepare<[number, number, number], { id: number; path: string; file: string | null }>(
    'SELECT id, path, file FROM samples WHERE dataset_id = ? AND id > ? ORDER BY id LIMIT ?',
  );
  let [row, last] = [0, 0];
  for (;;) {
    const found = page.all(datasetId, last, PAGE);
    for (const sample of found) {
      const byId = ids.has(sample.id);
      const names = [sample.path, sample.file].filter((name) => name !== null && paths.has(name)) as string[];
      if (byId) ids.set(sample.id, true);
      for (const name of names) paths.set(name, true);
      while (row < sampleIds.length && sampleIds[row]! < sample.id) row++;
      if ((byId || names.length > 0) && sampleIds[row] === sample.id) marks[row] = 1;
    }
    if (found.length < PAGE) break;
    last = found.at(-1)!.id;
    await checkpoint(context);
  }
  refuseUnknown(file, { ids, paths });
  return marks;
}

async function readEntries(file: string): Promise<Entries> {
  const entries: Entries = { ids: new Map(), paths: new Map() };
  const add = (text: string): void => {
    if (/^\d+$/.test(text)) entries.ids.set(Number(text), false);
    else entries.paths.set(text, false);
  };
  if (path.extname(file).toLowerCase() === '.txt') {
    (await textLines(file)).forEach(add);
    return entries;
  }
  for await (const record of tableRecords(file)) {
    const { sample_id: id, path: name } = record;
    if (typeof id === 'number' || (typeof id === 'string' && id !== '')) add(String(id));
    else if (typeof name === 'string' && name !== '') entries.paths.set(name, false);
    else {
      const known = Object.keys(record).join(', ');
      throw new UsageError(`${file} has no column sample_id or path in each row (columns: ${known}).`);
    }
  }
  return entries;
}

function refuseUnknown(file: string, { ids, paths }: Entries): void {
  const unknown = [...ids, ...paths].filter(([, found]) => !found).map(([name]) => name);
  if (unknown.length === 0) return;
  throw new UsageError(
    `${file} names ${unknown.length} images that the dataset does not have: ${unknown.slice(0, 5).join(', ')}${unknown.length > 5 ? ', ...' : ''}. ` +
      'Give sample ids, or paths as they were imported.',
  );
}
