/**
 * @file What img2dataset keeps beside a shard: 00000.parquet with a row for each key, also of those that it could not fetch. Its
 * width, height and sha256 are not taken: they are of the picture before img2dataset resized it.
 */

import { access } from 'node:fs/promises';
import { messageOf } from '../errors.ts';
import { cleanCaption, textOf, uidOf } from './item.ts';
import { openParquetFile, readPieces, checkColumns } from './parquetFile.ts';

export interface ShardRow {
  /** Empty where there is none. */
  caption: string;
  uid: string | undefined;
}

export interface ShardTable {
  /** @throws {Error} with a reason when the table is damaged. */
  find(key: string): Promise<ShardRow | undefined>;
}

/** More than any shard holds. */
const maximumRows = 2_000_000;
const captionColumns = ['caption', 'text', 'title', 'TEXT'];

/** Read once, when the first sample without a caption asks. */
export function tableOfShard(file: string): ShardTable {
  const table = file.replace(/\.(tar|tar\.gz|tgz)$/i, '') + '.parquet';
  let rows: Promise<ReadonlyMap<string, ShardRow>> | undefined;
  return { find: async (key) => (await (rows ??= readRows(table))).get(key) };
}

async function readRows(table: string): Promise<ReadonlyMap<string, ShardRow>> {
  const rows = new Map<string, ShardRow>();
  const exists = await access(table).then(
    () => true,
    () => false,
  );
  if (!exists) return rows;
  try {
    const parquet = await openParquetFile(table);
    const names = parquet.columns.map(({ element }) => element.name);
    const caption = captionColumns.find((name) => names.includes(name));
    if (!names.includes('key') || caption === undefined || parquet.rows > maximumRows) return rows;
    const wanted = ['key', caption, ...(names.includes('uid') ? ['uid'] : [])];
    checkColumns(parquet, wanted);
    for await (const piece of readPieces(parquet)) {
      const [keys, captions, uids] = await Promise.all(wanted.map((name) => piece.read(name)));
      for (let row = 0; row < keys!.length; row++) {
        const found = { caption: cleanCaption(textIn(captions![row])), uid: uidOf(textIn(uids?.[row])) };
        rows.set(textIn(keys![row]), found);
      }
    }
    return rows;
  } catch (error) {
    throw new Error(`captions cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

const textIn = (value: unknown): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : textOf(value);
