/** @file vitest run test/engine/evaluate/knn.test.ts */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { highest, knnRanks } from '../../../src/main/engine/evaluate/knn.ts';
import { normalStream, randomStream } from '../../../src/main/engine/random.ts';
import { tf } from '../../../src/main/engine/runtime/backend.ts';
import { unitRows } from './naive.ts';
import { expected, floats, integers } from './peers.ts';

test('by hand: two far votes outweigh a near one at a high temperature only', () => {
  const input = {
    bank: Float32Array.of(1, 0, 0.8, 0.6, 0.8, -0.6, -1, 0),
    bankLabels: Int32Array.of(1, 0, 0, 2),
    queries: Float32Array.of(1, 0),
    labels: Int32Array.of(1),
    dim: 2,
    classes: 4,
  };
  expect([...knnRanks(input, { neighbours: 3, temperature: 0.1 })]).toEqual([0]);
  expect([...knnRanks(input, { neighbours: 3, temperature: 1 })]).toEqual([1]);
  // class 2 is no neighbour, class 3 nowhere: both come last
  for (const label of [2, 3]) {
    expect([...knnRanks({ ...input, labels: Int32Array.of(label) }, { neighbours: 3, temperature: 1 })]).toEqual([3]);
  }
  expect([...knnRanks({ ...input, labels: Int32Array.of(2) }, { neighbours: 9, temperature: 1 })]).toEqual([2]);
});

test('predicts what scikit-learn predicts', async () => {
  const { data, dim } = await floats('probeFeatures');
  const labels = await integers('probeLabels');
  const bank = { bank: data.subarray(0, 300 * dim), bankLabels: labels.subarray(0, 300), dim, classes: 4 };
  for (const { neighbours, temperature, predicted } of expected.knn) {
    const queries = data.subarray(300 * dim);
    const ranks = knnRanks({ ...bank, queries, labels: Int32Array.from(predicted) }, { neighbours, temperature });
    expect(ranks.every((rank) => rank === 0)).toBe(true);
  }
});

test('a very small temperature asks the nearest alone, without overflow', () => {
  const next = normalStream(1);
  const bank = unitRows(50, 6, next);
  const queries = unitRows(20, 6, next);
  const bankLabels = Int32Array.from({ length: 50 }, (_, i) => i % 7);
  const input = { bank, bankLabels, queries, labels: new Int32Array(20), dim: 6, classes: 7 };
  const one = knnRanks(input, { neighbours: 1, temperature: 0.07 });
  const cold = knnRanks(input, { neighbours: 50, temperature: 1e-6 });
  expect([...cold].map((rank) => rank === 0)).toEqual([...one].map((rank) => rank === 0));
});

test('the highest are those of a sort, equal ones by their place', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 50 }),
      (values, k) => {
        const order = values.map((value, i) => ({ value, i })).sort((a, b) => b.value - a.value || a.i - b.i);
        expect([...highest(Float32Array.from(values), k)]).toEqual(order.slice(0, k).map(({ i }) => i));
      },
    ),
  );
});

test('no tensor stays', () => {
  const before = tf.memory().numTensors;
  const random = randomStream(1);
  const rows = Float32Array.from({ length: 40 }, random);
  const labels = new Int32Array(10);
  knnRanks(
    { bank: rows, bankLabels: labels, queries: rows, labels, dim: 4, classes: 2 },
    { neighbours: 3, temperature: 1 },
  );
  expect(tf.memory().numTensors).toBe(before);
});
