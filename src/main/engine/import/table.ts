/** @file Tables as text (csv, tsv, JSON lines): one row a pair. */

import path from 'node:path';
import { findColumns, requireImageColumn, type ColumnOptions } from '../tables/columns.ts';
import { openTable, type TableKind } from '../tables/table.ts';
import { countItems, itemOfRow, type Item, type ItemSource } from './item.ts';

export interface TableOptions extends ColumnOptions {
  /** Absolute folder that relative paths count from; the table's own otherwise. */
  images?: string | undefined;
}

/** Opens a table; relative paths count from its folder, or from `images`. @throws {UsageError} without a column of pictures. */
export async function openPairs(file: string, kind: TableKind, options: TableOptions): Promise<ItemSource> {
  const expected = options.imageColumn === undefined ? [] : [options.imageColumn];
  const { names, rows } = await openTable(file, kind, expected);
  const columns = findColumns(names, options, file);
  const image = requireImageColumn(columns, names, file);
  const { caption, label } = columns;
  const folder = options.images ?? path.dirname(file);
  async function* items(): AsyncGenerator<Item> {
    for await (const { cells, problem } of rows()) {
      const cell = (name: string | undefined): unknown => (name === undefined ? undefined : cells[name]);
      const item = itemOfRow(folder, cells[image], cell(caption), cell(label));
      yield problem === undefined ? item : { ...item, problem };
    }
  }
  return { identity: 'row', columns: { ...columns }, count: (signal) => countItems(rows(), signal), items };
}
