/** @file Looks at the beginning of a source before anything is imported: format, columns, first pairs, and what is wrong with them. */

import { availableParallelism } from 'node:os';
import path from 'node:path';
import { DistilleryError, UsageError } from '../errors.ts';
import { mapOrdered } from '../ordered.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import { encodeThumbnail } from '../thumbnail.ts';
import { findColumns, type Columns } from '../tables/columns.ts';
import { openTable } from '../tables/table.ts';
import { detectSources, parseFormat, type Format } from './detect.ts';
import { inspect, inspectContent, type Inspection } from './inspect.ts';
import { itemOfRow, type Item } from './item.ts';
import { readMetadata, parquetColumns } from './metadata.ts';
import { openParquetFile } from './parquetFile.ts';
import { noPictures, openSource } from './pictures.ts';
import type { ImportOptions } from './run.ts';
import { openShards } from './shards.ts';
import { findSources, type Source } from './sources.ts';

/** Pairs that are looked at, and of them those that are shown. */
export const sampleSize = 200;
const shownPairs = 20;
/** Of many shards the first ones stand for all. */
const openedSources = 8;
/** A folder on a slow disk is not counted to its end. */
const countWithinMs = 3000;
const listedColumns = 200;
const examplesEach = 3;

export interface PreviewPair {
  path: string;
  caption: string;
  label: string | null;
  width: number | null;
  height: number | null;
  bytes: number | null;
  /** Why an import would skip it; null for a good one. */
  reason: string | null;
}

export interface PreviewProblem {
  what: string;
  /** Such pairs are left out; otherwise they are imported, and it is worth a look. */
  skipped: boolean;
  count: number;
  /** Paths, with the detail where there is one. */
  examples: string[];
}

export interface Preview {
  format: Format;
  /** Files and folders; those of shards are counted one by one. */
  sources: number;
  /** Of a table: the columns that would be used, and all that there are to choose from. */
  columns: Columns;
  columnNames: string[];
  /** Pairs in all; null where it takes too long to count them. */
  total: number | null;
  /** Pairs from the beginning that `problems` is about. */
  looked: number;
  /** The first 20. */
  pairs: PreviewPair[];
  /** What skips pairs first, then the most frequent. */
  problems: PreviewProblem[];
  /** Why nothing could be imported like this, e.g. because no column names the pictures. */
  failure: string | null;
}

export interface PreviewInput {
  source: readonly string[];
  /** A folder that is not walked into: the workspace. */
  except: string;
  /** Makes small pictures of the first pairs too. */
  thumbnails?: boolean;
}

/** What a look at one pair found; `thumbnail` is webp, null where there is no picture. */
interface Look {
  item: Item;
  inspection: Inspection;
  thumbnail: Buffer | null;
}

/**
 * Writes nothing and changes nothing. What is wrong with single pairs is told, not thrown.
 * @returns the preview, and a webp of at most 256 pixels for each of its pairs (null without one)
 * @throws {UsageError} for a source or format that is not there. @throws {CancelledError}
 */
export async function previewImport(
  input: PreviewInput,
  options: ImportOptions,
  context: StageContext,
): Promise<{ preview: Preview; thumbnails: (Buffer | null)[] }> {
  const named = await findSources(input.source);
  const { format, sources } = await detectSources(named.list, parseFormat(options.format));
  const columnNames = (await columnNamesOf(format, sources)).slice(0, listedColumns);
  const found = { format, sources: sources.length, columnNames };
  try {
    const seen = await look(input, format, sources, options, context);
    if (seen.preview.total === 0 && format !== 'embeddings') throw new UsageError(noPictures(named.text));
    return { preview: { ...found, ...seen.preview, failure: null }, thumbnails: seen.thumbnails };
  } catch (error) {
    if (context.signal.aborted || !(error instanceof DistilleryError)) throw error;
    // what can be chosen is worth more than a bare refusal
    const columns = columnNames.length === 0 ? {} : chosenColumns(columnNames, options);
    const nothing = { columns, total: null, looked: 0, pairs: [], problems: [] };
    return { preview: { ...found, ...nothing, failure: error.message }, thumbnails: [] };
  }
}

type Seen = Pick<Preview, 'columns' | 'total' | 'looked' | 'pairs' | 'problems'>;

async function look(
  { except, thumbnails = false }: PreviewInput,
  format: Format,
  sources: readonly Source[],
  options: ImportOptions,
  context: StageContext,
): Promise<{ preview: Seen; thumbnails: (Buffer | null)[] }> {
  const first = sources.slice(0, openedSources);
  const opened =
    format === 'embeddings'
      ? await openEmbeddings(first, options)
      : await openSource(first, format, absolute(options), path.resolve(except), context);
  const picturesMatter = format !== 'embeddings';
  const looks: Look[] = [];
  let taken = 0;
  const pairs = mapOrdered(head(opened.items(), sampleSize), Math.min(availableParallelism() * 2, 16), (item) =>
    lookAt(item, picturesMatter, thumbnails && taken++ < shownPairs),
  );
  for await (const pair of pairs) {
    looks.push(pair);
    context.onProgress({ stage: 'preview', done: looks.length, total: sampleSize, unit: 'pairs' });
    await checkpoint(context);
  }
  const all = looks.length < sampleSize && first.length === sources.length;
  const within = AbortSignal.any([context.signal, AbortSignal.timeout(countWithinMs)]);
  const counted = first.length < sources.length ? null : await opened.count(within);
  const shown = looks.slice(0, shownPairs);
  return {
    preview: {
      columns: columnsOf(opened.columns),
      total: all ? looks.length : counted,
      looked: looks.length,
      pairs: shown.map(pairOf),
      problems: problemsOf(looks, picturesMatter),
    },
    thumbnails: shown.map(({ thumbnail }) => thumbnail),
  };
}

