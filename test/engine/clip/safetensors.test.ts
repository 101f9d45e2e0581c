/** @file Safetensors: what is written is read, and what lies is refused. Run: vitest run test/engine/clip/safetensors */

import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../../src/main/engine/clip/safetensors.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'distillery-safetensors-'));
const file = path.join(dir, 'model.safetensors');

/** A file with this header, however wrong, and this many bytes of data. */
function craft(header: unknown, dataBytes: number, claimed?: number): string {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(claimed ?? json.length));
  writeFileSync(file, Buffer.concat([length, json, Buffer.alloc(dataBytes)]));
  return file;
}

const f32 = (shape: number[], from: number, to: number) => ({ dtype: 'F32', shape, data_offsets: [from, to] });

describe('writing and reading', () => {
  it('lays out the format as specified', async () => {
    await writeSafetensors(file, new Map([['a', { shape: [2], data: Float32Array.of(1, -2) }]]));
    const bytes = readFileSync(file);
    const headerLength = Number(bytes.readBigUInt64LE());
    expect(headerLength % 8).toBe(0);
    expect(JSON.parse(bytes.toString('utf8', 8, 8 + headerLength))).toEqual({
      __metadata__: { format: 'pt' },
      a: f32([2], 0, 8),
    });
    expect([bytes.readFloatLE(8 + headerLength), bytes.readFloatLE(12 + headerLength)]).toEqual([1, -2]);
    expect(readdirSync(dir)).toEqual(['model.safetensors']);
  });

  it('returns every float32 and the metadata unchanged', async () => {
    const tensor = fc.tuple(fc.string({ minLength: 1 }), fc.float32Array({ maxLength: 20 }));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(tensor, { selector: ([name]) => name, maxLength: 5 }), async (entries) => {
        const kept = entries.filter(([name]) => name !== '__metadata__' && name !== '__proto__');
        const tensors = new Map(kept.map(([name, data]) => [name, { shape: [data.length], data }]));
        await writeSafetensors(file, tensors, { metadata: { model_name: 'x' } });
        const read = await readSafetensors(file);
        expect(read.metadata).toEqual({ format: 'pt', model_name: 'x' });
        expect(new Map([...read.tensors].map(([name, { shape, data }]) => [name, { shape, data }]))).toEqual(tensors);
      }),
      { numRuns: 30 },
    );
  });

  it('rounds to the nearest in half precision and bfloat16', async () => {
    // 1 + 2^-8 lies halfway between two bfloat16: to the even one; 1 + 3 * 2^-8 likewise, upwards
    const data = Float32Array.of(1 + 2 ** -8, 1 + 3 * 2 ** -8, -0, 65504, 1e-7, NaN, Infinity, 3.4028235e38);
    const round = async (dtype: 'F16' | 'BF16') => {
      await writeSafetensors(file, new Map([['x', { shape: [8], data }]]), { dtype });
      return [...(await readSafetensors(file)).tensors.get('x')!.data];
    };
    expect(await round('BF16')).toEqual([1, 1 + 2 ** -6, -0, 65536, expect.closeTo(1e-7), NaN, Infinity, Infinity]);
    expect(await round('F16')).toEqual([
      ...[1 + 2 ** -8, 1 + 3 * 2 ** -8, -0, 65504],
      ...[Math.round(1e-7 * 2 ** 24) / 2 ** 24, NaN, Infinity, Infinity],
    ]);
  });

  it('skips tensors that are not floating point', async () => {
    const ids = { dtype: 'I64', shape: [1, 2], data_offsets: [0, 16] };
    const { tensors } = await readSafetensors(craft({ position_ids: ids, x: f32([1], 16, 20) }, 20));
    expect([...tensors.keys()]).toEqual(['x']);
  });

  it('leaves the old file when writing fails', async () => {
    await writeSafetensors(file, new Map([['a', { shape: [1], data: Float32Array.of(7) }]]));
    const broken = new Map([['a', { shape: [1], data: undefined as unknown as Float32Array }]]);
    await expect(writeSafetensors(file, broken)).rejects.toThrow();
    expect((await readSafetensors(file)).tensors.get('a')!.data).toEqual(Float32Array.of(7));
  });
});

describe('refusing', () => {
  it.each([
    ['an empty file', () => craft('', -0, 0), /not a complete safetensors file/],
    ['an absurd header length', () => craft('{}', 0, 2 ** 50), /header claims 1125899906842624 bytes/],
    ['a header longer than the file', () => craft('{}', 4, 1000), /not a complete safetensors file/],
    ['a header that is not JSON', () => craft('{"a": ', 0), /header is not JSON/],
    ['a header that is no object', () => craft('[1, 2]', 0), /header is not an object/],
    ['an entry without offsets', () => craft({ a: { dtype: 'F32', shape: [1] } }, 4), /entry of tensor a/],
    ['a negative size', () => craft({ a: f32([-1], 0, 4) }, 4), /entry of tensor a/],
    ['a fraction', () => craft({ a: f32([1.5], 0, 6) }, 6), /entry of tensor a/],
    ['an unknown type', () => craft({ a: { ...f32([1], 0, 4), dtype: 'Q4' } }, 4), /unknown type Q4/],
    [
      'a shape larger than its bytes',
      () => craft({ a: f32([1e9], 0, 4) }, 4),
      /4000000000 bytes, but its offsets span 4/,
    ],
    ['an overflowing shape', () => craft({ a: f32([2 ** 52, 2 ** 52], 0, 4) }, 4), /offsets span 4/],
    ['offsets beyond the end', () => craft({ a: f32([2], 0, 8) }, 4), /describes 8 bytes of data, the file holds 4/],
    [
      'bytes that nobody describes',
      () => craft({ a: f32([1], 0, 4) }, 12),
      /describes 4 bytes of data, the file holds 12/,
    ],
    ['overlapping tensors', () => craft({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12), /overlap or gap/],
    ['a gap', () => craft({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12), /overlap or gap/],
    [
      'the same name twice',
      () => craft(`{"a":${JSON.stringify(f32([1], 0, 4))},"a":${JSON.stringify(f32([1], 0, 4))}}`, 4),
      /describes 2 tensors under 1 different names/,
    ],
  ])('%s', async (_, make, message) => {
    await expect(readSafetensors(make())).rejects.toThrow(message);
  });

  it('never believes random bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), async (bytes) => {
        writeFileSync(file, bytes);
        await expect(readSafetensors(file)).rejects.toThrow(file);
      }),
      { numRuns: 50 },
    );
  });
});
