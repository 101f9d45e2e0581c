/** @file vitest run test/engine/evaluate/zeroShot.test.ts */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accuracyOf, majorityOf } from '../../../src/main/engine/evaluate/classification.ts';
import { forEachRow, rankOf } from '../../../src/main/engine/evaluate/products.ts';
import { classVectors, zeroShotRanks } from '../../../src/main/engine/evaluate/zeroShot.ts';
import { normalStream, randomStream } from '../../../src/main/engine/random.ts';
import { tf } from '../../../src/main/engine/runtime/backend.ts';
import { order, products, unitRows } from './naive.ts';
import { expected, floats, integers } from './peers.ts';

describe('rank', () => {
  test('counts higher scores, and equal ones before it', () => {
    const scores = Float32Array.of(0.5, 0.9, 0.5, 0.1);
    expect([0, 1, 2, 3].map((index) => rankOf(scores, index))).toEqual([1, 0, 2, 3]);
  });

  test('is the place in a stable sort', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 20 }), (scores) => {
        const sorted = order(scores);
        for (const index of scores.keys()) {
          expect(rankOf(Float32Array.from(scores), index)).toBe(sorted.indexOf(index));
        }
      }),
    );
  });

  test('a score that is not a number never earns a hit', () => {
    expect(rankOf(Float32Array.of(NaN, 0, 1), 0)).toBe(2);
    expect(rankOf(Float32Array.of(NaN, 0, 1), 2)).toBe(1);
    expect(rankOf(new Float32Array(3).fill(NaN), 1)).toBe(2);
  });
});

describe('products', () => {
  test('all blocks are visited, in order, and nothing stays in memory', () => {
    const [n, m, dim] = [23, 700_000, 2]; // 5 rows a block
    const queries = Float32Array.from({ length: n * dim }, (_, i) => i);
    const items = new Float32Array(m * dim);
    items.set([1, 0, 0, 1], (m - 2) * dim);
    const before = tf.memory().numTensors;
    const seen: number[][] = [];
    forEachRow(queries, items, dim, (row, scores) => {
      expect(scores.length).toBe(m);
      seen.push([row, scores[0]!, scores[m - 2]!, scores[m - 1]!]);
    });
    expect(seen).toEqual(Array.from({ length: n }, (_, row) => [row, 0, 2 * row, 2 * row + 1]));
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('class vectors', () => {
  test('normalise, mean, normalise: the length of a prompt does not count', () => {
    const vectors = classVectors(Float32Array.of(10, 0, 0, 1, /* second class */ 0, -2, 0, -3), 2, 2);
    expect([...vectors]).toEqual([Math.fround(Math.SQRT1_2), Math.fround(Math.SQRT1_2), 0, -1]);
  });

  test('prompts that cancel out are refused', () => {
    expect(() => classVectors(Float32Array.of(1, 0, -1, 0), 2, 2)).toThrow(/class 0/);
  });
});

describe('accuracy', () => {
  test('by hand: 4 images, 3 classes, one class without images', () => {
    const found = accuracyOf(Int32Array.of(0, 4, 5, 0), Int32Array.of(0, 0, 0, 2), ['a', 'b', 'c']);
    expect(found).toEqual({
      top1: 0.5,
      top5: 0.75,
      meanPerClass: (1 / 3 + 1) / 2,
      perClass: [
        { name: 'a', images: 3, top1: 1 / 3 },
        { name: 'c', images: 1, top1: 1 },
      ],
    });
    expect(majorityOf(Int32Array.of(0, 0, 0, 2))).toBe(0.75);
  });

  test('equals sorting all scores', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 12 }), (seed, classes) => {
        const [n, dim] = [15, 4];
        const [features, vectors] = [
          unitRows(n, dim, normalStream(seed, 1)),
          unitRows(classes, dim, normalStream(seed, 2)),
        ];
        const random = randomStream(seed, 3);
        const labels = Int32Array.from({ length: n }, () => Math.floor(random() * classes));
        const sorted = products(features, vectors, dim).map(order);
        const hits = (k: number) => sorted.filter((row, i) => row.slice(0, k).includes(labels[i]!)).length / n;
        const names = Array.from({ length: classes }, String);
        const found = accuracyOf(zeroShotRanks(features, vectors, labels, dim), labels, names);
        expect(found.top1).toBeCloseTo(hits(1), 12);
        expect(found.top5).toBeCloseTo(hits(5), 12);
      }),
      { numRuns: 30 },
    );
  });

  test('equals CLIP_benchmark on the same vectors', async () => {
    const images = await floats('zeroShotImages');
    const prompts = await floats('zeroShotPrompts');
    const labels = await integers('zeroShotLabels');
    const vectors = classVectors(prompts.data, expected.zeroShot.templates, prompts.dim);
    const names = Array.from({ length: vectors.length / prompts.dim }, String);
    const found = accuracyOf(zeroShotRanks(images.data, vectors, labels, images.dim), labels, names);
    expect(found.top1).toBeCloseTo(expected.zeroShot.top1, 9);
    expect(found.top5).toBeCloseTo(expected.zeroShot.top5, 9);
    expect(found.meanPerClass).toBeCloseTo(expected.zeroShot.meanPerClass, 9);
  });
});
