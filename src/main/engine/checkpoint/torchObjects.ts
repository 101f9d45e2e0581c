/** @file What the pickles of PyTorch name: storages, views of them as tensors, and a few plain things. Nothing else is made. */

import { Callable, PickleObject, Tuple, type PickleHost, type PickleValue } from './machine.ts';

/** Element types by the class of their storage. */
const storageTypes = {
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  DoubleStorage: 'F64',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
} as const;
export type ElementType = (typeof storageTypes)[keyof typeof storageTypes];

export const elementBytes: Readonly<Record<ElementType, number>> = {
  ...{ F32: 4, F16: 2, BF16: 2, F64: 8, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1 },
};

class StorageType extends PickleObject {
  readonly dtype: ElementType;
  constructor(dtype: ElementType) {
    super();
    this.dtype = dtype;
  }
}

/** Numbers that lie outside the pickle, one after another. */
export class Storage extends PickleObject {
  readonly key: string;
  readonly dtype: ElementType;
  /** Numbers, not bytes. */
  readonly length: number;
  constructor(key: string, dtype: ElementType, length: number) {
    super();
    this.key = key;
    this.dtype = dtype;
    this.length = length;
  }
}

/** Element `i, j, ...` of a tensor is number `offset + i strides[0] + j strides[1] + ...` of its storage. */
export class Tensor extends PickleObject {
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: number[];
  readonly strides: number[];
  constructor(storage: Storage, offset: number, shape: number[], strides: number[]) {
    super();
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

/** A name without a meaning here: an element type, a layout. */
class Word extends PickleObject {
  readonly name: string;
  constructor(name: string) {
    super();
    this.name = name;
  }
}

const maximumDimensions = 16;

const functions: Readonly<Record<string, (args: readonly PickleValue[]) => PickleValue>> = {
  'torch._utils._rebuild_tensor': rebuildTensor,
  'torch._utils._rebuild_tensor_v2': rebuildTensor,
  'torch._utils._rebuild_parameter': ([data = null]) => data,
  'torch.Size': ([sizes = new Tuple([])]) => sizes,
  'torch.device': ([name = '']) => name,
  'collections.OrderedDict': ([pairs]) => dictOf(pairs),
  '__builtin__.set': ([items]) => setOf(items),
  'builtins.set': ([items]) => setOf(items),
  '__builtin__.frozenset': ([items]) => setOf(items),
  'builtins.frozenset': ([items]) => setOf(items),
  '_codecs.encode': encode,
};
const words = /^torch\.(float32|float64|float16|bfloat16|int64|int32|int16|int8|uint8|bool|strided|contiguous_format)$/;

/** Finds the objects of PyTorch; each storage is told to `met`, so that one storage is one object. */
export function torchHost(met: Map<string, Storage>): PickleHost {
  return { find, persistent: (id) => storageOf(id, met) };
}

function find(module: string, name: string): PickleValue {
  const whole = `${module}.${name}`;
  if (Object.hasOwn(functions, whole)) return new Callable(functions[whole]!);
  if (module === 'torch' && Object.hasOwn(storageTypes, name)) {
    return new StorageType(storageTypes[name as keyof typeof storageTypes]);
  }
  if (words.test(whole)) return new Word(whole);
  throw new Error(
    `the pickle asks for ${JSON.stringify(whole.slice(0, 200))}, which is no tensor, number or text; it is not made, as it could run code`,
  );
}

/** `('storage', type, key, device, length)`, and in old files the view of another storage, which is none in all that we know. */
function storageOf(id: PickleValue, met: Map<string, Storage>): Storage {
  const [kind, type, key, , length, view = null] = id instanceof Tuple ? id.items : [];
  if (kind !== 'storage' || !(type instanceof StorageType) || typeof key !== 'string' || view !== null) {
    throw new Error('the pickle refers to something outside that is no storage of numbers');
  }
  const storage = new Storage(key, type.dtype, count(length, 'length of a storage'));
  const known = met.get(key);
  if (known && (known.dtype !== storage.dtype || known.length !== storage.length)) {
    throw new Error(`the pickle describes storage ${JSON.stringify(key.slice(0, 100))} in two ways`);
  }
  met.set(key, known ?? storage);
  return known ?? storage;
}

/** (storage, offset, shape, strides, ...) with the offset and strides in elements. */
function rebuildTensor(args: readonly PickleValue[]): Tensor {
  const [storage, offset, shape, strides] = args;
  if (!(storage instanceof Storage)) throw new Error('the pickle makes a tensor of what is no storage');
  const tensor = new Tensor(storage, count(offset, 'offset of a tensor'), counts(shape), counts(strides));
  if (tensor.shape.length !== tensor.strides.length || tensor.shape.length > maximumDimensions) {
    throw new Error(`the pickle makes a tensor with ${tensor.shape.length} sizes and ${tensor.strides.length} strides`);
  }
  const elements = tensor.shape.reduce((product, size) => product * size, 1);
  const last = tensor.shape.reduce((sum, size, i) => sum + (size - 1) * tensor.strides[i]!, tensor.offset);
  // repeated elements (stride 0) would let a small file fill the memory
  if (elements > storage.length || (elements > 0 && last >= storage.length)) {
    throw new Error(
      `the pickle makes a tensor of [${tensor.shape.join(', ')}] from a storage of ${storage.length} numbers`,
    );
  }
  return tensor;
}

function count(value: PickleValue | undefined, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`the pickle is damaged: the ${what} is no whole number`);
}

function counts(value: PickleValue | undefined): number[] {
  if (!(value instanceof Tuple)) throw new Error('the pickle is damaged: the shape of a tensor is no tuple');
  return value.items.map((item) => count(item, 'shape of a tensor'));
}

function dictOf(pairs: PickleValue | undefined): Map<unknown, unknown> {
  const dict = new Map<unknown, unknown>();
  if (pairs === undefined) return dict;
  for (const pair of itemsOf(pairs)) {
    const [key, value, ...more] = itemsOf(pair);
    if (value === undefined || more.length > 0) throw new Error('the pickle is damaged: an item of a dict is no pair');
    dict.set(key, value);
  }
  return dict;
}

const setOf = (items: PickleValue | undefined): Set<unknown> => new Set(items === undefined ? [] : itemsOf(items));

function itemsOf(value: PickleValue): readonly PickleValue[] {
  if (value instanceof Tuple) return value.items;
  if (Array.isArray(value)) return value;
  throw new Error('the pickle is damaged: what should be a list is none');
}

/** How protocol 2 writes bytes. */
function encode([text, encoding]: readonly PickleValue[]): Uint8Array {
  if (typeof text === 'string' && encoding === 'latin1') return Uint8Array.from(Buffer.from(text, 'latin1'));
  throw new Error('the pickle encodes what is no text in latin1');
}
