/** @file Rows of embeddings: a .npy file, or an array of a .npz (a zip of .npy files), read in place. */

import { stat } from 'node:fs/promises';
import { inflateBytes, openBytes, type ByteSource } from '../archive/byteSource.ts';
import { placeOf, readZip } from '../archive/zip.ts';
import { DistilleryError, messageOf } from '../errors.ts';
import { maximumNpyHead, npyArray, parseNpyHead, type NpyHeader } from '../store/npy.ts';

/** Where an array lies. */
export interface ArrayPlace {
  file: string;
  /** In its .npz, without .npy. */
  key?: string | undefined;
  offset: number;
  length: number;
  encoding: 'deflate' | null;
  /** Of the whole .npy, unpacked. */
  size: number;
}

export async function placeOfFile(file: string): Promise<ArrayPlace> {
  const { size } = await stat(file);
  return { file, offset: 0, length: size, encoding: null, size };
}

/** Arrays of a .npz by their keys. @throws {DistilleryError} for a damaged file. */
export async function placesOfNpz(file: string): Promise<Map<string, ArrayPlace>> {
  const bytes = await openBytes(file);
  try {
    const { entries, damage } = await readZip(bytes);
    const problem = damage ?? entries.find((entry) => entry.problem !== undefined)?.problem;
    if (problem !== undefined) throw new Error(problem);
    const places = new Map<string, ArrayPlace>();
    for (const entry of entries) {
      const key = entry.name.replace(/\.npy$/, '');
      const { encoding, size } = entry;
      places.set(key, { file, key, ...(await placeOf(bytes, entry)), encoding, size });
    }
    return places;
  } catch (error) {
    throw new DistilleryError(`${file} cannot be read as .npz: ${messageOf(error)}.`, { cause: error });
  } finally {
    await bytes.close();
  }
}

/** Floating-point rows of one width. */
export class Matrix {
  readonly name: string;
  readonly rows: number;
  readonly width: number;
  /** True for half precision. */
  readonly half: boolean;
  private readonly place: ArrayPlace;
  private readonly header: NpyHeader;
  private bytes: ByteSource | undefined;
  /** After the last row that was read: what is packed cannot go back. */
  private next = 0;

  /** @throws {DistilleryError} for another shape or type, Python objects, or a shape larger than the file. */
  static async open(place: ArrayPlace): Promise<Matrix> {
    const bytes = await openPlace(place);
    try {
      const head = await bytes.read(startOf(place), Math.min(place.size, maximumNpyHead));
      return new Matrix(place, parseNpyHead(head, nameOf(place), place.size));
    } finally {
      await bytes.close();
    }
  }

  private constructor(place: ArrayPlace, header: NpyHeader) {
    const { shape, dtype } = header;
    const [rows, width] = shape;
    this.name = nameOf(place);
    if (shape.length !== 2 || rows === undefined || width === undefined || width < 1) {
      throw new DistilleryError(
        `${this.name} has shape [${shape.join(', ')}]; rows of one embedding each are expected.`,
      );
    }
    if (!['<f2', '<f4', '<f8'].includes(dtype)) {
      throw new DistilleryError(`${this.name} holds ${dtype}; embeddings are float16, float32 or float64.`);
    }
    this.rows = rows;
    this.width = width;
    this.half = dtype === '<f2';
    this.place = place;
    this.header = header;
  }

  /** Rows `from` to `to`, `[to - from, width]`: float16 where `half` is asked for (and all is), else float32. */
  async read(from: number, to: number, half: boolean): Promise<Float16Array | Float32Array> {
    const { dtype, dataOffset } = this.header;
    const rowBytes = this.width * { '<f2': 2, '<f4': 4, '<f8': 8 }[dtype as '<f2'];
    if (from < this.next) await this.close();
    this.bytes ??= await openPlace(this.place);
    const start = startOf(this.place) + dataOffset + from * rowBytes;
    const bytes = await this.bytes.read(start, (to - from) * rowBytes);
    if (bytes.length < (to - from) * rowBytes) {
      const fault = this.bytes.fault === undefined ? '' : ` (${this.bytes.fault})`;
      throw new DistilleryError(`${this.name} ends in row ${from + Math.floor(bytes.length / rowBytes)}${fault}.`);
    }
    this.next = to;
    const rows = npyArray(dtype, bytes);
    return half ? (rows as Float16Array) : new Float32Array(rows as Float32Array);
  }

  async close(): Promise<void> {
    await this.bytes?.close();
    this.bytes = undefined;
    this.next = 0;
  }
}

const openPlace = async (place: ArrayPlace): Promise<ByteSource> =>
  place.encoding === 'deflate' ? inflateBytes(place.file, place) : openBytes(place.file);

/** Of its first byte in the source that {@link openPlace} gives. */
const startOf = ({ encoding, offset }: ArrayPlace): number => (encoding === null ? offset : 0);

const nameOf = ({ file, key }: ArrayPlace): string => (key === undefined ? file : `${file}[${key}]`);
