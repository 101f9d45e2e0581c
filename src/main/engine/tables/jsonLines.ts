/** @file JSON lines: one object a row. */

import { createReadStream } from 'node:fs';
import type { Table, TableRow } from './table.ts';

const maximumLine = 32 << 20;
/** Rows whose keys are looked at to find the columns. */
const lookedAt = 100;

/** The keys of the first rows are the names. A line that is no object is a row with a problem. */
export async function openJsonLines(file: string): Promise<Table> {
  const names = new Set<string>();
  let rows = 0;
  for await (const { cells } of readRows(file)) {
    for (const name of Object.keys(cells)) names.add(name);
    if (++rows >= lookedAt) break;
  }
  return { names: [...names], rows: () => readRows(file) };
}

async function* readRows(file: string): AsyncGenerator<TableRow> {
  let line = 0;
  for await (const text of readLines(file)) {
    line++;
    if (text === undefined) yield { line, cells: {}, problem: 'row too large' };
    // a byte order mark counts as blank space for `trim`
    else if (text.trim() !== '') {
      const cells = objectOf(text.trim());
      yield cells ? { line, cells } : { line, cells: {}, problem: 'row is not a JSON object' };
    }
  }
}

function objectOf(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Lines; undefined for one beyond 32 MiB, which is not held in memory. */
async function* readLines(file: string): AsyncGenerator<string | undefined> {
  let pieces: string[] = [];
  let length = 0;
  const take = (last: string): string | undefined => {
    const line = length + last.length > maximumLine ? undefined : [...pieces, last].join('');
    pieces = [];
    length = 0;
    return line;
  };
  for await (const chunk of createReadStream(file, { encoding: 'utf8' })) {
    const parts = String(chunk).split('\n');
    const rest = parts.pop()!;
    for (const part of parts) yield take(part);
    if (length <= maximumLine) pieces.push(rest);
    length += rest.length;
  }
  yield take('');
}