const absolute = (options: ImportOptions): ImportOptions =>
  options.images === undefined ? options : { ...options, images: path.resolve(options.images) };

async function* head<T>(items: AsyncIterable<T> | Iterable<T>, count: number): AsyncGenerator<T> {
  let left = count;
  for await (const item of items) {
    yield item;
    if (--left === 0) return;
  }
}

async function lookAt(found: Item, picturesMatter: boolean, withThumbnail: boolean): Promise<Look> {
  const { load, ...given } = found;
  const { content: bytes, ...item } = load === undefined ? given : { ...given, ...(await load()) };
  if (!picturesMatter) return { item, inspection: { ...unseen, reason: item.problem ?? null }, thumbnail: null };
  const { part } = item;
  const content = bytes && (part ? bytes.subarray(part.offset, part.offset + part.length) : bytes);
  const picture = content && Buffer.from(content.buffer, content.byteOffset, content.length);
  const inspection =
    picture === undefined || item.problem !== undefined ? await inspect(item) : await inspectContent(picture);
  const source = picture ?? (item.file === null ? null : part ? { file: item.file, ...part } : item.file);
  const thumbnail =
    withThumbnail && inspection.reason === null && source !== null ? await encodeThumbnail(source, 256) : null;
  return { item, inspection, thumbnail };
}

const unseen = { width: null, height: null, bytes: null, hash: null, modified: null, measures: null };

const pairOf = ({ item: { path: name, caption, label }, inspection }: Look): PreviewPair => {
  const { width, height, bytes, reason } = inspection;
  return { path: name, caption, label, width, height, bytes, reason };
};

/** Counts what is wrong; a pair may have several problems, but only one that skips it. */
function problemsOf(looks: readonly Look[], picturesMatter: boolean): PreviewProblem[] {
  const problems = new Map<string, PreviewProblem>();
  const add = (what: string, skipped: boolean, example: string): void => {
    const problem = problems.get(what) ?? { what, skipped, count: 0, examples: [] };
    problem.count++;
    if (problem.examples.length < examplesEach) problem.examples.push(example);
    problems.set(what, problem);
  };
  const paths = new Set<string>();
  const hashes = new Map<string, string>();
  for (const { item, inspection } of looks) {
    const { reason, hash } = inspection;
    if (reason !== null) {
      const at = reason.indexOf(': ');
      add(
        at === -1 ? reason : reason.slice(0, at),
        true,
        at === -1 ? item.path : `${item.path}: ${reason.slice(at + 2)}`,
      );
      continue;
    }
    if (item.caption === '') add('no caption', false, item.path);
    // rows of embeddings may well share a path, or have none
    if (!picturesMatter) continue;
    if (paths.has(item.path)) add('path that came before', false, item.path);
    else if (hash !== null && hashes.has(hash))
      add('same file as one before', false, `${item.path}: ${hashes.get(hash)!}`);
    paths.add(item.path);
    if (hash !== null) hashes.set(hash, item.path);
  }
  return [...problems.values()].sort((a, b) => Number(b.skipped) - Number(a.skipped) || b.count - a.count);
}

async function columnNamesOf(format: Format, [first]: readonly Source[]): Promise<string[]> {
  if (first === undefined) return [];
  if (format === 'csv' || format === 'jsonl') return (await openTable(first.path, format)).names;
  if (format !== 'parquet') return [];
  // a damaged one among several is told as one skipped item later
  const parquet = await openParquetFile(first.path).catch(() => undefined);
  return parquet?.columns.map(({ element }) => element.name) ?? [];
}

/** What is known without the column that is missing or wrong. */
function chosenColumns(names: readonly string[], options: ImportOptions): Columns {
  try {
    return findColumns(names, options, '');
  } catch {
    return {};
  }
}

function columnsOf(columns: Record<string, string>): Columns {
  const { image, caption, label } = columns;
  return {
    ...(image !== undefined && { image }),
    ...(caption !== undefined && { caption }),
    ...(label !== undefined && { label }),
  };
}

/** Embeddings by their metadata; pictures need not exist. */
async function openEmbeddings(sources: readonly Source[], options: ImportOptions) {
  const { shards } = await openShards(
    sources.map((one) => one.path),
    options.embeddingKey,
  );
  const metadata = shards[0]?.metadata;
  const columns = metadata === undefined ? {} : await parquetColumns(metadata, options);
  async function* items(): AsyncGenerator<Item> {
    if (metadata === undefined) return;
    for await (const { image, caption, label } of readMetadata(metadata, columns, 0)) {
      const { problem: _, ...item } = itemOfRow(path.dirname(metadata), image, caption, label);
      yield item;
    }
  }
  const rows = shards.reduce((sum, shard) => sum + shard.image.rows, 0);
  return { columns: { ...columns }, items, count: () => Promise.resolve(rows) };
}
