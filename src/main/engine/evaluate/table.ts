/** @file csv, tsv and jsonl tables: path with label, caption or captions, and split where it is given. */

import { createReadStream } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parse } from 'csv-parse';
import { DistilleryError, UsageError, messageOf } from '../errors.ts';
import { splitOf, type Example } from './example.ts';

/** Column names; found by their usual names where they are not given. */
export interface Columns {
  image?: string | undefined;
  label?: string | undefined;
  caption?: string | undefined;
}

export const tableEndings = ['.csv', '.tsv', '.jsonl', '.ndjson'];

/** In order of preference, without case, spaces and punctuation. */
const usual = {
  image: ['filepath', 'imagepath', 'path', 'filename', 'image', 'file', 'img'],
  label: ['label', 'class', 'classname', 'category', 'group'],
  caption: ['caption', 'captions', 'title', 'text', 'sentence'],
  split: ['split'],
};

const plain = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** Relative paths count from the table's folder. @throws {UsageError} naming the columns when none holds images. */
export async function readTable(file: string, columns: Columns): Promise<Example[]> {
  const ending = path.extname(file).toLowerCase();
  if (!tableEndings.includes(ending)) {
    throw new UsageError(
      `${file}: a table ends in ${tableEndings.join(', ')}; pictures come as a folder of class folders.`,
    );
  }
  const rows = ending === '.csv' || ending === '.tsv' ? delimitedRows(file) : jsonRows(file);
  const examples: Example[] = [];
  let found: Record<keyof typeof usual, string | undefined> | undefined;
  for await (const row of rows) {
    found ??= findColumns(Object.keys(row), columns, file);
    const value = (name: string | undefined): unknown => (name === undefined ? undefined : row[name]);
    const image = text(value(found.image));
    if (image === undefined) continue;
    const label = text(value(found.label));
    const split = splitOf(text(value(found.split)) ?? '');
    const caption = value(found.caption);
    const captions = (Array.isArray(caption) ? caption : [caption]).map(text).filter((item) => item !== undefined);
    examples.push({
      picture: path.resolve(path.dirname(file), image),
      captions,
      ...(label !== undefined && { label }),
      ...(split && { split }),
    });
  }
  return examples;
}

/** A cell as text; undefined where it is empty. */
function text(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function findColumns(names: string[], given: Columns, file: string): Record<keyof typeof usual, string | undefined> {
  const there = `${path.basename(file)} has the columns ${names.join(', ')}`;
  const find = (kind: keyof typeof usual, wanted?: string): string | undefined => {
    if (wanted !== undefined && !names.includes(wanted)) throw new UsageError(`No column "${wanted}": ${there}.`);
    return wanted ?? usual[kind].flatMap((name) => names.filter((other) => plain(other) === name))[0];
  };
  const image = find('image', given.image);
  if (image === undefined) throw new UsageError(`${there}; name the one with image paths with --image-column.`);
  return { image, label: find('label', given.label), caption: find('caption', given.caption), split: find('split') };
}

type Row = Record<string, unknown>;

async function* delimitedRows(file: string): AsyncGenerator<Row> {
  const delimiter = await findDelimiter(file);
  const parser = createReadStream(file).pipe(
    parse({ columns: true, delimiter, bom: true, skip_empty_lines: true, relax_column_count: true }),
  );
  try {
    for await (const row of parser) yield row as Row;
  } catch (error) {
    throw new DistilleryError(`${file} cannot be read as a table: ${messageOf(error)}`, { cause: error });
  }
}

/** The most frequent of tab, comma, semicolon and bar in the first line. */
async function findDelimiter(file: string): Promise<string> {
  for await (const header of linesOf(file)) {
    const counts = ['\t', ',', ';', '|'].map((delimiter) => ({ delimiter, count: header.split(delimiter).length }));
    return counts.reduce((best, other) => (other.count > best.count ? other : best)).delimiter;
  }
  return ',';
}

async function* jsonRows(file: string): AsyncGenerator<Row> {
  let number = 0;
  for await (const line of linesOf(file)) {
    number++;
    if (line.trim() === '') continue;
    let row: unknown;
    try {
      row = JSON.parse(line);
    } catch (error) {
      throw new DistilleryError(`${file}, line ${number}: ${messageOf(error)}`, { cause: error });
    }
    if (typeof row === 'object' && row !== null && !Array.isArray(row)) yield row as Row;
  }
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const input = createReadStream(file, 'utf8');
  try {
    yield* createInterface({ input, crlfDelay: Infinity });
  } finally {
    input.destroy();
  }
}
