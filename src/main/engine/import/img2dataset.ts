/** @file Captions that img2dataset keeps beside a shard: 00000.parquet with a row for each key. */

import { access } from 'node:fs/promises';
import { messageOf } from '../errors.ts';
import { cleanCaption, textOf } from './item.ts';
import { openParquetFile, readPieces, checkColumns } from './parquetFile.ts';

export interface ShardCaptions {
  /** Empty where there is none. @throws {Error} with a reason when the table is damaged. */
  find(key: string): Promise<string>;
}

/** More than any shard holds. */
const maximumRows = 2_000_000;
const captionColumns = ['caption', 'text', 'title', 'TEXT'];

/** Read once, when the first sample without a caption asks. */
export function captionsOfShard(file: string): ShardCaptions {
  const table = file.replace(/\.(tar|tar\.gz|tgz)$/i, '') + '.parquet';
  let captions: Promise<ReadonlyMap<string, string>> | undefined;
  return {
    async find(key) {
      captions ??= readCaptions(table);
      return (await captions).get(key) ?? '';
    },
  };
}

async function readCaptions(table: string): Promise<ReadonlyMap<string, string>> {
  const captions = new Map<string, string>();
  const exists = await access(table).then(
    () => true,
    () => false,
  );
  if (!exists) return captions;
  try {
    const parquet = await openParquetFile(table);
    const names = parquet.columns.map(({ element }) => element.name);
    const column = captionColumns.find((name) => names.includes(name));
    if (!names.includes('key') || column === undefined || parquet.rows > maximumRows) return captions;
    checkColumns(parquet, ['key', column]);
    for await (const piece of readPieces(parquet)) {
      const [keys, texts] = [await piece.read('key'), await piece.read(column)];
      for (let row = 0; row < keys.length; row++) {
        captions.set(textOf(keys[row]), cleanCaption(texts[row]));
      }
    }
    return captions;
  } catch (error) {
    throw new Error(`captions cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
