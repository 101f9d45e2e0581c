/** The small copy of luma. Run: npx vitest run test/engine/quality/shrink.test.ts */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shrinkLuma, type Luma } from '../../../src/main/engine/quality/shrink.ts';

const luma = (width: number, height: number, at: (x: number, y: number) => number): Luma => ({
  data: Uint8Array.from({ length: width * height }, (_, i) => at(i % width, Math.floor(i / width))),
  width,
  height,
});

/** The same by its definition, in floating point; both sides between once and twice the smaller ones. */
function naive({ data, width, height }: Luma, outWidth: number, outHeight: number): number[] {
  const weightsOf = (inputs: number, outputs: number, i: number): [input: number, weight: number][] => {
    const scale = inputs / outputs;
    const centre = (i + 0.5) * scale - 0.5;
    const taps: [number, number][] = [];
    for (let k = Math.floor(centre - 3 * scale); k <= Math.ceil(centre + 3 * scale); k++) {
      const x = (k - centre) / scale;
      const sinc = (v: number): number => (v === 0 ? 1 : Math.sin(Math.PI * v) / (Math.PI * v));
      if (Math.abs(x) < 3) taps.push([Math.max(0, Math.min(inputs - 1, k)), sinc(x) * sinc(x / 3)]);
    }
    const sum = taps.reduce((total, [, weight]) => total + weight, 0);
    return taps.map(([k, weight]) => [k, weight / sum]);
  };
  const out: number[] = [];
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      let sum = 0;
      for (const [row, down] of weightsOf(height, outHeight, y)) {
        for (const [column, across] of weightsOf(width, outWidth, x))
          sum += down * across * data[row * width + column]!;
      }
      out.push(Math.max(0, Math.min(255, sum)));
    }
  }
  return out;
}

it('leaves what is small enough as it is', () => {
  const picture = luma(8, 5, (x, y) => x * y);
  expect(shrinkLuma(picture, 8)).toBe(picture);
});

it('halves by the mean of two by two, an odd edge counts twice', () => {
  const picture = luma(4, 3, (x, y) => 10 * x + 40 * y);
  // (0 + 10 + 40 + 50) / 4, (20 + 30 + 60 + 70) / 4; the last row by itself
  expect(shrinkLuma(picture, 2)).toEqual({ data: Uint8ClampedArray.of(25, 45, 85, 105), width: 2, height: 2 });
});

it('filters as Lanczos with three lobes does', () => {
  const sides = fc.integer({ min: 1, max: 23 });
  const pictures = fc
    .tuple(sides, sides, fc.integer({ min: 12, max: 20 }))
    .chain(([width, height, side]) =>
      fc.record({
        side: fc.constant(side),
        width: fc.constant(width),
        height: fc.constant(height),
        // the middle half: overshoot stays within a byte, which is cut off between the two passes
        data: fc.uint8Array({ min: 90, max: 165, minLength: width * height, maxLength: width * height }),
      }),
    )
    .filter(({ width, height, side }) => Math.max(width, height) > side);
  fc.assert(
    fc.property(pictures, ({ side, ...picture }) => {
      const found = shrinkLuma(picture, side);
      expect(Math.max(found.width, found.height)).toBe(side);
      const expected = naive(picture, found.width, found.height);
      for (const [i, value] of found.data.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(1.6);
    }),
  );
});

it.each([
  [512, 384, 192, 144],
  [193, 1, 192, 1],
  [1, 1000, 1, 192],
  [777, 333, 192, 82],
])('one colour stays: %i x %i', (width, height, ...expected) => {
  const found = shrinkLuma(
    luma(width, height, () => 77),
    192,
  );
  expect([found.width, found.height]).toEqual(expected);
  expect(new Set(found.data)).toEqual(new Set([77]));
});
