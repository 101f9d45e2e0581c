/** @file Tables as text, row by row: csv and tsv with any delimiter, JSON lines. The one reader of all stages. */

import path from 'node:path';
import { openDelimited } from './delimited.ts';
import { openJsonLines } from './jsonLines.ts';

export interface TableRow {
  /** Of its end in the file, from 1. */
  line: number;
  /** By column; text in csv, anything in JSON lines. */
  cells: Record<string, unknown>;
  /** Why its cells cannot be trusted. */
  problem?: string;
}

/** A table that can be read from its start as often as needed. */
export interface Table {
  names: string[];
  /** @throws {DistilleryError} naming the line that makes the rest unreadable. */
  rows: () => AsyncGenerator<TableRow>;
}

export type TableKind = 'csv' | 'jsonl';

export const tableEndings = ['.csv', '.tsv', '.jsonl', '.ndjson'];

/** By the ending: JSON lines, else delimited text. */
export const tableKind = (file: string): TableKind =>
  ['.jsonl', '.ndjson'].includes(path.extname(file).toLowerCase()) ? 'jsonl' : 'csv';

/** Opens a table; `expected` are names of columns that help to tell the delimiter. @throws {UsageError} without a header. */
export const openTable = (file: string, kind: TableKind = tableKind(file), expected?: string[]): Promise<Table> =>
  kind === 'jsonl' ? openJsonLines(file) : openDelimited(file, expected);
