/** @file Tables as text (csv, tsv): the delimiter and the columns are found, open_clip's filepath,title among them. */

import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { parse, type Options } from 'csv-parse';
import { parse as parseAtOnce } from 'csv-parse/sync';
import { DistilleryError, UsageError, messageOf } from '../errors.ts';
import { findColumns, requireImageColumn, type ColumnOptions, type Columns, type TableOptions } from './columns.ts';
import { countItems, itemOfRow, type Item, type ItemSource } from './item.ts';

const delimiters = [',', '\t', ';', '|'];
const maximumRecord = 32 << 20;

interface Table {
  file: string;
  folder: string;
  delimiter: string;
  names: string[];
  columns: Columns;
  image: string;
}

/** Opens a table; relative paths count from its folder, or from `images`. @throws {UsageError} without a column of pictures. */
export async function openTable(file: string, options: TableOptions): Promise<ItemSource> {
  const { delimiter, names } = await readHeader(file, options);
  const columns = findColumns(names, options, file);
  const folder = options.images ?? path.dirname(file);
  const table = { file, folder, delimiter, names, columns, image: requireImageColumn(columns, names, file) };
  const total = (await countItems(readRecords(file, delimiter))) - 1; // without the header
  return { identity: 'row', columns: { ...columns }, total, items: () => readItems(table) };
}

async function* readItems({ file, folder, delimiter, names, columns, image }: Table): AsyncGenerator<Item> {
  const indexOf = (name: string | undefined) => (name === undefined ? -1 : names.indexOf(name));
  const [atImage, atCaption, atLabel] = [indexOf(image), indexOf(columns.caption), indexOf(columns.label)];
  let header = true;
  for await (const cells of readRecords(file, delimiter)) {
    if (header) {
      header = false;
      continue;
    }
    const item = itemOfRow(folder, cells[atImage], cells[atCaption], cells[atLabel]);
    // a caption with a bare delimiter shifts its row: nothing in it can be trusted
    if (cells.slice(names.length).some((cell) => cell !== '')) {
      item.problem = `wrong number of columns: ${cells.length}, not ${names.length}`;
    }
    yield item;
  }
}

/** The header under the delimiter that gives a known picture column, else the most columns. */
async function readHeader(file: string, options: ColumnOptions): Promise<{ delimiter: string; names: string[] }> {
  const head = await readHead(file);
  let best = { delimiter: ',', names: [] as string[], score: 0 };
  for (const delimiter of delimiters) {
    const names = headerOf(head, delimiter);
    const usable = findColumns(names, {}, file).image !== undefined || names.includes(options.imageColumn ?? '');
    const score = names.length + (usable ? 1e6 : 0);
    if (score > best.score) best = { delimiter, names, score };
  }
  if (best.score === 0) throw new UsageError(`${file} has no header row. Add one, for example filepath,title.`);
  return best;
}

function headerOf(head: Buffer, delimiter: string): string[] {
  try {
    const [names]: string[][] = parseAtOnce(head, { ...reading(delimiter), to: 1 });
    return (names ?? []).map((name) => name.trim());
  } catch {
    return []; // for example a quote that this delimiter never closes
  }
}

async function readHead(file: string): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1 << 16), 0, 1 << 16, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** All records, the header first. @throws {DistilleryError} naming the line that cannot be read. */
async function* readRecords(file: string, delimiter: string): AsyncGenerator<string[]> {
  const stream = createReadStream(file);
  const parser = parse(reading(delimiter));
  stream.on('error', (error) => parser.destroy(error));
  stream.pipe(parser);
  try {
    for await (const record of parser) yield record as string[];
  } catch (error) {
    throw new DistilleryError(
      `${file} cannot be read as a table: ${messageOf(error)}. Correct that line and import again.`,
      { cause: error },
    );
  } finally {
    stream.destroy();
  }
}

const reading = (delimiter: string): Options => ({
  bom: true,
  delimiter,
  max_record_size: maximumRecord,
  // rows are checked one by one, so that a bad one stops only itself
  relax_column_count: true,
  relax_quotes: true,
  skip_empty_lines: true,
});
