/** @file Tables as text (csv, tsv): the delimiter is found, open_clip's filepath, title among them. */

import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { parse, type Options } from 'csv-parse';
import { parse as parseAtOnce } from 'csv-parse/sync';
import { DistilleryError, UsageError, messageOf } from '../errors.ts';
import { findColumns } from './columns.ts';
import type { Table, TableRow } from './table.ts';

const delimiters = [',', '\t', ';', '|'];
const maximumRecord = 32 << 20;

/** A row with more cells than names has a problem; `expected` names tell the delimiter as usual names do. */
export async function openDelimited(file: string, expected: readonly string[] = []): Promise<Table> {
  const { delimiter, names } = await readHeader(file, expected);
  // of columns with the same name the first has it
  const unique = names.map((name, i) => (names.indexOf(name) === i ? name : `${name} (${i + 1})`));
  return { names: unique, rows: () => readRows(file, delimiter, unique) };
}

async function* readRows(file: string, delimiter: string, names: readonly string[]): AsyncGenerator<TableRow> {
  let header = true;
  for await (const { record, info } of readRecords(file, delimiter)) {
    if (header) {
      header = false;
      continue;
    }
    const row = { line: info.lines, cells: Object.fromEntries(names.map((name, i) => [name, record[i]])) };
    // a caption with a bare delimiter shifts its row: nothing in it can be trusted
    const odd = record.slice(names.length).some((cell) => cell !== '');
    yield odd ? { ...row, problem: `wrong number of columns: ${record.length}, not ${names.length}` } : row;
  }
}

/** The header under the delimiter that gives a known picture column, else the most columns. */
async function readHeader(file: string, expected: readonly string[]): Promise<{ delimiter: string; names: string[] }> {
  const head = await readHead(file);
  let best = { delimiter: ',', names: [] as string[], score: 0 };
  for (const delimiter of delimiters) {
    const names = headerOf(head, delimiter);
    const usable = findColumns(names, {}, file).image !== undefined || expected.some((name) => names.includes(name));
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
async function* readRecords(
  file: string,
  delimiter: string,
): AsyncGenerator<{ record: string[]; info: { lines: number } }> {
  const stream = createReadStream(file);
  const parser = parse({ ...reading(delimiter), info: true });
  stream.on('error', (error) => parser.destroy(error));
  stream.pipe(parser);
  try {
    for await (const record of parser) yield record as { record: string[]; info: { lines: number } };
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
