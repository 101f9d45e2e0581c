/** @file Small tables that a person names: rows of .csv, .tsv or .jsonl by their column names. */

import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parse } from 'csv-parse';
import { UsageError, messageOf } from './errors.ts';

/** A cell of jsonl can be anything. */
export type TableRecord = Record<string, unknown>;

/** Rows in their order. @throws {UsageError} for a file that cannot be read, with its line where there is one */
export async function* tableRecords(file: string): AsyncGenerator<TableRecord> {
  const ending = path.extname(file).toLowerCase();
  try {
    if (ending === '.jsonl') yield* jsonRecords(file);
    else if (ending === '.csv' || ending === '.tsv') {
      const delimiter = ending === '.csv' ? ',' : '\t';
      yield* createReadStream(file).pipe(
        parse({ columns: true, delimiter, bom: true, skip_empty_lines: true }),
      ) as AsyncIterable<TableRecord>;
    } else throw new UsageError(`${file} has no ending that is known for a table. Use .csv, .tsv or .jsonl.`);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

async function* jsonRecords(file: string): AsyncGenerator<TableRecord> {
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    line++;
    if (text.trim() === '') continue;
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new UsageError(`${file} has no object in line ${line}.`);
    }
    yield value as TableRecord;
  }
}

/** Lines that are not empty, without blanks around them. @throws {UsageError} for a file that cannot be read */
export async function textLines(file: string): Promise<string[]> {
  try {
    const text = await readFile(file, 'utf8');
    return text
      .replace(/^\uFEFF/, '')
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '');
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
