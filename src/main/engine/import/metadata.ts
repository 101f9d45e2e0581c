/** @file Captions, paths and uids of embeddings from Parquet. */

import { findColumns, type ColumnOptions, type Columns } from '../tables/columns.ts';
import { checkColumns, openParquetFile, readPieces } from './parquetFile.ts';

/** Values of one row, of whatever type the file has. */
export interface MetadataRow {
  image: unknown;
  caption: unknown;
  label: unknown;
  uid: unknown;
}

/** Number of rows. @throws {DistilleryError} when the file is not Parquet. */
export const parquetRows = async (file: string): Promise<number> => (await openParquetFile(file)).rows;

/** Columns by their names. @throws {UsageError} when one that the user named is missing. */
export async function parquetColumns(file: string, options: ColumnOptions): Promise<Columns> {
  const { columns } = await openParquetFile(file);
  const names = columns.map(({ element }) => element.name);
  const found = findColumns(names, options, file);
  // clip-retrieval keeps img2dataset's key when there is no path
  if (found.image === undefined && names.includes('key')) found.image = 'key';
  return found;
}

/** Rows from `from` on, a row group in memory at a time. @throws {DistilleryError} naming the file when it is damaged. */
export async function* readMetadata(file: string, columns: Columns, from: number): AsyncGenerator<MetadataRow> {
  const parquet = await openParquetFile(file);
  const names = parquet.columns.map(({ element }) => element.name);
  const roles = { ...columns, uid: 'uid' };
  const wanted = Object.values(roles).filter((name) => names.includes(name));
  checkColumns(parquet, wanted);
  for await (const piece of readPieces(parquet, from)) {
    const read = async (name: string | undefined): Promise<ArrayLike<unknown>> =>
      name !== undefined && wanted.includes(name) ? piece.read(name) : [];
    const images = await read(roles.image);
    const captions = await read(roles.caption);
    const labels = await read(roles.label);
    const uids = await read(roles.uid);
    for (let i = 0; i < piece.to - piece.from; i++) {
      yield { image: images[i], caption: captions[i], label: labels[i], uid: uids[i] };
    }
  }
}
