/**
 * @file Safetensors: an 8-byte little-endian header length, a JSON header `{name: {dtype, shape, data_offsets}}`, then raw numbers.
 * Nothing in it can run code; a header is still checked before any of it is believed.
 */

import { open, type FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import { DistilleryError, messageOf } from '../errors.ts';
import { isFloatType, toFloat32, type FloatType } from '../floats.ts';
import { replaceFile } from '../store/files.ts';

export interface StoredTensor {
  shape: number[];
  dtype: FloatType;
  data: Float32Array;
}

const bytesPerElement: Readonly<Record<string, number>> = {
  ...{ F64: 8, F32: 4, F16: 2, BF16: 2, F8_E4M3: 1, F8_E5M2: 1, C64: 8 },
  ...{ I64: 8, I32: 4, I16: 2, I8: 1, U64: 8, U32: 4, U16: 2, U8: 1, BOOL: 1 },
};
/** The reference implementation refuses larger headers too. */
const maxHeaderBytes = 100_000_000;

const size = z.int().nonnegative();
const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(size).max(16),
  data_offsets: z.tuple([size, size]),
});
type Entry = z.infer<typeof entrySchema> & { name: string };

interface Header {
  entries: Entry[];
  metadata: Record<string, string>;
  /** Where the numbers begin. */
  dataOffset: number;
}

/**
 * Reads every floating-point tensor as float32.
 * @throws {DistilleryError} when the file is not safetensors, is cut off, or its header claims more than it holds.
 */
export async function readSafetensors(
  file: string,
): Promise<{ tensors: Map<string, StoredTensor>; metadata: Record<string, string> }> {
  const handle = await open(file, 'r');
  try {
    const header = await readHeader(handle, file);
    const tensors = new Map<string, StoredTensor>();
    for (const { name, dtype, shape, data_offsets } of header.entries) {
      if (!isFloatType(dtype)) continue; // int64 position ids, masks
      const bytes = await readRange(handle, header.dataOffset + data_offsets[0], data_offsets[1] - data_offsets[0]);
      tensors.set(name, { shape, dtype, data: toFloat32(bytes, dtype) });
    }
    return { tensors, metadata: header.metadata };
  } finally {
    await handle.close();
  }
}

/** The floating-point tensors without their numbers. Throws as {@link readSafetensors} does. */
export async function readSafetensorsShapes(
  file: string,
): Promise<{ tensors: Map<string, { shape: number[] }>; metadata: Record<string, string> }> {
  const handle = await open(file, 'r');
  try {
    const { entries, metadata } = await readHeader(handle, file);
    const floats = entries.filter(({ dtype }) => isFloatType(dtype));
    return { tensors: new Map(floats.map(({ name, shape }) => [name, { shape }])), metadata };
  } finally {
    await handle.close();
  }
}

async function readHeader(handle: FileHandle, file: string): Promise<Header> {
  const { size: fileBytes } = await handle.stat();
  const start = fileBytes >= 8 ? new DataView(await readRange(handle, 0, 8)) : null;
  const length = start?.getBigUint64(0, true) ?? 0n;
  if (length < 2n || length > BigInt(Math.min(maxHeaderBytes, fileBytes - 8))) {
    throw new DistilleryError(
      `${file} is not a complete safetensors file: its header claims ${length} bytes, the file has ${fileBytes}.`,
    );
  }
  const dataOffset = 8 + Number(length);
  const text = Buffer.from(await readRange(handle, 8, Number(length))).toString('utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new DistilleryError(`${file}: its safetensors header is not JSON (${messageOf(error)}).`, { cause: error });
  }
  const parsed = z.record(z.string(), z.unknown()).safeParse(json);
  if (!parsed.success) throw new DistilleryError(`${file}: its safetensors header is not an object.`);
  const { __metadata__: metadata = {}, ...described } = parsed.data;
  const entries = Object.entries(described).map(([name, value]) => parseEntry(name, value, file));
  checkNames(text, entries, file);
  checkLayout(entries, fileBytes - dataOffset, file);
  const words = z.record(z.string(), z.string()).safeParse(metadata);
  return { entries, metadata: words.success ? words.data : {}, dataOffset };
}

