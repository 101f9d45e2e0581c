/** @file Run: vitest run test/engine/clip/memoryBudget */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryBudget } from '../../../src/main/engine/memoryBudget.ts';

const mib = 2 ** 20;

test('what does not fit waits until there is room; what never fits goes alone', async () => {
  const budget = new MemoryBudget(10 * mib);
  const first = await budget.take(6 * mib);
  const order: string[] = [];
  const waiting = budget.take(20 * mib).then((hold) => {
    order.push('second');
    return hold;
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  order.push('released');
  first.release();
  first.release();
  (await waiting).release();
  expect(order).toEqual(['released', 'second']);
  expect([...budget.shared]).toEqual([10, 10]);
});

test('two that hold a part and want more do not wait for each other', async () => {
  const budget = new MemoryBudget(10 * mib);
  const holds = [await budget.take(5 * mib), await budget.take(5 * mib)];
  await Promise.all(
    holds.map(async (hold) => {
      await hold.resize(8 * mib);
      await new Promise((resolve) => setTimeout(resolve, 5));
      hold.release();
    }),
  );
  expect(budget.shared[0]).toBe(10);
});

test('threads share it: never more than all of it is taken, and all comes back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 30 }), async (sizes) => {
      const budget = new MemoryBudget(8 * mib);
      const other = new MemoryBudget(budget.shared);
      let taken = 0;
      await Promise.all(
        sizes.map(async (size, i) => {
          const hold = await (i % 2 === 0 ? budget : other).take(size * mib);
          taken += Math.min(size, 8);
          expect(taken).toBeLessThanOrEqual(8);
          await Promise.resolve();
          taken -= Math.min(size, 8);
          hold.release();
        }),
      );
      expect(budget.shared[0]).toBe(8);
    }),
    { numRuns: 50 },
  );
});
