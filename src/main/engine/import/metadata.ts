/** @file Captions and paths of embeddings from Parquet, one row group in memory at a time. */

import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { asyncBufferFromFile, parquetMetadataAsync, parquetScan, parquetSchema } from 'hyparquet';
import { DistilleryError, messageOf } from '../errors.ts';
import { findColumns, type ColumnOptions, type Columns } from './columns.ts';

/** Beside Snappy, which comes with the reader. No page may grow beyond the size that its header gives. */
const compressors = {
  BROTLI: (input: Uint8Array, size: number) => brotliDecompressSync(input, { maxOutputLength: size }),
  GZIP: (input: Uint8Array, size: number) => gunzipSync(input, { maxOutputLength: size }),
  ZSTD: (input: Uint8Array, size: number) => zstdDecompressSync(input, { maxOutputLength: size }),
};

/** Values of one row, of whatever type the file has. */
export interface MetadataRow {
  image: unknown;
  caption: unknown;
  label: unknown;
}

/** Number of rows. @throws {DistilleryError} when the file is not Parquet. */
export async function parquetRows(file: string): Promise<number> {
  return reading(file, async () => Number((await parquetMetadataAsync(await asyncBufferFromFile(file))).num_rows));
}

/** Columns by their names. @throws {UsageError} when one that the user named is missing. */
export async function parquetColumns(file: string, options: ColumnOptions): Promise<Columns> {
  const names = await reading(file, async () => {
    const metadata = await parquetMetadataAsync(await asyncBufferFromFile(file));
    return parquetSchema(metadata).children.map((child) => child.element.name);
  });
  const columns = findColumns(names, options, file);
  // clip-retrieval keeps img2dataset's key when there is no path
  if (columns.image === undefined && names.includes('key')) columns.image = 'key';
  return columns;
}

/** Rows from `from` on. @throws {DistilleryError} naming the file when it is damaged. */
export async function* readMetadata(file: string, columns: Columns, from: number): AsyncGenerator<MetadataRow> {
  const scan = await reading(file, async () => parquetScan({ file: await asyncBufferFromFile(file), compressors }));
  for (const range of scan.ranges) {
    if (range.rowEnd <= from) continue;
    const read = async (column: string | undefined): Promise<ArrayLike<unknown>> =>
      column === undefined ? [] : reading(file, () => scan.readColumn({ column, ...range }));
    const images = await read(columns.image);
    const captions = await read(columns.caption);
    const labels = await read(columns.label);
    for (let i = Math.max(from - range.rowStart, 0); i < range.rowEnd - range.rowStart; i++) {
      yield { image: images[i], caption: captions[i], label: labels[i] };
    }
  }
}

async function reading<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new DistilleryError(`${file} cannot be read as Parquet: ${messageOf(error)}.`, { cause: error });
  }
}
