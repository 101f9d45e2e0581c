/** @file Import: reads a source, looks at every picture, stores the pairs. Stopped at any moment, it goes on there. */

import { availableParallelism } from 'node:os';
import path from 'node:path';
import { UsageError } from '../errors.ts';
import { inBatches, mapOrdered } from '../ordered.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import type { Workspace } from '../store/workspace.ts';
import type { ColumnOptions } from './columns.ts';
import { detectFormat, parseFormat, type Format } from './detect.ts';
import { importEmbeddings } from './embeddings.ts';
import { openFolder } from './folder.ts';
import { inspect } from './inspect.ts';
import type { Item, ItemSource } from './item.ts';
import { openJsonl } from './jsonl.ts';
import {
  insertSamples,
  nextPosition,
  openDataset,
  pathLookup,
  setComplete,
  summarise,
  type Dataset,
  type Summary,
} from './samples.ts';
import { openTable } from './table.ts';

export interface ImportInput {
  workspace: Workspace;
  /** A folder or file. */
  source: string;
  dataset: string;
}

export interface ImportOptions extends ColumnOptions {
  /** `auto` or one of `formats`. */
  format: string;
}

export interface ImportResult extends Summary {
  dataset: string;
  format: Format;
  /** Pairs that this call added, the skipped ones included; the other numbers are of the whole dataset. */
  added: number;
  seconds: number;
}

/** Pairs in one transaction: what a crash can lose. */
const batchSize = 200;

/**
 * Imports a source. Run again with the same source, it adds only what is new: paths of a folder, rows at a table's end.
 * @throws {UsageError} for a source, format or column that is not there, or a dataset name that another source has.
 */
export async function run(input: ImportInput, options: ImportOptions, context: StageContext): Promise<ImportResult> {
  const started = performance.now();
  const { workspace } = input;
  const source = path.resolve(input.source);
  const format = await detectFormat(source, parseFormat(options.format));
  const { dataset, added } =
    format === 'embeddings'
      ? await importEmbeddings({ workspace, source, dataset: input.dataset }, options, context)
      : await importPictures({ workspace, source, dataset: input.dataset }, format, options, context);
  setComplete(workspace, dataset, true);
  const seconds = (performance.now() - started) / 1000;
  return { dataset: dataset.name, format, ...summarise(workspace, dataset), added, seconds };
}

async function importPictures(
  { workspace, source, dataset: name }: ImportInput,
  format: Exclude<Format, 'embeddings'>,
  options: ColumnOptions,
  context: StageContext,
): Promise<{ dataset: Dataset; added: number }> {
  const pictures = await openSource(source, format, options, workspace.dir);
  if (pictures.total === 0) {
    throw new UsageError(`${source} holds no pictures. A folder, or a table with one row a picture, is expected.`);
  }
  if (format !== 'folder' && pictures.columns['caption'] === undefined) {
    context.log(`${source} has no column of captions; they stay empty. Name one with --caption-column.`);
  }
  const dataset = openDataset(workspace, name, { source, format, columns: pictures.columns });
  const first = nextPosition(workspace, dataset);
  let position = first;
  let seen = 0;
  async function* fresh(): AsyncGenerator<Item> {
    const isKnown = pictures.identity === 'row' ? () => seen < first : pathLookup(workspace, dataset);
    for await (const item of pictures.items()) {
      if (first === 0 || !isKnown(item.path)) yield item;
      seen++;
    }
  }
  const inspected = mapOrdered(fresh(), Math.min(availableParallelism() * 2, 16), async (item) => ({
    item,
    inspection: await inspect(item),
  }));
  for await (const samples of inBatches(inspected, batchSize)) {
    if (position === first) setComplete(workspace, dataset, false);
    insertSamples(workspace, dataset, position, samples);
    position += samples.length;
    context.onProgress({ stage: 'import', done: seen, total: pictures.total, unit: 'images' });
    await checkpoint(context);
  }
  return { dataset, added: position - first };
}

function openSource(
  source: string,
  format: Exclude<Format, 'embeddings'>,
  options: ColumnOptions,
  except: string,
): Promise<ItemSource> {
  switch (format) {
    case 'folder':
      return openFolder(source, except);
    case 'csv':
      return openTable(source, options);
    case 'jsonl':
      return openJsonl(source, options);
  }
}
