/** @file Pixels against Pillow and torchvision, and what is refused. Run: vitest run test/engine/clip/preprocess */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { builtinConfig } from '../../../src/main/engine/clip/config.ts';
import {
  decode,
  inferencePixels,
  loadPixels,
  randomResizedCrop,
  type Decoded,
} from '../../../src/main/engine/clip/preprocess.ts';
import { resample } from '../../../src/main/engine/clip/resample.ts';
import { randomStream } from '../../../src/main/engine/random.ts';
import { readNpy } from '../../../src/main/engine/store/npy.ts';
import { configurations, embeddings, fixtures, picturePath } from './fixture.ts';

const config = builtinConfig('micro-32');

function grey(width: number, height: number, value: (x: number, y: number) => number): Decoded {
  const data = Uint8Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width)));
  return { data, width, height, channels: 1, mode: 'L', indexed: false };
}

describe.each(configurations)('preprocessing of $name', ({ name, config: fixture }) => {
  it.each(embeddings.pictures.map((picture, row) => [picture, row] as const))(
    'equals open_clip on %s',
    async (picture, row) => {
      const { data } = await readNpy(path.join(fixtures, `pixels-${name}.npy`), row, row + 1);
      const pixels = await loadPixels(picturePath(picture), fixture);
      expect(pixels).toHaveLength(data.length);
      const furthest = Math.max(...Array.from(pixels, (value, i) => Math.abs(value - Number(data[i]))));
      // Pillow 13 orders the passes of a few resizes differently, which moves single bytes
      expect(furthest).toBeLessThanOrEqual(fixture.preprocess.resizeMode === 'squash' ? 1 : 0);
    },
  );
});

describe('resampling', () => {
  const box = (width: number, height: number) => ({ left: 0, top: 0, width, height });

  it('halves with the widened triangle, worked out by hand', () => {
    // each output weighs 4 inputs 1/8 3/8 3/8 1/8; at the border the cut weights are scaled to 1
    const row = grey(4, 1, (x) => [0, 80, 160, 240][x]!);
    const half = resample(row, box(4, 1), { width: 2, height: 1 }, box(2, 1), 'bilinear');
    expect([...half.data]).toEqual([Math.round((3 * 0 + 3 * 80 + 160) / 7), Math.round((80 + 3 * 160 + 3 * 240) / 7)]);
  });

  it('keeps a constant picture, whatever the sizes', () => {
    const size = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(size, size, size, size, fc.integer({ min: 0, max: 255 }), (w, h, width, height, value) => {
        const flat = grey(w, h, () => value);
        for (const filter of ['bicubic', 'bilinear', 'nearest'] as const) {
          const result = resample(flat, box(w, h), { width, height }, box(width, height), filter);
          expect(new Set(result.data)).toEqual(new Set([value]));
        }
      }),
    );
  });

  it('computes a window as it computes the whole', () => {
    const picture = grey(37, 23, (x, y) => (x * 31 + y * 17 + ((x * y) % 7) * 20) % 256);
    for (const filter of ['bicubic', 'bilinear', 'nearest'] as const) {
      const whole = resample(picture, box(37, 23), { width: 16, height: 12 }, box(16, 12), filter);
      const window = { left: 3, top: 2, width: 9, height: 7 };
      const part = resample(picture, box(37, 23), { width: 16, height: 12 }, window, filter);
      const cut = Array.from({ length: 63 }, (_, i) => whole.data[(2 + Math.floor(i / 9)) * 16 + 3 + (i % 9)]!);
      expect([...part.data]).toEqual(cut);
    }
  });
});

describe('decoding', () => {
  const jpeg = readFileSync(picturePath('wide.jpg'));

  it('keeps the bytes of a PNG', async () => {
    const data = Buffer.from(Array.from({ length: 5 * 4 * 3 }, (_, i) => (i * 7) % 256));
    const png = await sharp(data, { raw: { width: 5, height: 4, channels: 3 } })
      .png()
      .toBuffer();
    const decoded = await decode(png);
    expect(decoded).toMatchObject({ width: 5, height: 4, channels: 3, mode: 'RGB', indexed: false });
    expect(Buffer.from(decoded.data)).toEqual(data);
  });

  it('ignores the EXIF rotation', async () => {
    expect(await decode(picturePath('rotated.jpg'))).toMatchObject({ width: 96, height: 64 });
  });

  it.each([
    ['an empty file', Buffer.alloc(0), /empty \(0 bytes\)/],
    ['noise', Buffer.from('not a picture at all'), /cannot be decoded/],
    ['a cut JPEG', jpeg.subarray(0, jpeg.length / 2), /cannot be decoded/],
    ['a header alone', jpeg.subarray(0, 200), /cannot be decoded/],
    ['a drawing', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), /is svg; read are/],
  ])('refuses %s', async (_, bytes, message) => {
    await expect(decode(bytes)).rejects.toThrow(message);
  });

  it('says which file is missing', async () => {
    await expect(decode('/nowhere/dog.jpg')).rejects.toThrow('/nowhere/dog.jpg');
  });
});

describe('random crops', () => {
  it('repeat from their seed and differ between seeds', async () => {
    const picture = await decode(picturePath('photo.webp'));
    const crop = (seed: number) => randomResizedCrop(picture, config, randomStream(seed));
    expect(crop(1)).toEqual(crop(1));
    expect(crop(1)).not.toEqual(crop(2));
    expect(crop(1)).toHaveLength(32 * 32 * 3);
  });

  it('take 90 to 100 per cent of the area in a ratio of 3:4 to 4:3', () => {
    // columns hold x, so the edges of a crop tell its place and width
    const picture = grey(200, 200, (x) => x);
    const wide = { ...config, vision: { ...config.vision, imageSize: 200 } };
    for (let seed = 0; seed < 50; seed++) {
      const bytes = randomResizedCrop(picture, wide, randomStream(seed));
      const width = bytes[199 * 3]! - bytes[0]!;
      expect(width).toBeGreaterThan(Math.sqrt(0.9 * 200 * 200 * (9 / 10)) - 4);
      expect(width).toBeLessThanOrEqual(200);
    }
  });

  it('take the largest centred part of a picture that is too long', () => {
    const picture = grey(400, 30, (x) => (x >= 180 && x < 220 ? 255 : 0));
    expect(new Set(randomResizedCrop(picture, config, randomStream(3)))).toEqual(new Set([255]));
  });

  it('is the whole picture when the square fits it exactly', () => {
    const picture = grey(32, 32, (x, y) => (x * 8 + y) % 256);
    const bytes = inferencePixels(picture, config);
    expect(bytes.filter((_, i) => i % 3 === 0)).toEqual(picture.data);
  });
});
