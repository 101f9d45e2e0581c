/** @file Writes rows to csv, tsv, jsonl or parquet, by the ending of the file; streamed, and whole or not at all. */

import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import path from 'node:path';
import { ParquetWriter, fileWriter, schemaFromColumnData, type BasicType, type ColumnSource } from 'hyparquet-writer';
import { UsageError } from '../errors.ts';
import { replaceFile } from '../store/files.ts';

/** A null is an empty cell in csv and a null elsewhere. */
export type Value = string | number | boolean | null;
export type Row = readonly Value[];

export interface Column {
  name: string;
  type: 'string' | 'integer' | 'number' | 'boolean';
}

/** What every export returns. */
export interface ExportResult {
  /** Absolute. */
  path: string;
  rows: number;
}

/** Writes to `file`, in the format of `out`'s ending. */
type Writer = (file: string, columns: readonly Column[], batches: AsyncIterable<Row[]>, out: string) => Promise<void>;

const writers: Record<string, Writer> = {
  '.csv': writeLines,
  '.tsv': writeLines,
  '.jsonl': writeLines,
  '.parquet': writeParquet,
};

/** Checks the ending of an output file. @throws {UsageError} listing the known ones. */
export function tableWriter(out: string): Writer {
  const writer = writers[path.extname(out).toLowerCase()];
  if (writer) return writer;
  throw new UsageError(`${out} has no ending that is known for tables. Use one of ${Object.keys(writers).join(', ')}.`);
}

/** Writes batches of rows to `out`. @throws {UsageError} for an unknown ending, {DistilleryError} on a full disk. */
export async function writeTable(
  out: string,
  columns: readonly Column[],
  batches: AsyncIterable<Row[]>,
): Promise<ExportResult> {
  const write = tableWriter(out);
  const file = path.resolve(out);
  let rows = 0;
  async function* counted(): AsyncGenerator<Row[]> {
    for await (const batch of batches) {
      rows += batch.length;
      yield batch;
    }
  }
  await replaceFile(file, (partial) => write(partial, columns, counted(), out));
  return { path: file, rows };
}

/** Writes texts to a new file, one after another. */
export async function writeText(file: string, texts: AsyncIterable<string>): Promise<void> {
  const stream = createWriteStream(file);
  const done = finished(stream);
  // a full disk surfaces here when the loop below waits for something else
  done.catch(() => undefined);
  try {
    for await (const text of texts) {
      if (stream.errored) break;
      if (!stream.write(text)) await Promise.race([once(stream, 'drain'), done]);
    }
  } finally {
    stream.end();
    await done;
  }
}

/** A format of text: what stands above the rows, and a row as a line. */
interface TextFormat {
  head: string;
  line: (row: Row) => string;
}

const textFormats: Record<string, (columns: readonly Column[]) => TextFormat> = {
  '.csv': (columns) => delimited(columns, ','),
  '.tsv': (columns) => delimited(columns, '\t'),
  '.jsonl': (columns) => ({
    head: '',
    line: (row) => JSON.stringify(Object.fromEntries(columns.map(({ name }, i) => [name, row[i]]))) + '\n',
  }),
};

/** How a table of text will be written, to tell its size before; undefined for parquet, whose size only writing tells. */
export const textFormat = (out: string, columns: readonly Column[]): TextFormat | undefined =>
  textFormats[path.extname(out).toLowerCase()]?.(columns);

async function* linesOf({ head, line }: TextFormat, batches: AsyncIterable<Row[]>): AsyncGenerator<string> {
  yield head;
  for await (const batch of batches) yield batch.map(line).join('');
}

function delimited(columns: readonly Column[], delimiter: string): TextFormat {
  const line = (cells: Row): string => cells.map((value) => quoted(value, delimiter)).join(delimiter) + '\n';
  return { head: line(columns.map((column) => column.name)), line };
}

/** RFC 4180: quoted when it holds the delimiter, a quote or a line break. */
function quoted(value: Value, delimiter: string): string {
  const text = value === null ? '' : String(value);
  return text.includes(delimiter) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function writeLines(
  file: string,
  columns: readonly Column[],
  batches: AsyncIterable<Row[]>,
  out: string,
): Promise<void> {
  return writeText(file, linesOf(textFormat(out, columns)!, batches));
}

const parquetTypes: Record<Column['type'], BasicType> = {
  string: 'STRING',
  integer: 'INT32',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
};
const rowGroup = 50_000;

async function writeParquet(file: string, columns: readonly Column[], batches: AsyncIterable<Row[]>): Promise<void> {
  const sources = (rows: readonly Row[]): ColumnSource[] =>
    columns.map(({ name, type }, i) => ({ name, type: parquetTypes[type], data: rows.map((row) => row[i]) }));
  const writer = new ParquetWriter({
    writer: fileWriter(file),
    schema: schemaFromColumnData({ columnData: sources([]) }),
    createdBy: 'distillery',
  });
  const flush = (rows: readonly Row[]) => writer.write({ columnData: sources(rows), rowGroupSize: rowGroup });
  let pending: Row[] = [];
  for await (const batch of batches) {
    pending.push(...batch);
    if (pending.length >= rowGroup) {
      await flush(pending);
      pending = [];
    }
  }
  if (pending.length > 0) await flush(pending);
  await writer.finish();
}
