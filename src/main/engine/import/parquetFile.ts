/** @file One Parquet file: its footer checked against the file, its columns read a piece of a row group at a time. */

import { open } from 'node:fs/promises';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import {
  parquetMetadataAsync,
  parquetScan,
  parquetSchema,
  type AsyncBuffer,
  type ColumnChunk,
  type FileMetaData,
  type SchemaTree,
} from 'hyparquet';
import { DistilleryError, messageOf } from '../errors.ts';
import { unpackHadoopLz4, unpackLz4 } from './lz4.ts';

/** A larger footer is not one of a table that anybody trains on; parsed, it takes ten times its size. */
const maximumFooter = 32 << 20;
/** Rows of one row group. */
const maximumRows = 1 << 24;
/** Bytes of a column in one row group: all of them are in memory at once, compressed and not. */
const maximumColumn = 1 << 30;
/** Where pages have an index, a column is read in pieces of about this many bytes. */
const pieceBytes = 64 << 20;

/** Beside Snappy, which comes with the reader. No page may grow beyond the size that its header gives. */
const compressors = {
  BROTLI: (input: Uint8Array, size: number) => brotliDecompressSync(input, { maxOutputLength: size }),
  GZIP: (input: Uint8Array, size: number) => gunzipSync(input, { maxOutputLength: size }),
  LZ4: unpackHadoopLz4,
  LZ4_RAW: unpackLz4,
  ZSTD: (input: Uint8Array, size: number) => zstdDecompressSync(input, { maxOutputLength: size }),
};
const codecs = new Set(['UNCOMPRESSED', 'SNAPPY', ...Object.keys(compressors)]);

export interface ParquetFile {
  file: string;
  rows: number;
  metadata: FileMetaData;
  /** Top-level columns. */
  columns: SchemaTree[];
}

/** Consecutive rows of one row group. */
export interface Piece {
  from: number;
  to: number;
  /** Values of a column, one a row. @throws {DistilleryError} when its pages are damaged. */
  read: (column: string) => Promise<ArrayLike<unknown>>;
}

/** Opens a file and checks its footer. @throws {DistilleryError} when it is damaged, cut or not Parquet. */
export async function openParquetFile(file: string): Promise<ParquetFile> {
  return reading(file, async () => {
    const buffer = await bufferOf(file);
    if (buffer.byteLength < 12) throw new Error(`it has ${buffer.byteLength} bytes`);
    const end = new DataView(await buffer.slice(buffer.byteLength - 8));
    if (end.getUint32(4, true) !== 0x31524150) throw new Error('it does not end as such a file does; it may be cut');
    const footer = end.getUint32(0, true);
    if (footer > buffer.byteLength - 12 || footer > maximumFooter) throw new Error(`its footer claims ${footer} bytes`);
    const metadata = await parquetMetadataAsync(buffer, { geoparquet: false });
    const groups = metadata.row_groups.map((group) => Number(group.num_rows));
    const rows = groups.reduce((sum, count) => sum + count, 0);
    if (groups.some((count) => count < 0) || rows !== Number(metadata.num_rows)) {
      throw new Error(`its footer claims ${metadata.num_rows} rows, its row groups ${rows}`);
    }
    if (Math.max(0, ...groups) > maximumRows) throw new Error(`it has a row group of ${Math.max(...groups)} rows`);
    for (const chunk of metadata.row_groups.flatMap((group) => group.columns)) checkRange(chunk, buffer.byteLength);
    return { file, rows, metadata, columns: parquetSchema(metadata).children };
  });
}

function checkRange({ meta_data: chunk, file_path: elsewhere }: ColumnChunk, size: number): void {
  if (elsewhere !== undefined) throw new Error('its columns lie in other files');
  if (chunk === undefined) throw new Error('its columns are encrypted');
  const start = Number(chunk.dictionary_page_offset ?? chunk.data_page_offset);
  const length = Number(chunk.total_compressed_size);
  if (!(start >= 0 && length >= 0 && start + length <= size && Number(chunk.data_page_offset) <= size)) {
    throw new Error(`its column ${chunk.path_in_schema.join('.')} ends after the file, at byte ${start + length}`);
  }
}

/**
 * Checks that `columns` can be read within memory.
 * @throws {DistilleryError} for a compression that is not read, and for row groups that are too large.
 */
