/** @file Run: vitest run test/engine/import/lz4.test.ts. The blocks were made by pyarrow.Codec('lz4_raw'). */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unpackHadoopLz4, unpackLz4 } from '../../../src/main/engine/import/lz4.ts';

const hex = (text: string) => Buffer.from(text, 'hex');
const blocks: [string, Buffer, string][] = [
  ['nothing', hex('00'), ''],
  ['literals alone', hex('1061'), 'a'],
  ['a match that overlaps itself, a long length', hex('2f61620200ffffff09506261626162'), 'ab'.repeat(400)],
  [
    'long literals, matches further back',
    hex('ff0574686520717569636b2062726f776e20666f78201400155f6a756d7073050047506a756d7073'),
    'the quick brown fox '.repeat(3) + 'jumps'.repeat(20),
  ],
];

test.each(blocks)('%s', (_, block, text) => {
  expect(Buffer.from(unpackLz4(block, text.length)).toString()).toBe(text);
  expect(Buffer.from(unpackHadoopLz4(block, text.length)).toString()).toBe(text);
  expect(() => unpackLz4(block, text.length + 1)).toThrow(/damaged LZ4/);
});

test('blocks behind their sizes, as Hadoop writes them', () => {
  const framed = blocks.slice(1).flatMap(([, block, text]) => {
    const sizes = Buffer.alloc(8);
    sizes.writeUInt32BE(text.length);
    sizes.writeUInt32BE(block.length, 4);
    return [sizes, block];
  });
  const text = blocks.map((block) => block[2]).join('');
  expect(Buffer.from(unpackHadoopLz4(Buffer.concat(framed), text.length)).toString()).toBe(text);
});

test('any bytes are unpacked or refused, never beyond the size', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(500), (bytes, size) => {
      for (const unpack of [unpackLz4, unpackHadoopLz4]) {
        try {
          expect(unpack(bytes, size)).toHaveLength(size);
        } catch (error) {
          expect(String(error)).toMatch(/damaged LZ4/);
        }
      }
    }),
    { numRuns: 2000 },
  );
});
