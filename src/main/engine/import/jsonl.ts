/** @file JSON lines: one object a row. */

import { createReadStream } from 'node:fs';
import path from 'node:path';
import { findColumns, requireImageColumn, type TableOptions } from './columns.ts';
import { itemOfRow, type Item, type ItemSource } from './item.ts';

const maximumLine = 32 << 20;
/** Rows whose keys are looked at to find the columns. */
const lookedAt = 100;

/** Opens a file of JSON lines; relative paths count from its folder, or from `images`. @throws {UsageError} without a key of pictures. */
export async function openJsonl(file: string, options: TableOptions): Promise<ItemSource> {
  const names = new Set<string>();
  let total = 0;
  for await (const line of readLines(file)) {
    if (total++ < lookedAt) for (const name of Object.keys(objectOf(line) ?? {})) names.add(name);
  }
  const columns = findColumns([...names], options, file);
  const image = requireImageColumn(columns, [...names], file);
  const folder = options.images ?? path.dirname(file);
  async function* items(): AsyncGenerator<Item> {
    for await (const line of readLines(file)) {
      const row = objectOf(line);
      const cell = (name: string | undefined) =>
        row && name !== undefined && Object.hasOwn(row, name) ? row[name] : undefined;
      const item = itemOfRow(folder, cell(image), cell(columns.caption), cell(columns.label));
      if (row === undefined) item.problem = line === undefined ? 'row too large' : 'row is not a JSON object';
      yield item;
    }
  }
  return { identity: 'row', columns: { ...columns }, total, items };
}

function objectOf(line: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line?.trim() ?? '');
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Lines that are not blank; undefined for one beyond 32 MiB, which is not held in memory. */
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
    for (const part of parts) {
      const line = take(part);
      if (!isBlank(line)) yield line;
    }
    if (length <= maximumLine) pieces.push(rest);
    length += rest.length;
  }
  const line = take('');
  if (!isBlank(line)) yield line;
}

/** A byte order mark counts as blank space for `trim`, and JSON.parse is given the trimmed line. */
const isBlank = (line: string | undefined): boolean => line?.trim() === '';
