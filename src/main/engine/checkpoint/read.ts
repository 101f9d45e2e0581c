/**
 * @file The weights in a checkpoint of PyTorch (.pt, .pth, .bin, .ckpt), without running any of it. `torch.save` writes a zip with the
 * objects in `data.pkl` and each storage of numbers as an entry `data/KEY`; before version 1.6 it wrote five pickles and the storages
 * behind each other. Format: torch/serialization.py, `_save` and `_legacy_save`.
 */

import { crc32 } from 'node:zlib';
import { openBytes, type ByteSource } from '../archive/byteSource.ts';
import { placeOf, readZip, type ZipEntry } from '../archive/zip.ts';
import { DistilleryError, messageOf } from '../errors.ts';
import { isFloatType, toFloat32 } from '../floats.ts';
import type { PickleValue } from './machine.ts';
import { unpickle } from './pickle.ts';
import { findStateDict } from './stateDict.ts';
import { elementsOf, type CheckpointTensor } from './elements.ts';
import { elementBytes, torchHost, type Storage, type Tensor } from './torchObjects.ts';

/** The objects of a checkpoint of thousands of tensors take a few MB. */
const maximumPickle = 32 << 20;
/** Tensors may share their storage (tied weights), but not so that a small file fills the memory. */
const maximumSharing = 4;

interface Checkpoint {
  root: PickleValue;
  /** The bytes of a storage, with a buffer of their own. */
  bytesOf: (storage: Storage) => Promise<ArrayBuffer>;
}

/**
 * The floating-point tensors of the state dict as float32, by name; others (int64 counters, masks) are left out, as of safetensors.
 * @throws {DistilleryError} for damaged files, and for all that holds more than tensors, numbers, texts and their collections.
 */
export const readCheckpoint = (file: string): Promise<Map<string, CheckpointTensor>> => withTensors(file, readTensors);

/** The floating-point tensors without their numbers, which are not read. Throws as {@link readCheckpoint} does. */
export const readCheckpointShapes = (file: string): Promise<Map<string, { shape: number[] }>> =>
  withTensors(file, (tensors) => {
    const floats = [...tensors].filter(([, { storage }]) => isFloatType(storage.dtype));
    return Promise.resolve(new Map(floats.map(([name, { shape }]) => [name, { shape }])));
  });

async function withTensors<T>(
  file: string,
  use: (tensors: ReadonlyMap<string, Tensor>, checkpoint: Checkpoint) => Promise<T>,
): Promise<T> {
  const bytes = await openBytes(file);
  try {
    const checkpoint = await openCheckpoint(bytes);
    return await use(findStateDict(checkpoint.root), checkpoint);
  } catch (error) {
    throw new DistilleryError(`${file} cannot be read as a checkpoint of PyTorch: ${messageOf(error)}.`, {
      cause: error,
    });
  } finally {
    await bytes.close();
  }
}

async function openCheckpoint(bytes: ByteSource): Promise<Checkpoint> {
  if (bytes.fault !== undefined) throw new Error(bytes.fault);
  if (bytes.compressed) throw new Error('it is packed with gzip; unpack it first');
  const start = await bytes.read(0, 4);
  if (start.length === 4 && start.readUInt32LE() === 0x04034b50) return openZip(bytes);
  if (start[0] === 0x80) return openLegacy(bytes);
  throw new Error('it begins neither as a zip nor as a pickle');
}

async function openZip(bytes: ByteSource): Promise<Checkpoint> {
  const { entries, damage } = await readZip(bytes);
  if (damage !== undefined) throw new Error(damage);
  const main = entries.filter(({ name }) => /^([^/]*\/)?data\.pkl$/.test(name));
  if (main.length !== 1) throw new Error(`the zip holds ${main.length} files data.pkl, one is expected`);
  const folder = main[0]!.name.slice(0, -'data.pkl'.length);
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  if (byName.size < entries.length) throw new Error('the zip holds two entries of one name');
  if (byName.has(`${folder}constants.pkl`)) {
    throw new Error(
      'it is a TorchScript program; save its state_dict() alone, as torch.save(torch.jit.load(FILE).state_dict(), NEW)',
    );
  }
  const order = byName.get(`${folder}byteorder`);
  if (order && (await readEntry(bytes, order, 10)).toString() !== 'little') throw new Error('its bytes are big-endian');
  const storages = new Map<string, Storage>();
  const { value } = unpickle(await readEntry(bytes, main[0]!, maximumPickle), 0, torchHost(storages));
  return {
    root: value,
    bytesOf: async (storage) => {
      const entry = byName.get(`${folder}data/${storage.key}`);
      const size = storage.length * elementBytes[storage.dtype];
      if (entry?.size !== size) {
        throw new Error(
          `storage ${JSON.stringify(storage.key.slice(0, 100))} should have ${size} bytes, has ${entry?.size ?? 'none'}`,
        );
      }
      return ownBuffer(await readEntry(bytes, entry, size));
    },
  };
}

