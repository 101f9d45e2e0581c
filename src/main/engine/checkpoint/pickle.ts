/**
 * @file Plain values out of a pickle, the format of Python's objects. A pickle is a program for a stack machine that may call any
 * function of Python; this machine knows numbers, texts, lists, tuples, dicts and sets, calls nothing but what its host names, and
 * stops at anything else. Format: CPython, Lib/pickletools.py; protocols 2 to 5.
 */

import { Callable, Machine, Tuple, type PickleHost, type PickleValue } from './machine.ts';

/**
 * Runs the pickle that begins at `start`; `end` is the place behind it.
 * @throws {Error} with a reason, for damaged pickles and all that could run code.
 */
export function unpickle(bytes: Buffer, start: number, host: PickleHost): { value: PickleValue; end: number } {
  const machine = new Machine(bytes, start, host);
  while (!machine.stopped) {
    machine.spend(1);
    const code = machine.unsigned(1);
    const step = steps[code];
    if (step === undefined) {
      const shown = code.toString(16).padStart(2, '0');
      throw new Error(`the pickle uses the instruction 0x${shown} at byte ${machine.at - 1}, which is not read`);
    }
    step(machine);
  }
  return { value: machine.pop(), end: machine.at };
}

/** Python writes whole numbers of any length; nothing that we read needs more. */
const maximumDigits = 64;

function append(machine: Machine, items: readonly PickleValue[]): Machine {
  const target = machine.top();
  if (!Array.isArray(target)) throw new Error('the pickle appends to what is no list');
  for (const item of items) target.push(item);
  return machine;
}

function setItems(machine: Machine, pairs: readonly PickleValue[]): Machine {
  const target = machine.top();
  if (!(target instanceof Map)) throw new Error('the pickle sets items of what is no dict');
  if (pairs.length % 2 === 1) throw new Error('the pickle is damaged: a key of a dict has no value');
  for (let i = 0; i < pairs.length; i += 2) target.set(pairs[i], pairs[i + 1]);
  return machine;
}

function addItems(machine: Machine, items: readonly PickleValue[]): Machine {
  const target = machine.top();
  if (!(target instanceof Set)) throw new Error('the pickle adds items to what is no set');
  for (const item of items) target.add(item);
  return machine;
}

function find(machine: Machine, module: PickleValue, name: PickleValue): Machine {
  if (typeof module !== 'string' || typeof name !== 'string') {
    throw new Error('the pickle is damaged: a name is no text');
  }
  return machine.push(machine.host.find(module, name));
}

function call(machine: Machine): Machine {
  const [target, args] = machine.pops(2);
  if (!(target instanceof Callable) || !(args instanceof Tuple)) {
    throw new Error('the pickle calls what is no function that is known here');
  }
  machine.spend(args.items.reduce<number>((sum, item) => sum + sizeOf(item), 0));
  return machine.push(target.call(args.items));
}

/** Of what has parts. */
function sizeOf(value: PickleValue): number {
  if (value instanceof Tuple) return value.items.length;
  return typeof value === 'string' || Array.isArray(value) ? value.length : 0;
}

/** The attributes of an ordered dict (a state dict has its versions there) are dropped; nothing else has any. */
function build(machine: Machine): Machine {
  const state = machine.pop();
  if (!(machine.top() instanceof Map) || !(state instanceof Map)) {
    throw new Error('the pickle gives attributes to what is no dict');
  }
  return machine;
}