export function checkColumns(parquet: ParquetFile, columns: readonly string[]): void {
  for (const { meta_data: chunk, offset_index_offset: index } of chunksOf(parquet, columns)) {
    const { codec, path_in_schema: path } = chunk!;
    const bytes = Math.max(Number(chunk!.total_uncompressed_size), Number(chunk!.total_compressed_size));
    if (!codecs.has(codec)) {
      throw new DistilleryError(
        `${parquet.file} is compressed with ${codec}, which is not read. Write it again with zstd or snappy, e.g. pyarrow.parquet.write_table(table, file, compression="zstd").`,
      );
    }
    if (bytes > maximumColumn && index === undefined) {
      throw new DistilleryError(
        `${parquet.file} has ${bytes} bytes of ${path.join('.')} in one row group; up to ${maximumColumn} are read at once. Write it again with smaller row groups, e.g. pyarrow.parquet.write_table(table, file, row_group_size=100).`,
      );
    }
  }
}

function chunksOf({ metadata }: ParquetFile, columns: readonly string[]): ColumnChunk[] {
  return metadata.row_groups.flatMap((group) =>
    group.columns.filter((chunk) => columns.includes(chunk.meta_data!.path_in_schema[0]!)),
  );
}

/**
 * The rows from `from` on: a row group a piece, or less where `large` is in many pages with an index.
 * A piece's columns are read when they are asked for.
 */
export async function* readPieces(parquet: ParquetFile, from = 0, large?: string): AsyncGenerator<Piece> {
  const { file, metadata } = parquet;
  const scan = await reading(file, async () =>
    parquetScan({ file: await bufferOf(file), metadata, compressors, utf8: false }),
  );
  for (const [group, { start, end }] of groupsOf(metadata).entries()) {
    const step = rowsOfPiece(metadata, group, large);
    for (let rowStart = Math.max(start, from); rowStart < end; rowStart += step) {
      const rowEnd = Math.min(rowStart + step, end);
      const read = (column: string): Promise<ArrayLike<unknown>> =>
        reading(file, async () => {
          const values = await scan.readColumn({ column, rowStart, rowEnd });
          if (values.length === rowEnd - rowStart) return values as ArrayLike<unknown>;
          throw new Error(`rows ${rowStart} to ${rowEnd} of ${column} have ${values.length} values`);
        });
      yield { from: rowStart, to: rowEnd, read };
    }
  }
}

function groupsOf(metadata: FileMetaData): { start: number; end: number }[] {
  let end = 0;
  return metadata.row_groups.map(({ num_rows: rows }) => ({ start: end, end: (end += Number(rows)) }));
}

function rowsOfPiece(metadata: FileMetaData, group: number, large: string | undefined): number {
  const { columns, num_rows: rows } = metadata.row_groups[group]!;
  const chunks = columns.filter(({ meta_data: chunk }) => chunk!.path_in_schema[0] === large);
  const bytes = chunks.reduce((sum, { meta_data: chunk }) => sum + Number(chunk!.total_uncompressed_size), 0);
  const indexed = chunks.every((chunk) => chunk.offset_index_offset !== undefined);
  return indexed && bytes > pieceBytes ? Math.max(1, Math.floor((Number(rows) * pieceBytes) / bytes)) : Number(rows);
}

/** Ranges of a file, each read by itself: no handle stays open between them. */
async function bufferOf(file: string): Promise<AsyncBuffer> {
  const handle = await open(file, 'r');
  const { size } = await handle.stat().finally(() => handle.close());
  return {
    byteLength: size,
    slice(start, end = size) {
      const bytes = readRange(file, start, end, size);
      // the reader fetches ahead: what fails before it is asked for must not count as unhandled
      bytes.catch(() => undefined);
      return bytes;
    },
  };
}

async function readRange(file: string, start: number, end: number, size: number): Promise<ArrayBuffer> {
  if (!(start >= 0 && start <= end && end <= size)) throw new Error(`bytes ${start} to ${end} are not in the file`);
  const handle = await open(file, 'r');
  try {
    const bytes = Buffer.from(new ArrayBuffer(end - start));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
    if (bytesRead < bytes.length) throw new Error(`the file ends at byte ${start + bytesRead}`);
    return bytes.buffer;
  } finally {
    await handle.close();
  }
}

async function reading<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new DistilleryError(`${file} cannot be read as Parquet: ${messageOf(error)}.`, { cause: error });
  }
}
