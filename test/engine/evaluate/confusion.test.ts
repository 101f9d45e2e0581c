/** @file vitest run test/engine/evaluate/confusion.test.ts: which classes are taken for which. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { confusionMatrix, confusionOf } from '../../../src/main/engine/evaluate/confusion.ts';
import { knnRanks } from '../../../src/main/engine/evaluate/knn.ts';
import { logisticRanks } from '../../../src/main/engine/evaluate/logisticRegression.ts';
import { zeroShotRanks } from '../../../src/main/engine/evaluate/zeroShot.ts';

//                      cat dog dog cat owl owl owl dog
const labels = Int32Array.of(0, 1, 1, 0, 2, 2, 2, 1);
const guesses = Int32Array.of(1, 1, 0, 1, 2, 1, 2, 1);

describe('by hand', () => {
  test('pairs by how often, then by share of the class', () => {
    expect(confusionOf(labels, guesses, 4).pairs).toEqual([
      { truth: 0, guess: 1, count: 2, images: 2, rows: [0, 3] },
      { truth: 1, guess: 0, count: 1, images: 3, rows: [2] },
      { truth: 2, guess: 1, count: 1, images: 3, rows: [5] },
    ]);
  });

  test('the weakest classes first; those without mistakes or images are left out', () => {
    expect(confusionOf(labels, guesses, 4).weakest).toEqual([
      { class: 0, images: 2, hits: 0, missed: [0, 3] },
      { class: 1, images: 3, hits: 2, missed: [2] },
      { class: 2, images: 3, hits: 2, missed: [5] },
    ]);
    expect(confusionOf(labels, labels, 4)).toEqual({ pairs: [], weakest: [] });
  });

  test('the matrix has what it is in rows', () => {
    expect(confusionMatrix(labels, guesses, 4)).toEqual([
      [0, 2, 0, 0],
      [1, 2, 0, 0],
      [0, 1, 2, 0],
      [0, 0, 0, 0],
    ]);
  });
});

const answers = fc.integer({ min: 1, max: 5 }).chain((classes) =>
  fc.record({
    classes: fc.constant(classes),
    rows: fc.array(fc.tuple(fc.nat(classes - 1), fc.nat(classes - 1)), { minLength: 1, maxLength: 60 }),
  }),
);

test('pairs, weakest classes and matrix count the same mistakes', () => {
  fc.assert(
    fc.property(answers, ({ classes, rows }) => {
      const truth = Int32Array.from(rows, ([one]) => one);
      const guess = Int32Array.from(rows, ([, two]) => two);
      const { pairs, weakest } = confusionOf(truth, guess, classes);
      const matrix = confusionMatrix(truth, guess, classes);
      const mistakes = rows.filter(([one, two]) => one !== two).length;
      expect(pairs.reduce((sum, { count }) => sum + count, 0)).toBe(mistakes);
      expect(weakest.reduce((sum, { images, hits }) => sum + images - hits, 0)).toBe(mistakes);
      expect(matrix.flat().reduce((sum, count) => sum + count, 0)).toBe(rows.length);
      for (const pair of pairs) {
        expect(matrix[pair.truth]![pair.guess]).toBe(pair.count);
        expect(pair.rows.every((row) => truth[row] === pair.truth && guess[row] === pair.guess)).toBe(true);
      }
    }),
  );
});

describe('answers of the tasks', () => {
  // class vectors along the axes, a tie between class 0 and 1 in the last row
  const axes = Float32Array.of(1, 0, 0, 1, -1, 0);
  const features = Float32Array.of(0.9, 0.1, 0.2, 0.8, -1, 0, 0.6, 0.6);

  test.each([
    ['right answers of ties go where the rank says', [0, 1, 2, 0], [0, 0, 0, 0], [0, 1, 2, 0]],
    ['wrong ones go to the first of the highest', [1, 0, 1, 1], [1, 1, 1, 1], [0, 1, 2, 0]],
  ])('zero-shot: %s', (_, truth, ranks, expected) => {
    const found = new Int32Array(4);
    expect([...zeroShotRanks(features, axes, Int32Array.from(truth), 2, found)]).toEqual(ranks);
    expect([...found]).toEqual(expected);
  });

  test('linear probe and k-NN', () => {
    const model = {
      weights: Float64Array.of(1, 0, -1, 0, 1, 0), // [dim, classes]
      intercept: new Float64Array(3),
      ...{ classes: 3, objective: 0, iterations: 1, converged: true },
    };
    const found = new Int32Array(4);
    logisticRanks(model, features, Int32Array.of(1, 1, 1, 2), 2, found);
    expect([...found]).toEqual([0, 1, 2, 0]);
    const bank = { bank: axes, bankLabels: Int32Array.of(0, 1, 2), dim: 2, classes: 3 };
    knnRanks(
      { ...bank, queries: features, labels: Int32Array.of(1, 1, 1, 2) },
      { neighbours: 1, temperature: 0.1 },
      found,
    );
    expect([...found]).toEqual([0, 1, 2, 0]);
  });
});
