/** @file Data files that are read whole, gzip or not. */

import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { DistilleryError, messageOf } from '../errors.ts';

const unpack = promisify(gunzip);
/** More than any set of small pictures takes; keeps a hostile file from filling the memory. */
const maximumBytes = 1 << 30;

/** @throws {DistilleryError} when it cannot be read, or is or unpacks to more than 1 GiB */
export async function readRaw(file: string): Promise<Buffer> {
  try {
    const { size } = await stat(file);
    if (size > maximumBytes) throw new DistilleryError(`it has ${size} bytes, more than ${maximumBytes}`);
    const bytes = await readFile(file);
    const packed = bytes.length > 2 && bytes.readUInt16BE() === 0x1f8b;
    return packed ? await unpack(bytes, { maxOutputLength: maximumBytes }) : bytes;
  } catch (error) {
    throw new DistilleryError(`${file} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
}