/** Two's complement, little endian. */
function wholeNumber(bytes: Buffer): number | bigint {
  if (bytes.length > maximumDigits) throw new Error(`the pickle holds a whole number of ${bytes.length} bytes`);
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  value = BigInt.asIntN(bytes.length * 8, value);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** What it returns means nothing. */
type Step = (machine: Machine) => unknown;

const constants: Record<number, Step> = {
  0x4e: (m) => m.push(null), // NONE
  0x88: (m) => m.push(true), // NEWTRUE
  0x89: (m) => m.push(false), // NEWFALSE
  0x4a: (m) => m.push(m.take(4).readInt32LE()), // BININT
  0x4b: (m) => m.push(m.unsigned(1)), // BININT1
  0x4d: (m) => m.push(m.unsigned(2)), // BININT2
  0x8a: (m) => m.push(wholeNumber(m.take(m.unsigned(1)))), // LONG1
  0x8b: (m) => m.push(wholeNumber(m.take(m.unsigned(4)))), // LONG4
  0x47: (m) => m.push(m.take(8).readDoubleBE()), // BINFLOAT
};

const texts: Record<number, Step> = {
  0x58: (m) => m.push(m.take(m.unsigned(4)).toString('utf8')), // BINUNICODE
  0x8c: (m) => m.push(m.take(m.unsigned(1)).toString('utf8')), // SHORT_BINUNICODE
  0x8d: (m) => m.push(m.take(m.length8()).toString('utf8')), // BINUNICODE8
  0x55: (m) => m.push(m.take(m.unsigned(1)).toString('latin1')), // SHORT_BINSTRING, text of Python 2
  0x54: (m) => m.push(m.take(m.unsigned(4)).toString('latin1')), // BINSTRING
  0x43: (m) => m.push(Uint8Array.from(m.take(m.unsigned(1)))), // SHORT_BINBYTES
  0x42: (m) => m.push(Uint8Array.from(m.take(m.unsigned(4)))), // BINBYTES
  0x8e: (m) => m.push(Uint8Array.from(m.take(m.length8()))), // BINBYTES8
};

const containers: Record<number, Step> = {
  0x28: (m) => m.mark(), // MARK
  0x30: (m) => m.pop(), // POP
  0x31: (m) => m.popMark(), // POP_MARK
  0x5d: (m) => m.push([]), // EMPTY_LIST
  0x7d: (m) => m.push(new Map()), // EMPTY_DICT
  0x8f: (m) => m.push(new Set()), // EMPTY_SET
  0x29: (m) => m.push(new Tuple([])), // EMPTY_TUPLE
  0x85: (m) => m.push(new Tuple(m.pops(1))), // TUPLE1
  0x86: (m) => m.push(new Tuple(m.pops(2))), // TUPLE2
  0x87: (m) => m.push(new Tuple(m.pops(3))), // TUPLE3
  0x74: (m) => m.push(new Tuple(m.popMark())), // TUPLE
  0x91: (m) => m.push(new Set(m.popMark())), // FROZENSET
  0x61: (m) => append(m, m.pops(1)), // APPEND
  0x65: (m) => append(m, m.popMark()), // APPENDS
  0x73: (m) => setItems(m, m.pops(2)), // SETITEM
  0x75: (m) => setItems(m, m.popMark()), // SETITEMS
  0x90: (m) => addItems(m, m.popMark()), // ADDITEMS
};

const program: Record<number, Step> = {
  0x80: protocol, // PROTO
  0x95: frame, // FRAME
  0x2e: (m) => m.stop(), // STOP
  0x71: (m) => m.memo.set(m.unsigned(1), m.top()), // BINPUT
  0x72: (m) => m.memo.set(m.unsigned(4), m.top()), // LONG_BINPUT
  0x94: (m) => m.memo.set(m.memo.size, m.top()), // MEMOIZE
  0x68: (m) => m.push(m.remembered(m.unsigned(1))), // BINGET
  0x6a: (m) => m.push(m.remembered(m.unsigned(4))), // LONG_BINGET
  0x63: (m) => find(m, m.line(), m.line()), // GLOBAL
  0x93: (m) => find(m, ...m.pops(2)), // STACK_GLOBAL
  0x51: (m) => m.push(m.host.persistent(m.pop())), // BINPERSID
  0x52: call, // REDUCE
  0x81: call, // NEWOBJ
  0x62: build, // BUILD
};

const steps: Readonly<Record<number, Step>> = { ...constants, ...texts, ...containers, ...program };

function protocol(machine: Machine): Machine {
  const version = machine.unsigned(1);
  if (version < 2 || version > 5) throw new Error(`the pickle has protocol ${version}, which is not read`);
  return machine;
}

/** Frames are hints for reading ahead; only their claim is checked. */
function frame(machine: Machine): Machine {
  const length = machine.length8();
  machine.take(length);
  machine.at -= length;
  return machine;
}
