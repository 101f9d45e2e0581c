/** @file Where a picture's bytes lie: a file of its own, or a part of an archive that is read in place. */

import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { DistilleryError, messageOf } from './errors.ts';

/** A part of a file. */
export interface FilePart {
  file: string;
  /** In bytes. */
  offset: number;
  length: number;
  /** How a zip stores it; null as it is. */
  encoding: 'deflate' | null;
}

/** An absolute path, or a part of the file there. */
export type PictureSource = string | FilePart;

/** Columns of a sample; a file that is not absolute lies in the workspace. */
export interface PictureColumns {
  file: string | null;
  offset: number | null;
  length: number | null;
  encoding: 'deflate' | null;
}

const inflate = promisify(inflateRaw);

/** Small enough to be unpacked whatever the ratio. */
const harmlessBytes = 16 << 20;
/** Deflate gives 1,032 bytes for each at most; pictures about one, drawings in plain TIFF up to some hundred. */
const maximumRatio = 200;

/** Bytes that `length` packed ones may unpack to; more is a bomb. */
export const maximumUnpacked = (length: number): number =>
  Math.min(1 << 30, Math.max(harmlessBytes, length * maximumRatio));

/** The picture of a sample, null where only its embedding exists. */
export function pictureOf(workspaceDir: string, { file, offset, length, encoding }: PictureColumns) {
  if (file === null) return null;
  const absolute = path.resolve(workspaceDir, file);
  return offset === null || length === null ? absolute : { file: absolute, offset, length, encoding };
}

/** A name for messages, different for different pictures. */
export const nameOfPicture = (source: PictureSource): string =>
  typeof source === 'string' ? source : `${source.file} (at byte ${source.offset})`;

/** The bytes of a picture file. @throws {DistilleryError} when an archive is shorter than it was; else as the system does. */
export async function readPicture(source: PictureSource): Promise<Buffer> {
  if (typeof source === 'string') return readFile(source);
  const { file, offset, length, encoding } = source;
  const handle = await open(file, 'r');
  try {
    const bytes = Buffer.allocUnsafe(length);
    const { bytesRead } = await handle.read(bytes, 0, length, offset);
    if (bytesRead < length) {
      throw new DistilleryError(
        `${file} ends before byte ${offset + length}: it was cut or replaced since the import.`,
      );
    }
    return encoding === null ? bytes : await unpack(bytes, source);
  } finally {
    await handle.close();
  }
}

async function unpack(bytes: Buffer, source: FilePart): Promise<Buffer> {
  const maxOutputLength = maximumUnpacked(bytes.length);
  try {
    return await inflate(bytes, { maxOutputLength });
  } catch (error) {
    const bomb = error instanceof RangeError;
    const problem = bomb ? `it unpacks to more than ${maxOutputLength} bytes` : `it is damaged, ${messageOf(error)}`;
    throw new DistilleryError(`${nameOfPicture(source)} cannot be unpacked: ${problem}.`, { cause: error });
  }
}
