/** @file Exact inner products. Run: npx vitest run test/engine/exactProducts.test.ts */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ExactProducts } from '../../src/main/engine/exactProducts.ts';
import { normalStream } from '../../src/main/engine/random.ts';
import { innerProduct } from '../../src/main/engine/vectors.ts';

const anyCase = fc.record({
  dim: fc.integer({ min: 1, max: 40 }),
  rows: fc.integer({ min: 1, max: 12 }),
  others: fc.integer({ min: 1, max: 2000 }),
  seed: fc.nat(),
  fits: fc.boolean(),
});

it('are those of the definition to the last bit, whatever is held', () => {
  fc.assert(
    fc.property(anyCase, ({ dim, rows, others, seed, fits }) => {
      const normal = normalStream(seed);
      const numbers = (count: number) => Float32Array.from({ length: count * dim }, normal);
      const exact = new ExactProducts(dim);
      // a second time with others: nothing of the first may be left
      for (const vectors of [numbers(rows), numbers(rows)]) {
        const held = numbers(others);
        exact.hold(held, fits ? 2 ** 30 : 0);
        for (let row = 0; row < rows; row++) {
          for (let other = 0; other < others; other += 1 + Math.floor(others / 9)) {
            expect(exact.product(vectors, row, other)).toBe(innerProduct(vectors, row, held, other, dim));
          }
        }
      }
    }),
  );
});

it('are right by hand', () => {
  const exact = new ExactProducts(5);
  exact.hold(Float32Array.of(1, 0, 0, 0, 0, 1, 2, 3, 4, 5));
  expect(exact.product(Float32Array.of(2, 3, 5, 7, 11), 0, 1)).toBe(2 + 6 + 15 + 28 + 55);
});
