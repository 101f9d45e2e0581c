/** @file NumPy .npy arrays, version 1 to 3 (numpy.lib.format): little-endian, C order, numbers only. */

import { open } from 'node:fs/promises';
import { DistilleryError } from '../errors.ts';
import { writeWhole } from './files.ts';

const arrays = {
  '<f2': Float16Array,
  '<f4': Float32Array,
  '<f8': Float64Array,
  '<i4': Int32Array,
  '<u4': Uint32Array,
  '|u1': Uint8Array,
  '<i8': BigInt64Array,
  '<u8': BigUint64Array,
} as const;

/** Little-endian bytes as numbers; a copy. */
export const npyArray = (dtype: NpyType, bytes: Uint8Array): NpyArray =>
  new arrays[dtype](new Uint8Array(bytes).buffer);

export type NpyType = keyof typeof arrays;
export type NpyArray =
  Float16Array | Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array | BigInt64Array | BigUint64Array;

export interface NpyHeader {
  dtype: NpyType;
  shape: number[];
  /** Bytes before the first element. */
  dataOffset: number;
}

/** The longest head that {@link parseNpyHead} takes: magic, version, length and header. */
export const maximumNpyHead = 12 + 65_536;

/**
 * Reads and checks a header against the file's length.
 * @throws {DistilleryError} for object arrays (pickles), big-endian or Fortran order, and shapes larger than the file.
 */
export async function readNpyHeader(file: string): Promise<NpyHeader> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.min(size, maximumNpyHead)), { position: 0 });
    return parseNpyHead(buffer.subarray(0, bytesRead), file, size);
  } finally {
    await handle.close();
  }
}

/** The header of an array of `size` bytes, called `name`, that begins with `head`. @throws as {@link readNpyHeader}. */
export function parseNpyHead(head: Buffer, name: string, size: number): NpyHeader {
  if (head.length < 12 || head.toString('latin1', 0, 6) !== '\x93NUMPY') {
    throw new DistilleryError(`${name} is not a NumPy .npy file.`);
  }
  const wide = head[6]! >= 2;
  const length = wide ? head.readUInt32LE(8) : head.readUInt16LE(8);
  const dataOffset = (wide ? 12 : 10) + length;
  if (dataOffset > head.length) throw new DistilleryError(`${name}: its header of ${length} bytes is not valid.`);
  const text = head.toString('latin1', dataOffset - length, dataOffset);
  return { ...parseHeader(text, name, size - dataOffset), dataOffset };
}

function parseHeader(text: string, file: string, bytes: number): { dtype: NpyType; shape: number[] } {
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1] ?? ''; // none: a structured array
  if (/O/.test(descr)) {
    throw new DistilleryError(
      `${file} holds Python objects (pickle), which could run code. Save it as a plain float array.`,
    );
  }
  if (!(descr in arrays)) {
    throw new DistilleryError(
      `${file} has ${descr ? `dtype ${descr}` : 'no plain dtype'}; known are ${Object.keys(arrays).join(', ')}.`,
    );
  }
  if (/'fortran_order'\s*:\s*True/.test(text)) {
    throw new DistilleryError(`${file} is in Fortran order; save it with numpy.ascontiguousarray.`);
  }
  const dtype = descr as NpyType;
  const shape = (/'shape'\s*:\s*\(([^)]*)\)/.exec(text)?.[1] ?? 'x')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(Number);
  const elements = shape.reduce((product, size) => product * size, 1);
  const known = shape.every((size) => Number.isSafeInteger(size) && size >= 0) && Number.isSafeInteger(elements);
  if (!known || elements * arrays[dtype].BYTES_PER_ELEMENT > bytes) {
    throw new DistilleryError(
      `${file} claims shape [${shape.join(', ')}] of ${descr}, but holds ${bytes} bytes of data.`,
    );
  }
  return { dtype, shape };
}

/** Reads rows `from` to `to` (all by default) of an array whose first axis is rows. */
export async function readNpy(file: string, from = 0, to?: number): Promise<{ shape: number[]; data: NpyArray }> {
  const header = await readNpyHeader(file);
  const rows = header.shape[0] ?? 1;
  const end = Math.min(to ?? rows, rows);
  const perRow = header.shape.slice(1).reduce((product, size) => product * size, 1);
  const type = arrays[header.dtype];
  const bytes = Buffer.from(new ArrayBuffer((end - from) * perRow * type.BYTES_PER_ELEMENT));
  const handle = await open(file, 'r');
  try {
    let done = 0;
    while (done < bytes.length) {
      // one read call takes at most 2 GiB
      const length = Math.min(bytes.length - done, 1 << 30);
      const offset = header.dataOffset + from * perRow * type.BYTES_PER_ELEMENT + done;
      const { bytesRead } = await handle.read(bytes, done, length, offset);
      if (bytesRead === 0) throw new DistilleryError(`${file} ended early, at byte ${offset}.`);
      done += bytesRead;
    }
  } finally {
    await handle.close();
  }
  const data = new type(bytes.buffer);
  return { shape: header.shape.length === 0 ? [] : [end - from, ...header.shape.slice(1)], data };
}

/** Bytes of a version 1 header, padded so that data starts at a multiple of 64. */
export const npyHeader = (dtype: NpyType, shape: readonly number[]): Uint8Array =>
  structuredNpyHeader(`'${dtype}'`, shape);

/** The same for a structured array: `descr` is Python's literal of the dtype. */
export function structuredNpyHeader(descr: string, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `${shape[0]!},` : shape.join(', ');
  const text = `{'descr': ${descr}, 'fortran_order': False, 'shape': (${tuple}), }`;
  const padded = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11) + '\n';
  const head = Buffer.alloc(10 + padded.length);
  head.write('\x93NUMPY\x01\x00', 'latin1');
  head.writeUInt16LE(padded.length, 8);
  head.write(padded, 10, 'latin1');
  return head;
}

/** Writes an array; the dtype follows from the typed array. */
export async function writeNpy(file: string, data: NpyArray, shape: readonly number[]): Promise<void> {
  const dtype = (Object.keys(arrays) as NpyType[]).find((name) => data instanceof arrays[name])!;
  await writeWhole(file, npyHeader(dtype, shape), new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}
