/** @file Pictures above the limits: size, result, memory. Run: vitest run test/engine/clip/largePictures */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it, onTestFinished } from 'vitest';
import { builtinConfig } from '../../../src/main/engine/clip/config.ts';
import { decodeLimits, planDecode } from '../../../src/main/engine/clip/pictureLimits.ts';
import { decode, loadPixels } from '../../../src/main/engine/clip/preprocess.ts';
import { bombPng } from '../support/bombPng.ts';
import { picture } from '../import/support.ts';

const config = builtinConfig('tiny-64');

describe('the plan', () => {
  const of = (width: number, height: number, format: 'jpeg' | 'png' | 'heif' | 'webp', isProgressive = false) =>
    planDecode({ width, height, format, isProgressive, channels: 3, depth: 'uchar' });

  it('halves a picture of more than 89 megapixels until it is below', () => {
    expect(of(9459, 9459, 'jpeg')).toEqual({ shrink: 1, bytes: 9459 * 9459 * 3 });
    expect(of(12_000, 10_000, 'jpeg')).toEqual({ shrink: 2, bytes: 6000 * 5000 * 3 });
    expect(of(40_000, 25_000, 'png')).toEqual({ shrink: 4, bytes: 10_000 * 6250 * 3 });
  });

  it('counts what a decoder holds that cannot go row by row', () => {
    expect(of(12_000, 10_000, 'jpeg', true).bytes).toBe(12_000 * 10_000 * 6 + 6000 * 5000 * 3);
    expect(of(12_000, 10_000, 'png', true).bytes).toBe(12_000 * 10_000 * 3 + 6000 * 5000 * 3);
    expect(() => of(20_000, 20_000, 'jpeg', true)).toThrow(
      'too many pixels: 20000 x 20000; a progressive jpeg of this size takes 2.2 GiB to decode, at most 2.0 GiB are used',
    );
    expect(() => of(12_000, 12_000, 'heif')).toThrow(/a heif of this size/);
    expect(of(16_383, 16_383, 'webp').shrink).toBe(2);
  });

  it('refuses more than a thousand megapixels', () => {
    expect(() => of(60_000, 60_000, 'png')).toThrow('too many pixels: 60000 x 60000, more than 1000 million');
    expect(of(50_000, 20_000, 'png').shrink).toBe(4);
  });
});

describe('at half its size', () => {
  const limits = { ...decodeLimits, wholePixels: 900 * 600 - 1 };
  const formats = ['jpeg', 'png', 'webp', 'tiff', 'avif'] as const;
  const cmyk = (): Promise<Buffer> => picture(2, 900, 600).blur(2).toColourspace('cmyk').jpeg().toBuffer();

  it.each([
    ...formats.map(
      (format) =>
        [
          format,
          () =>
            picture(2, 900, 600)
              .blur(2)
              .toFormat(format, format === 'avif' ? { effort: 0 } : {})
              .toBuffer(),
        ] as const,
    ),
    ['grey', () => picture(2, 900, 600).blur(2).greyscale().png().toBuffer()] as const,
    ['alpha', () => picture(2, 900, 600).blur(2).ensureAlpha(0.5).png().toBuffer()] as const,
    ['cmyk', cmyk] as const,
  ])('%s gives the model nearly the same pixels', async (_, make) => {
    const bytes = await make();
    const reduced = await decode(bytes, { limits });
    const whole = await decode(bytes);
    expect([reduced.width, reduced.height, whole.width]).toEqual([450, 300, 900]);
    expect([reduced.mode, reduced.indexed]).toEqual([whole.mode, whole.indexed]);
    const [a, b] = [await loadPixels(bytes, config, { limits }), await loadPixels(bytes, config)];
    const furthest = a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
    expect(furthest).toBeLessThanOrEqual(2);
    expect(furthest).toBeGreaterThan(0);
  });

  it('a palette keeps its colours: the nearest pixel', async () => {
    const bytes = await picture(3, 900, 600).png({ palette: true, colours: 4, dither: 0 }).toBuffer();
    const coloursOf = ({ data }: { data: Uint8Array }) =>
      new Set(Array.from({ length: data.length / 3 }, (_, i) => data.subarray(i * 3, i * 3 + 3).join()));
    const reduced = await decode(bytes, { limits });
    expect(reduced).toMatchObject({ width: 450, height: 300, indexed: true });
    expect([...coloursOf(reduced)].sort()).toEqual([...coloursOf(await decode(bytes))].sort());
  });

  it('16 bits of grey are cut off as before', async () => {
    const values = Uint16Array.from({ length: 900 * 600 }, (_, i) => (i % 900 < 450 ? 100 : 5000));
    const png = await sharp(values, { raw: { width: 900, height: 600, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    const { data, width, mode } = await decode(png, { limits });
    expect([width, mode, data[10], data[440]]).toEqual([450, 'L', 100, 255]);
  });
});

describe('memory in a process of its own', () => {
  /** Peak of resident memory over that before, in MiB, and the side of the model's picture. */
  function measure(bytes: Buffer): { mebibytes: number; said: string } {
    const dir = mkdtempSync(path.join(tmpdir(), 'distillery-'));
    onTestFinished(() => {
      rmSync(dir, { recursive: true });
    });
    const file = path.join(dir, 'large');
    writeFileSync(file, bytes);
    const child = path.join(import.meta.dirname, 'decodeChild.ts');
    const [mebibytes, ...said] = execFileSync(process.execPath, [child, file], { encoding: 'utf8' }).trim().split(' ');
    return { mebibytes: Number(mebibytes), said: said.join(' ') };
  }
  const flat = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: '#875' }, limitInputPixels: false });

  it('a JPEG of 120 megapixels takes half of what its pixels take', async () => {
    const { mebibytes, said } = measure(await flat(12_000, 10_000).jpeg().toBuffer());
    expect(said).toBe('null 12288');
    expect(mebibytes).toBeLessThan((12_000 * 10_000 * 3) / 2 / 2 ** 20);
  });

  it('a PNG that claims 400 megapixels takes a quarter of them', () => {
    const { mebibytes, said } = measure(bombPng(20_000, 20_000));
    expect(said).toBe('null 12288');
    expect(mebibytes).toBeLessThan((20_000 * 20_000 * 3) / 4 / 2 ** 20);
  });

  it('a PNG that claims 3,600 megapixels is refused, and nothing is decoded', () => {
    const { mebibytes, said } = measure(bombPng(60_000, 60_000));
    expect(said).toMatch(/^too many pixels: 60000 x 60000/);
    expect(mebibytes).toBeLessThan(100);
  });
});
