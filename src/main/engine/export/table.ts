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

type Writer = (file: string, columns: readonly Column[], batches: AsyncIterable<Row[]>) => Promise<void>;

const writers: Record<string, Writer> = {
  '.csv': (file, columns, batches) => writeText(file, delimited(columns, batches, ',')),
  '.tsv': (file, columns, batches) => writeText(file, delimited(columns, batches, '\t')),
  '.jsonl': (file, columns, batches) => writeText(file, jsonLines(columns, batches)),
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
  await replaceFile(file, (partial) => write(partial, columns, counted()));
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

async function* delimited(
  columns: readonly Column[],
  batches: AsyncIterable<Row[]>,
  delimiter: string,
): AsyncGenerator<string> {
  const line = (cells: Row): string => cells.map((value) => quoted(value, delimiter)).join(delimiter) + '\n';
  yield line(columns.map((column) => column.name));
  for await (const batch of batches) yield batch.map(line).join('');
}

/** RFC 4180: quoted when it holds the delimiter, a quote or a line break. */
function quoted(value: Value, delimiter: string): string {
  const text = value === null ? '' : String(value);
  return text.includes(delimiter) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

async function* jsonLines(columns: readonly Column[], batches: AsyncIterable<Row[]>): AsyncGenerator<string> {
  for await (const batch of batches) {
    yield batch
      .map((row) => JSON.stringify(Object.fromEntries(columns.map(({ name }, i) => [name, row[i]]))) + '\n')
      .join('');
  }
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