function parseEntry(name: string, value: unknown, file: string): Entry {
  const parsed = entrySchema.safeParse(value);
  if (!parsed.success) throw new DistilleryError(`${file}: the entry of tensor ${name} in the header is not valid.`);
  const { dtype, shape, data_offsets } = parsed.data;
  const perElement = bytesPerElement[dtype];
  if (perElement === undefined) throw new DistilleryError(`${file}: tensor ${name} has the unknown type ${dtype}.`);
  const bytes = shape.reduce((product, n) => product * n, perElement);
  if (bytes !== data_offsets[1] - data_offsets[0]) {
    throw new DistilleryError(
      `${file}: tensor ${name} is ${dtype} [${shape.join(', ')}], ${bytes} bytes, but its offsets span ${data_offsets[1] - data_offsets[0]}.`,
    );
  }
  return { name, ...parsed.data };
}

/** JSON.parse keeps the last of two equal keys without a word; two tensors of one name are a broken or hostile file. */
function checkNames(text: string, entries: Entry[], file: string): void {
  const described = text.match(/"data_offsets"\s*:\s*\[/g)?.length ?? 0;
  if (described !== entries.length) {
    throw new DistilleryError(
      `${file}: the header describes ${described} tensors under ${entries.length} different names.`,
    );
  }
}

/** As the format demands: tensors follow each other without gaps or overlaps, and end where the file ends. */
function checkLayout(entries: Entry[], dataBytes: number, file: string): void {
  let end = 0;
  // an empty tensor comes before the one that begins where it does
  const inOrder = entries.toSorted(({ data_offsets: a }, { data_offsets: b }) => a[0] - b[0] || a[1] - b[1]);
  for (const { name, data_offsets } of inOrder) {
    if (data_offsets[0] !== end) {
      throw new DistilleryError(
        `${file}: tensor ${name} begins at byte ${data_offsets[0]} of the data, where ${end} is expected (overlap or gap).`,
      );
    }
    end = data_offsets[1];
  }
  if (end !== dataBytes) {
    throw new DistilleryError(`${file}: its header describes ${end} bytes of data, the file holds ${dataBytes}.`);
  }
}

async function readRange(handle: FileHandle, position: number, length: number): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    // one read call takes at most 2 GiB
    const { bytesRead } = await handle.read(bytes, done, Math.min(length - done, 1 << 30), position + done);
    if (bytesRead === 0) throw new DistilleryError(`The file ended at byte ${position + done} while it was read.`);
    done += bytesRead;
  }
  return bytes.buffer;
}

/** Rounded to the nearest, ties to even. */
function fromFloat32(data: Float32Array, dtype: 'F32' | 'F16' | 'BF16'): Uint8Array {
  switch (dtype) {
    case 'F32':
      return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    case 'F16':
      return new Uint8Array(Float16Array.from(data).buffer);
    case 'BF16': {
      const words = new Uint32Array(data.buffer, data.byteOffset, data.length);
      const bits = new Uint16Array(words.length);
      for (let i = 0; i < words.length; i++) {
        const word = words[i]!;
        // rounding must not carry a NaN over into infinity
        bits[i] = Number.isNaN(data[i]) ? 0x7fc0 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
      }
      return new Uint8Array(bits.buffer);
    }
  }
}

/** Writes a whole file or nothing. Tensors are converted one at a time, so memory holds one of them twice. */
export async function writeSafetensors(
  file: string,
  tensors: ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>,
  {
    dtype = 'F32',
    metadata = {},
  }: { dtype?: 'F32' | 'F16' | 'BF16'; metadata?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt', ...metadata } };
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    const bytes = data.length * bytesPerElement[dtype]!;
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes] };
    offset += bytes;
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' '); // data is aligned to 8 bytes
  padded.writeBigUInt64LE(BigInt(padded.length - 8));
  json.copy(padded, 8);
  await replaceFile(file, async (partial) => {
    const handle = await open(partial, 'w');
    try {
      await handle.writeFile(padded);
      for (const { data } of tensors.values()) await handle.writeFile(fromFloat32(data, dtype));
    } finally {
      await handle.close();
    }
  });
}
