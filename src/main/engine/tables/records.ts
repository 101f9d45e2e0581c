/** @file Small tables that a person names: rows by their column names, all of them good. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UsageError, messageOf } from '../errors.ts';
import { openTable, tableEndings, type Table } from './table.ts';

/** A cell of jsonl can be anything. */
export type TableRecord = Record<string, unknown>;

/** Rows in their order. @throws {UsageError} for a file or a row that cannot be read, with its line where there is one */
export async function* tableRecords(file: string): AsyncGenerator<TableRecord> {
  if (!tableEndings.includes(path.extname(file).toLowerCase())) {
    throw new UsageError(`${file} has no ending that is known for a table. Use ${tableEndings.join(', ')}.`);
  }
  try {
    yield* goodRows(file, await openTable(file));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** The cells of each row. @throws {UsageError} naming the line of the first that is not good. */
export async function* goodRows(file: string, { rows }: Table): AsyncGenerator<TableRecord> {
  for await (const { line, cells, problem } of rows()) {
    if (problem !== undefined) throw new UsageError(`${file} cannot be read, line ${line}: ${problem}.`);
    yield cells;
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
