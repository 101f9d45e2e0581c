/** @file What pickles may hold, and what is refused. Run: vitest run test/engine/checkpoint/pickle */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Tuple, type PickleHost } from '../../../src/main/engine/checkpoint/machine.ts';
import { unpickle } from '../../../src/main/engine/checkpoint/pickle.ts';
import { torchHost } from '../../../src/main/engine/checkpoint/torchObjects.ts';

const host = (): PickleHost => torchHost(new Map());
/** Text, bytes and numbers of a program, one after another. */
const program = (...parts: (string | number[] | number)[]): Buffer =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from([part].flat()))),
  );
const run = (...parts: (string | number[] | number)[]): unknown =>
  unpickle(program(0x80, 2, ...parts, '.'), 0, host()).value;
const shortText = (text: string): Buffer => Buffer.concat([Buffer.from([0x8c, text.length]), Buffer.from(text)]);
const bytes8 = (value: bigint): number[] => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(value);
  return [...buffer];
};

describe('values', () => {
  it('numbers at their edges', () => {
    expect(run('J', [0xff, 0xff, 0xff, 0x7f])).toBe(2 ** 31 - 1);
    expect(run('J', [0, 0, 0, 0x80])).toBe(-(2 ** 31));
    expect(run('M', [0xff, 0xff])).toBe(65535);
    expect(run([0x8a, 0])).toBe(0);
    expect(run([0x8a, 1, 0xff])).toBe(-1);
    expect(run([0x8a, 2, 0xff, 0])).toBe(255);
    expect(run([0x8a, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1])).toBe(2n ** 64n);
    expect(run('G', [0x3f, 0xf8, 0, 0, 0, 0, 0, 0])).toBe(1.5);
  });

  it('collections, and one value in two places', () => {
    // l = [1]; (l, {1: l})
    const value = run('(]', 'K', 1, 'a', 'q', 0, '}K', 1, 'h', 0, 's', 't');
    expect(value).toEqual(new Tuple([[1], new Map([[1, [1]]])]));
    const [list, dict] = (value as Tuple).items as [unknown, Map<unknown, unknown>];
    expect(dict.get(1)).toBe(list);
  });

  it('a list in itself', () => {
    const list = run(']q', 0, 'h', 0, 'a') as unknown[];
    expect(list[0]).toBe(list);
  });
});

describe('code is refused:', () => {
  const target = 'which is no tensor, number or text';
  const cases: [string, Parameters<typeof run>, RegExp][] = [
    ['GLOBAL and REDUCE', ['cos\nsystem\n', 'U\x02idtR'], /asks for "os\.system", which is no tensor/],
    ['GLOBAL alone', ['cposix\nsystem\n'], /"posix\.system"/],
    ['builtins', ['cbuiltins\neval\n'], /"builtins\.eval"/],
    ['a function of torch', ['ctorch\nload\n'], /"torch\.load"/],
    [
      'attributes with dots',
      ['ctorch._utils\n_rebuild_tensor.__globals__\n'],
      /"torch\._utils\._rebuild_tensor\.__glob/,
    ],
    ['a module named to look like one', ['ctorch\n_utils._rebuild_tensor\nh', 0], /remembers nothing/],
    ['names of JavaScript', ['cconstructor\nconstructor\n'], /"constructor\.constructor"/],
    ['a storage of JavaScript', ['ctorch\n__proto__\n'], /"torch\.__proto__"/],
    ['INST', ['(U\x02idios\nsystem\n'], /instruction 0x69/],
    ['OBJ', ['(', 'o'], /instruction 0x6f/],
    ['EXT1', [0x82, 1], /instruction 0x82/],
    ['EXT2', [0x83, 1, 0], /instruction 0x83/],
    ['EXT4', [0x84, 1, 0, 0, 0], /instruction 0x84/],
    ['NEWOBJ_EX', [')}', 0x92], /instruction 0x92/],
    ['BUILD on a list', [']}b'], /attributes to what is no dict/],
    ['BUILD with a list', ['}]b'], /attributes to what is no dict/],
    ['calling a number', ['K\x01)R'], /calls what is no function/],
    ['calling without a tuple', ['ccollections\nOrderedDict\n]R'], /calls what is no function/],
    ['a persistent id that is no storage', ['U\x04evilQ'], /refers to something outside/],
    ['a persistent id in text', ['P0\n'], /instruction 0x50/],
    ['a buffer from outside', [0x97], /instruction 0x97/],
    ['encode with another codec', ['c_codecs\nencode\n(U\x01aU\x03hextR'], /encodes what is no text in latin1/],
  ];
  it.each(cases)('%s', (_, parts, message) => {
    expect(() => run(...parts)).toThrow(message);
  });

  it('STACK_GLOBAL, also with numbers for names', () => {
    const evil = Buffer.concat([
      Buffer.from([0x80, 4]),
      shortText('os'),
      shortText('system'),
      Buffer.from([0x93, 0x2e]),
    ]);
    expect(() => unpickle(evil, 0, host())).toThrow(target);
    expect(() => run('K\x01K\x02', 0x93)).toThrow(/a name is no text/);
  });
});

