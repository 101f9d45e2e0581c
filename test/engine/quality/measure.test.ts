/** Brightness, contrast and sharpness of pixels. Run: npx vitest run test/engine/quality/measure.test.ts */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { measure, type Pixels } from '../../../src/main/engine/quality/measure.ts';

const grey = (width: number, ...values: number[]): Pixels => ({
  data: Uint8Array.from(values),
  width,
  height: values.length / width,
  channels: 1,
});

it('measures by hand: one pixel of light in the middle', () => {
  const found = measure(grey(4, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0));
  expect(found.brightness).toBeCloseTo(1 / 12, 12);
  expect(found.contrast).toBeCloseTo(Math.sqrt(1 / 12 - 1 / 144), 12);
  // the two inner pixels: 4 times itself below, and beside it once above
  const [a, b] = [-4 * 255, 255];
  expect(found.sharpness).toBeCloseTo(((a - b) / 2) ** 2, 9);
});

it('black and white halves reach the largest contrast', () => {
  expect(measure(grey(2, 0, 255, 0, 255))).toEqual({ brightness: 0.5, contrast: 0.5, sharpness: 0 });
});

it.each([1, 2, 3, 4])('one colour in %i channels has neither contrast nor sharpness', (channels) => {
  const data = new Uint8Array(5 * 4 * channels).fill(51);
  expect(measure({ data, width: 5, height: 4, channels })).toEqual({ brightness: 0.2, contrast: 0, sharpness: 0 });
});

it('weighs the colours as ITU-R 601', () => {
  const of = (...rgb: number[]) =>
    255 * measure({ data: Uint8Array.from(rgb), width: 1, height: 1, channels: 3 }).brightness;
  expect([of(255, 0, 0), of(0, 255, 0), of(0, 0, 255), of(255, 255, 255)]).toEqual([76, 150, 29, 255]);
});

it('is what the definitions say, whatever the picture before was', () => {
  const pictures = fc
    .record({
      width: fc.integer({ min: 1, max: 9 }),
      height: fc.integer({ min: 1, max: 9 }),
      channels: fc.integer({ min: 1, max: 4 }),
    })
    .chain(({ width, height, channels }) => {
      const n = width * height * channels;
      return fc.record({
        data: fc.uint8Array({ minLength: n, maxLength: n }),
        width: fc.constant(width),
        height: fc.constant(height),
        channels: fc.constant(channels),
      });
    });
  fc.assert(
    fc.property(pictures, (pixels) => {
      const found = measure(pixels);
      const expected = naive(pixels);
      expect(found.brightness).toBeCloseTo(expected.brightness, 9);
      expect(found.contrast).toBeCloseTo(expected.contrast, 6);
      expect(found.sharpness).toBeCloseTo(expected.sharpness, 6);
    }),
  );
});

function naive({ data, width, height, channels }: Pixels) {
  const at = (x: number, y: number): number => {
    const [r, g, b] = data.subarray((y * width + x) * channels) as unknown as [number, number, number];
    return channels < 3 ? r : Math.floor((19595 * r + 38470 * g + 7471 * b) / 65536 + 0.5);
  };
  const luma: number[] = [];
  const laplacian: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      luma.push(at(x, y));
      const inside = x > 0 && y > 0 && x < width - 1 && y < height - 1;
      if (inside) laplacian.push(at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) - 4 * at(x, y));
    }
  }
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const variance = (values: number[]): number => mean(values.map((value) => (value - mean(values)) ** 2));
  return {
    brightness: mean(luma) / 255,
    contrast: Math.sqrt(variance(luma)) / 255,
    sharpness: variance(laplacian),
  };
}
