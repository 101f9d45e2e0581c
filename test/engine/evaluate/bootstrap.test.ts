/** @file vitest run test/engine/evaluate/bootstrap.test.ts */

import { describe, expect, test } from 'vitest';
import { accuracyWithIntervals } from '../../../src/main/engine/evaluate/accuracyIntervals.ts';
import { bootstrap } from '../../../src/main/engine/evaluate/bootstrap.ts';
import { parseOptions } from '../../../src/main/engine/evaluate/options.ts';
import { recallIntervals, recallOf } from '../../../src/main/engine/evaluate/retrieval.ts';
import { CancelledError } from '../../../src/main/engine/errors.ts';
import { silentContext, type Progress } from '../../../src/main/engine/progress.ts';
import { randomStream } from '../../../src/main/engine/random.ts';

/** Share of the first `hits` of `units`. */
const share =
  (hits: number, units: number) =>
  (times: Uint16Array, into: Float64Array): void => {
    into[0] = times.subarray(0, hits).reduce((sum, n) => sum + n, 0) / units;
  };

test('a share has the interval of the binomial distribution', async () => {
  const [interval] = await bootstrap(2000, 1, share(600, 2000), 1, silentContext());
  const deviation = Math.sqrt((0.3 * 0.7) / 2000);
  expect(Math.abs(interval![0] - (0.3 - 1.96 * deviation))).toBeLessThan(0.0016);
  expect(Math.abs(interval![1] - (0.3 + 1.96 * deviation))).toBeLessThan(0.0016);
});

test('repeats with the seed, changes with it, and is a point where nothing can change', async () => {
  const of = (seed: number, hits = 30) => bootstrap(100, 1, share(hits, 100), seed, silentContext());
  expect(await of(1)).toEqual(await of(1));
  expect(await of(1)).not.toEqual(await of(2));
  expect(await of(1, 100)).toEqual([[1, 1]]);
  expect(await of(1, 0)).toEqual([[0, 0]]);
});

test('holds the truth in about 95 of 100 samples', async () => {
  let held = 0;
  for (let trial = 0; trial < 200; trial++) {
    const random = randomStream(trial);
    const hits = Array.from({ length: 150 }, () => random() < 0.6).filter(Boolean).length;
    const [interval] = await bootstrap(150, 1, share(hits, 150), trial, silentContext());
    if (interval![0] <= 0.6 && 0.6 <= interval![1]) held++;
  }
  expect(held / 200).toBeGreaterThan(0.92);
  expect(held / 200).toBeLessThan(0.99);
});

test('can be stopped', async () => {
  const signal = AbortSignal.abort();
  await expect(bootstrap(10, 1, share(5, 10), 0, silentContext(signal))).rejects.toThrow(CancelledError);
});

test('tells of its resamples', async () => {
  const told: Progress[] = [];
  const context = { ...silentContext(), onProgress: (progress: Progress) => told.push(progress) };
  await bootstrap(5000, 1, share(5, 5000), 0, context);
  expect(told.map(({ done, total }) => [done, total])).toEqual([200, 400, 600, 800].map((done) => [done, 1000]));
});

describe('measures of resamples', () => {
  test('accuracy: the value lies in its interval; one class is as certain as its images', async () => {
    const labels = Int32Array.from({ length: 200 }, (_, i) => (i < 190 ? 0 : 1));
    // class 0 always right, class 1 half the time
    const ranks = Int32Array.from({ length: 200 }, (_, i) => (i < 195 ? 0 : 6));
    const bench = { options: parseOptions({}), context: silentContext() };
    const found = await accuracyWithIntervals(bench, ranks, labels, ['a', 'b']);
    expect(found).toMatchObject({ top1: 0.975, top5: 0.975, meanPerClass: 0.75 });
    const { top1, top5, meanPerClass } = found.intervals;
    expect(top1).toEqual(top5);
    expect(top1[0]).toBeGreaterThan(0.94);
    expect(top1[1]).toBeLessThan(1);
    expect(meanPerClass[0]).toBeLessThan(0.65);
    expect(meanPerClass[1]).toBeGreaterThan(0.85);
  });

  test('retrieval: captions of an image are drawn together', async () => {
    // every second image finds and is found by all of its 5 captions
    const images = Int32Array.from({ length: 100 }, (_, i) => (i % 2) * 20);
    const imageOf = Int32Array.from({ length: 500 }, (_, i) => Math.floor(i / 5));
    const texts = imageOf.map((image) => images[image]!);
    const { imageToText, textToImage } = await recallIntervals({ images, texts }, imageOf, 0, silentContext());
    expect(recallOf({ images, texts }).textToImage[1]).toBe(0.5);
    for (const k of [1, 5, 10] as const) {
      for (const side of [0, 1]) expect(textToImage[k][side]).toBeCloseTo(imageToText[k][side]!, 12);
    }
    expect(imageToText[1][0]).toBeGreaterThan(0.35);
    expect(imageToText[1][0]).toBeLessThan(0.43);
  });
});