/** @param limit bytes that the entry may have at most */
async function readEntry(bytes: ByteSource, entry: ZipEntry, limit: number): Promise<Buffer> {
  if (entry.problem !== undefined) throw new Error(`${entry.name}: ${entry.problem}`);
  if (entry.encoding !== null) throw new Error(`${entry.name} is compressed, which torch.save never does`);
  if (entry.size > limit) throw new Error(`${entry.name} has ${entry.size} bytes, ${limit} are the limit`);
  const { offset, length } = await placeOf(bytes, entry);
  const content = await bytes.read(offset, length);
  if (checksum(content) !== entry.checksum) throw new Error(`${entry.name} is damaged: its checksum is another`);
  return content;
}

function checksum(content: Buffer): number {
  let sum = 0;
  for (let at = 0; at < content.length; at += 1 << 30) sum = crc32(content.subarray(at, at + (1 << 30)), sum);
  return sum;
}

const magicNumber = 0x1950a86a20f9469cfc6cn;
const legacyProtocol = 1001;

/** Pickles: magic number, version, facts about the machine, the objects, the keys of the storages; then each storage with its length. */
async function openLegacy(bytes: ByteSource): Promise<Checkpoint> {
  const head = await bytes.read(0, Math.min(bytes.size!, maximumPickle));
  const storages = new Map<string, Storage>();
  const host = torchHost(storages);
  let end = 0;
  const next = (): PickleValue => {
    const read = unpickle(head, end, host);
    end = read.end;
    return read.value;
  };
  if (next() !== magicNumber || next() !== legacyProtocol) throw new Error('it is a pickle, but not one of torch.save');
  const machine = next();
  if (!(machine instanceof Map) || machine.get('little_endian') !== true) throw new Error('its bytes are big-endian');
  const root = next();
  const keys = next();
  const places = await placesOf(bytes, end, Array.isArray(keys) ? keys : [], storages);
  return {
    root,
    bytesOf: async ({ key, dtype, length }) =>
      ownBuffer(await bytes.read(places.get(key)!, length * elementBytes[dtype])),
  };
}

async function placesOf(
  bytes: ByteSource,
  start: number,
  keys: readonly PickleValue[],
  storages: ReadonlyMap<string, Storage>,
): Promise<Map<string, number>> {
  const places = new Map<string, number>();
  let at = start;
  for (const key of keys) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (!storage || places.has(storage.key)) throw new Error('it lists a storage that no tensor has, or one twice');
    const head = await bytes.read(at, 8);
    if (head.length < 8 || head.readBigUInt64LE() !== BigInt(storage.length)) {
      throw new Error(
        `it is damaged or cut: storage ${JSON.stringify(storage.key.slice(0, 100))} is not at byte ${at}`,
      );
    }
    places.set(storage.key, at + 8);
    at += 8 + storage.length * elementBytes[storage.dtype];
  }
  if (places.size < storages.size) throw new Error('it holds tensors without their numbers');
  if (at !== bytes.size) throw new Error(`it is damaged or cut: it has ${bytes.size} bytes, ${at} are described`);
  return places;
}

/** In memory of its own, aligned for every element type. */
const ownBuffer = (content: Buffer): ArrayBuffer => new Uint8Array(content).buffer;

/** Storage by storage, so that memory holds one of them beside the result. */
async function readTensors(
  tensors: ReadonlyMap<string, Tensor>,
  checkpoint: Checkpoint,
): Promise<Map<string, CheckpointTensor>> {
  const byStorage = Map.groupBy(tensors, ([, { storage }]) => storage);
  const read = new Map<string, CheckpointTensor>();
  for (const [storage, sharing] of byStorage) {
    const { dtype } = storage;
    if (!isFloatType(dtype)) continue;
    const numbers = sharing.reduce((sum, [, { shape }]) => sum + shape.reduce((product, n) => product * n, 1), 0);
    if (numbers > maximumSharing * storage.length) {
      throw new Error(`${sharing.length} tensors share one storage of ${storage.length} numbers; save clones of them`);
    }
    const values = toFloat32(await checkpoint.bytesOf(storage), dtype);
    for (const [name, tensor] of sharing) {
      read.set(name, { shape: tensor.shape, dtype, data: elementsOf(tensor, values) });
    }
  }
  return read;
}
