/** @file Unusual pictures against Pillow (test/fixtures/pictures/make.py). Run: vitest run test/engine/clip/unusualPictures */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { decode } from '../../../src/main/engine/clip/preprocess.ts';

const folder = path.join(import.meta.dirname, '../../fixtures/pictures');
const expectedSchema = z.object({
  pictures: z.record(
    z.string(),
    z.object({ mode: z.string(), size: z.tuple([z.number(), z.number()]), sha256: z.string() }),
  ),
});
const { pictures } = expectedSchema.parse(JSON.parse(readFileSync(path.join(folder, 'expected.json'), 'utf8')));
const read = (name: string): Buffer => readFileSync(path.join(folder, name));
const modes: Record<string, string> = { P: 'RGB', 1: 'L' };

it.each(Object.entries(pictures))('%s is decoded as Pillow decodes it', async (name, { mode, size, sha256 }) => {
  const decoded = await decode(path.join(folder, name));
  expect(decoded).toMatchObject({ width: size[0], height: size[1], mode: modes[mode] ?? mode, indexed: mode in modes });
  expect(createHash('sha256').update(decoded.data).digest('hex')).toBe(sha256);
});

it('the ending of a name says nothing: bytes are looked at', async () => {
  expect(await decode(read('interlaced.png'))).toEqual(await decode(path.join(folder, 'interlaced.png')));
});

it.each(['progressive.jpg', 'interlaced.png', 'animated.gif', 'animated.webp', 'cmykAdobe.jpg', 'bits1.tif'])(
  'cut off, %s is refused',
  async (name) => {
    const bytes = read(name);
    for (const part of [0.15, 0.3]) {
      await expect(decode(bytes.subarray(0, bytes.length * part))).rejects.toThrow(/cannot be decoded: \S/);
    }
  },
);

it('16 bits of grey with alpha keep their alpha', async () => {
  const values = Uint16Array.from({ length: 30 * 20 * 2 }, (_, i) => (i * 977) % 65_536);
  const png = await sharp(values, { raw: { width: 30, height: 20, channels: 2 } })
    .toColourspace('grey16')
    .png()
    .toBuffer();
  expect(await decode(png)).toMatchObject({ mode: 'RGBA', width: 30, height: 20 });
});

it('a HEIC is refused by name or decoded, never guessed', async () => {
  const heic = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic\0\0\0\0mif1heic'), Buffer.alloc(200)]);
  await expect(decode(heic)).rejects.toThrow(/cannot be decoded/);
});
