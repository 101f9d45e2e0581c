/** @file Batches and classes of a step. Run: npm test -- test/engine/distill/sampling.test.ts */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchRows, sampleClasses, scoredClasses } from '../../../src/main/engine/distill/sampling.ts';

test('an epoch shows each row at most once, and the next one is shuffled anew', () => {
  const rowsOf = (first: number): number[] => [0, 1, 2].flatMap((i) => [...batchRows(first + i, 10, 3, 5)]);
  const [one, two] = [rowsOf(1), rowsOf(4)];
  expect(new Set(one).size).toBe(9);
  expect(new Set(two).size).toBe(9);
  expect(one).not.toEqual(two);
});

test('a step can be repeated without those before it', () => {
  const forward = [1, 2, 3, 4, 5].map((step) => [...batchRows(step, 7, 2, 1)]);
  expect([5, 3, 1].map((step) => [...batchRows(step, 7, 2, 1)])).toEqual([forward[4], forward[2], forward[0]]);
});

test('all positives are scored, negatives fill up, labels point at their class', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 30 }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      fc.integer(),
      (classes, batch, rate, seed) => {
        const scored = scoredClasses(classes, batch, rate);
        const labels = Int32Array.from({ length: batch }, (_, i) => (i * 31 + (seed & 7)) % classes);
        const result = sampleClasses(labels, classes, scored, seed);
        expect(result.classes.length).toBe(scored);
        expect(new Set(result.classes).size).toBe(scored);
        expect(
          [...result.classes].every(
            (value, i, all) => value >= 0 && value < classes && (i === 0 || all[i - 1]! < value),
          ),
        ).toBe(true);
        expect([...result.labels].map((place) => result.classes[place])).toEqual([...labels]);
        expect(sampleClasses(labels, classes, scored, seed)).toEqual(result);
      },
    ),
  );
});

test('negatives differ from step to step', () => {
  const labels = Int32Array.of(3);
  expect(sampleClasses(labels, 100, 10, 0, 1).classes).not.toEqual(sampleClasses(labels, 100, 10, 0, 2).classes);
});