describe('damage is refused:', () => {
  const cases: [string, Parameters<typeof run>, RegExp][] = [
    ['protocol 0', [[0x80, 0]], /protocol 0/],
    ['protocol 6', [[0x80, 6]], /protocol 6/],
    ['a text longer than the file', ['X', [0xff, 0xff, 0xff, 0xff]], /ends at byte 8, inside 4294967295 bytes/],
    ['a text of 2^63 bytes', [0x8d, bytes8(2n ** 63n)], /ends at byte 12, inside/],
    ['a giant frame', [0x95, bytes8(2n ** 60n)], /ends at byte 12, inside/],
    ['a giant number', [0x8b, [0xff, 0xff, 0xff, 0x7f]], /inside 2147483647 bytes/],
    ['a number of 65 bytes', [0x8a, 65, 'x'.repeat(65)], /whole number of 65 bytes/],
    ['an empty stack', ['0'], /nothing is there to take/],
    ['taking below a mark', ['K\x01(0'], /nothing is there to take/],
    ['a tuple without mark', ['t'], /there is no mark/],
    ['a key without value', ['}(K\x01u'], /has no value/],
    ['items of a list', ['](K\x01K\x02u'], /no dict/],
    ['appending to a dict', ['}K\x01a'], /no list/],
    ['adding to a list', ['](K\x01', 0x90], /no set/],
    ['a memo that is empty', ['j', [1, 0, 0, 0]], /remembers nothing as number 1/],
    ['a name without end', ['c', 'x'.repeat(2000)], /no name at byte 3/],
  ];
  it.each(cases)('%s', (_, parts, message) => {
    expect(() => run(...parts)).toThrow(message);
  });

  it('a program that ends without STOP', () => {
    expect(() => unpickle(program(0x80, 2, 'N'), 0, host())).toThrow(/ends at byte 3/);
    expect(() => unpickle(Buffer.alloc(0), 0, host())).toThrow(/ends at byte 0/);
  });

  it('nesting of any depth is no recursion', () => {
    expect(() => run(']'.repeat(1) + '(]'.repeat(200_000), 't'.repeat(200_000))).not.toThrow();
    expect(() => run(')' + '\x85'.repeat(500_000))).not.toThrow();
  });

  it('a small pickle does not fill the memory', () => {
    const many = (text: string) => text.repeat(2_100_000 / text.length);
    const tooMuch = /more than 2000000 steps/;
    expect(() => run(many('}'))).toThrow(tooMuch);
    expect(() => run('N', many('\x94'))).toThrow(tooMuch);
    // one list and one text, and copies of them
    const list = '](' + 'N'.repeat(10_000) + 'eq\x00';
    expect(() => run(list, 'cbuiltins\nset\nq\x01', many('h\x01h\x00\x85R0'))).toThrow(tooMuch);
    const text = 'X\x10\x27\x00\x00' + 'x'.repeat(10_000) + 'q\x00';
    const encode = 'U\x06latin1q\x01c_codecs\nencode\nq\x02';
    expect(() => run(text, encode, many('h\x02h\x00h\x01\x86R0'))).toThrow(tooMuch);
  });

  it('any bytes are a value or an error of ours', () => {
    const instructions = [...readFileSync(path.join(import.meta.dirname, '../../fixtures/checkpoint/protocol4.pt'))];
    const code = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(...instructions.slice(0, 2000)));
    fc.assert(
      fc.property(fc.array(code, { maxLength: 200 }), (codes) => {
        try {
          unpickle(Buffer.from([0x80, 2, ...codes, 0x2e]), 0, host());
        } catch (error) {
          expect((error as Error).constructor).toBe(Error);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('tensors', () => {
  const storage = (length: number) =>
    `(U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuK${String.fromCharCode(length)}tQ`;
  const tensor = (length: number, offset: string, shape: string, strides: string) =>
    `ctorch._utils\n_rebuild_tensor_v2\n(${storage(length)}${offset}${shape}${strides}tR`;

  it('is a view of its storage', () => {
    expect(run(tensor(6, 'K\x01', 'K\x02\x85', 'K\x03\x85'))).toMatchObject({ offset: 1, shape: [2], strides: [3] });
  });

  it.each([
    ['reaches behind its storage', tensor(6, 'K\x03', 'K\x02\x85', 'K\x03\x85'), /tensor of \[2\] from a storage of 6/],
    ['repeats one number', tensor(1, 'K\x00', 'K\x64\x85', 'K\x00\x85'), /tensor of \[100\] from a storage of 1 num/],
    ['has a negative offset', tensor(6, 'J\xff\xff\xff\xff', 'K\x02\x85', 'K\x01\x85'), /offset of a tensor/],
    ['has a negative stride', tensor(6, 'K\x00', 'K\x02\x85', 'J\xff\xff\xff\xff\x85'), /shape of a tensor/],
    ['has a size of 2^64', tensor(6, 'K\x00', '\x8a\x09\0\0\0\0\0\0\0\0\x01\x85', 'K\x01\x85'), /shape of a tensor/],
    ['has more strides than sizes', tensor(6, 'K\x00', 'K\x02\x85', 'K\x01K\x01\x86'), /1 sizes and 2 strides/],
    ['has no storage', 'ctorch._utils\n_rebuild_tensor_v2\n(NK\x00))tR', /what is no storage/],
    ['has a shape in a list', tensor(6, 'K\x00', ']', 'K\x01\x85'), /no tuple/],
  ])('refuses one that %s', (_, code, message) => {
    expect(() => run(code)).toThrow(message);
  });

  it('refuses one storage of two lengths', () => {
    expect(() => run(`(${storage(1)}${storage(2)}t`)).toThrow(/describes storage "0" in two ways/);
  });
});
