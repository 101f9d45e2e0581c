/** @file vitest run test/engine/evaluate/retrieval.test.ts */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CancelledError } from '../../../src/main/engine/errors.ts';
import { recallChance, recallOf, retrievalRanks } from '../../../src/main/engine/evaluate/retrieval.ts';
import { silentContext, type Progress } from '../../../src/main/engine/progress.ts';
import { normalStream, randomStream } from '../../../src/main/engine/random.ts';
import { order, products, unitRows } from './naive.ts';
import { expected, floats, integers } from './peers.ts';

const ks = [1, 5, 10] as const;
const recall = async (images: Float32Array, texts: Float32Array, imageOf: Int32Array, dim: number) =>
  recallOf(await retrievalRanks(images, texts, imageOf, dim, silentContext()));

/** Captions in any order: one each, then more for random images. */
function randomImageOf(images: number, texts: number, seed: number): Int32Array {
  const random = randomStream(seed);
  return Int32Array.from({ length: texts }, (_, text) => (text < images ? text : Math.floor(random() * images)));
}

test('by hand: 2 images with 2 captions each', async () => {
  const images = Float32Array.of(1, 0, 0, 1);
  // the first image's captions lie nearer to the second image and, weakly, to itself
  const texts = Float32Array.of(0.6, 0.8, 0.9, Math.sqrt(0.19), 0.95, Math.sqrt(1 - 0.95 ** 2), 0, 1);
  const found = await recall(images, texts, Int32Array.of(0, 0, 1, 1), 2);
  // image 0 finds caption 2 of image 1 first; image 1 finds its caption 3
  expect(found.imageToText).toEqual({ 1: 0.5, 5: 1, 10: 1 });
  // captions 1 and 3 find their images, 0 and 2 the other one
  expect(found.textToImage).toEqual({ 1: 0.5, 5: 1, 10: 1 });
});

test('a model that gives one vector for everything scores by index alone', async () => {
  const found = await recall(
    new Float32Array(40).fill(0.5),
    new Float32Array(40).fill(0.5),
    randomImageOf(10, 10, 0),
    4,
  );
  expect(found).toEqual({ imageToText: { 1: 0.1, 5: 0.5, 10: 1 }, textToImage: { 1: 0.1, 5: 0.5, 10: 1 } });
});

test('equals sorting all scores', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer(),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 0, max: 30 }),
      async (seed, n, extra) => {
        const dim = 3;
        const imageOf = randomImageOf(n, n + extra, seed);
        const images = unitRows(n, dim, normalStream(seed, 1));
        const texts = unitRows(n + extra, dim, normalStream(seed, 2));
        const found = await recall(images, texts, imageOf, dim);
        const ofImages = products(images, texts, dim).map(order);
        const ofTexts = products(texts, images, dim).map(order);
        for (const k of ks) {
          const i2t =
            ofImages.filter((row, image) => row.slice(0, k).some((text) => imageOf[text] === image)).length / n;
          const t2i = ofTexts.filter((row, text) => row.slice(0, k).includes(imageOf[text]!)).length / (n + extra);
          expect(found.imageToText[k]).toBeCloseTo(i2t, 12);
          expect(found.textToImage[k]).toBeCloseTo(t2i, 12);
        }
      },
    ),
    { numRuns: 30 },
  );
});

test('one image with 200,000 captions finds the best of them', async () => {
  const texts = new Float32Array(200_001 * 2).fill(-1);
  texts.set([1, 0], 2 * 150_000);
  const imageOf = new Int32Array(200_001);
  imageOf[200_000] = 1;
  const ranks = await retrievalRanks(Float32Array.of(1, 0, 0, 1), texts, imageOf, 2, silentContext());
  expect(ranks.images[0]).toBe(0);
  expect(ranks.texts[150_000]).toBe(0);
});

test('stops between two slices of queries', async () => {
  const controller = new AbortController();
  const done: number[] = [];
  const vectors = new Float32Array(2 * 9000).fill(1);
  const each = Int32Array.from({ length: 9000 }, (_, i) => i);
  const context = {
    ...silentContext(controller.signal),
    onProgress: (progress: Progress) => {
      done.push(progress.done);
      controller.abort();
    },
  };
  await expect(retrievalRanks(vectors, vectors, each, 2, context)).rejects.toThrow(CancelledError);
  expect(done).toHaveLength(1);
  expect(done[0]).toBeLessThan(9000);
});

test('equals CLIP_benchmark on the same vectors', async () => {
  const images = await floats('retrievalImages');
  const texts = await floats('retrievalTexts');
  const found = await recall(images.data, texts.data, await integers('retrievalImageOf'), images.dim);
  for (const k of ks) {
    expect(found.imageToText[k]).toBeCloseTo(expected.retrieval.imageToText[k], 6);
    expect(found.textToImage[k]).toBeCloseTo(expected.retrieval.textToImage[k], 6);
  }
});

test('chance by hand: one of 2 images has 3 of 4 captions', () => {
  const chance = recallChance(Int32Array.of(0, 0, 0, 1), 2);
  expect(chance.imageToText[1]).toBeCloseTo((3 / 4 + 1 / 4) / 2, 12);
  expect(chance.imageToText[5]).toBe(1);
  expect(chance.textToImage).toEqual({ 1: 0.5, 5: 1, 10: 1 });
});

test('chance is what random vectors score on average', async () => {
  const [n, m, dim, trials] = [25, 60, 12, 300];
  const imageOf = randomImageOf(n, m, 4);
  const chance = recallChance(imageOf, n);
  const sums = { imageToText: { 1: 0, 5: 0, 10: 0 }, textToImage: { 1: 0, 5: 0, 10: 0 } };
  for (let trial = 0; trial < trials; trial++) {
    const found = await recall(
      unitRows(n, dim, normalStream(trial, 1)),
      unitRows(m, dim, normalStream(trial, 2)),
      imageOf,
      dim,
    );
    for (const way of ['imageToText', 'textToImage'] as const)
      for (const k of ks) sums[way][k] += found[way][k] / trials;
  }
  for (const way of ['imageToText', 'textToImage'] as const) {
    for (const k of ks) expect(Math.abs(sums[way][k] - chance[way][k])).toBeLessThan(0.015);
  }
});
