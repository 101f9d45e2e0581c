/** @file Tables: path with label, caption or captions, and split where it is given; or COCO's captions. */

import path from 'node:path';
import { findPictureFolder, readCoco } from '../coco.ts';
import { UsageError } from '../errors.ts';
import { findColumns, requireImageColumn } from '../tables/columns.ts';
import { goodRows } from '../tables/records.ts';
import { openTable, tableEndings as endings } from '../tables/table.ts';
import { splitOf, type Example } from './example.ts';

/** Column names; found by their usual names where they are not given. */
export interface Columns {
  image?: string | undefined;
  label?: string | undefined;
  caption?: string | undefined;
}

export const tableEndings = [...endings, '.json'];

/** Relative paths count from the table's folder. @throws {UsageError} naming the columns when none holds images. */
export async function readTable(file: string, columns: Columns): Promise<Example[]> {
  const ending = path.extname(file).toLowerCase();
  if (ending === '.json') return readCaptions(file);
  if (!tableEndings.includes(ending)) {
    throw new UsageError(
      `${file}: a table ends in ${tableEndings.join(', ')}; pictures come as a folder of class folders.`,
    );
  }
  const { image: imageColumn, label: labelColumn, caption: captionColumn } = columns;
  const table = await openTable(file, undefined, imageColumn === undefined ? [] : [imageColumn]);
  const found = findColumns(table.names, { imageColumn, labelColumn, captionColumn }, file);
  const imageName = requireImageColumn(found, table.names, file);
  const splitName = table.names.find((name) => name.trim().toLowerCase() === 'split');
  const examples: Example[] = [];
  for await (const row of goodRows(file, table)) {
    const value = (name: string | undefined): unknown => (name === undefined ? undefined : row[name]);
    const image = text(row[imageName]);
    if (image === undefined) continue;
    const label = text(value(found.label));
    const split = splitOf(text(value(splitName)) ?? '');
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

/** All captions of each image. */
async function readCaptions(file: string): Promise<Example[]> {
  const images = await readCoco(file);
  const folder = await findPictureFolder(file, images);
  return images.flatMap(({ name, captions, split: named = '' }) => {
    const split = splitOf(named);
    return name === '' ? [] : [{ picture: path.resolve(folder, name), captions, ...(split && { split }) }];
  });
}

/** A cell as text; undefined where it is empty. */
function text(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}
