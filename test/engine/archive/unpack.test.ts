/** @file Run: vitest run test/engine/archive/unpack.test.ts */

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gunzip, inflatePart } from '../../../src/main/engine/archive/unpack.ts';
import { temporaryFolderOfFile } from '../cli/temporary.ts';

const dir = temporaryFolderOfFile();

async function joined(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(pieces));
}

function fileOf(bytes: Uint8Array): string {
  const file = path.join(dir, 'x');
  writeFileSync(file, bytes);
  return file;
}

/** A gzip whose header has every field there is. */
function withFields(content: Uint8Array): Buffer {
  const plain = gzipSync(content);
  const fields = Buffer.from('\x05\0\x1f\x8b\x08\0\x01name\0comment\0\0\0', 'latin1');
  const head = Buffer.from(plain.subarray(0, 10));
  head[3] = 4 | 8 | 16 | 2;
  return Buffer.concat([head, fields, plain.subarray(10)]);
}

test('members, each with any header, and something behind them', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.uint8Array({ maxLength: 300_000 }), fc.boolean()), { minLength: 1, maxLength: 4 }),
      fc.constantFrom('', '\0\0\0', 'garbage', '\x1f'),
      async (members, behind) => {
        const packed = members.map(([content, fields]) => (fields ? withFields(content) : gzipSync(content)));
        const found = await joined(gunzip(fileOf(Buffer.concat([...packed, Buffer.from(behind, 'latin1')]))));
        expect(found.equals(Buffer.concat(members.map(([content]) => content)))).toBe(true);
      },
    ),
    { numRuns: 20 },
  );
});

test('cut anywhere, or with one bit changed, it says so', async () => {
  const whole = withFields(Buffer.from('some text that is packed'.repeat(20)));
  for (let length = 2; length < whole.length; length++) {
    await expect(joined(gunzip(fileOf(whole.subarray(0, length))))).rejects.toThrow(
      /unexpected end of file|unknown compr/,
    );
  }
  const wrong = Buffer.from(whole);
  wrong[wrong.length - 8]! ^= 1;
  await expect(joined(gunzip(fileOf(wrong)))).rejects.toThrow('incorrect data check');
});

test('a part of a file', async () => {
  const packed = deflateRawSync('hello');
  const file = fileOf(Buffer.concat([Buffer.from('before'), packed, Buffer.from('behind')]));
  expect(String(await joined(inflatePart(file, { offset: 6, length: packed.length })))).toBe('hello');
  await expect(joined(inflatePart(file, { offset: 6, length: packed.length - 2 }))).rejects.toThrow(/unexpected end/);
});
