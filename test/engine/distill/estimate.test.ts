/** @file vitest run test/engine/distill/estimate: counts by hand, and what may never happen to an estimate. */

import { describe, expect, test } from 'vitest';
import { builtinConfig } from '../../../src/main/engine/clip/config.ts';
import {
  activationBytes,
  countParameters,
  countSteps,
  pairOperations,
  trainingBytes,
  type Plan,
} from '../../../src/main/engine/distill/estimate.ts';
import { distillOptions, presetNames } from '../../../src/main/engine/distill/options.ts';
import { parseUsage } from '../../../src/main/engine/machine/gpus.ts';

const plan = (student: string, batch: number, change: Partial<Plan['options']> = {}): Plan => ({
  config: builtinConfig(student),
  options: { ...distillOptions({ batch }), ...change },
  samples: 10_000,
  teacherDim: 384,
  classes: 100,
});

describe('an estimate', () => {
  test('counts parameters as published', () => {
    expect(countParameters(builtinConfig('ViT-B-32'))).toBe(151_277_313);
  });

  test('counts steps: whole batches, cut short, and a set smaller than the batch', () => {
    const options = { ...distillOptions({ batch: 64, epochs: 3 }) };
    expect(countSteps({ options, samples: 200 })).toBe(9);
    expect(countSteps({ options: { ...options, maxSteps: 5 }, samples: 200 })).toBe(5);
    expect(countSteps({ options, samples: 10 })).toBe(3);
  });

  test('of one block by hand', () => {
    // micro-32-small: 17 image tokens and 16 of text, width 32, 2 heads, 2 layers, hidden 128
    const image = 2 * 17 * (8 * 32 + 2 * 2 * 17 + 14 * 32);
    const text = 2 * 16 * (8 * 32 + 2 * 2 * 16 + 14 * 32);
    expect(activationBytes(builtinConfig('micro-32-small'))).toBe(4 * (image + text));
    const weights = 12 * 32 * 32;
    const operations = 2 * 2 * 17 * (weights + 2 * 17 * 32) + 2 * 2 * 16 * (weights + 2 * 16 * 32);
    expect(pairOperations(plan('micro-32-small', 8))).toBe(3 * operations);
    expect(pairOperations(plan('micro-32-small', 8, { microBatch: 4 }))).toBe(4 * operations);
  });

  test.each([
    ['tiny-64-small', 64, {}, 1.25e9],
    ['ViT-B-32', 32, { microBatch: 8 }, 7.28e9],
    ['ViT-B-32', 16, { microBatch: 8 }, 6.2e9],
  ])('comes near the most that was resident in a run: %s at a batch of %i', (student, batch, change, resident) => {
    const small = { samples: 256, teacherDim: 256, classes: 16 };
    const share = trainingBytes({ ...plan(student, batch, change), ...small }) / resident;
    expect(share).toBeGreaterThan(0.8);
    expect(share).toBeLessThan(1.25);
  });

  test('a micro-batch needs less memory, a larger model more', () => {
    expect(trainingBytes(plan('ViT-B-16', 256, { microBatch: 32 }))).toBeLessThan(trainingBytes(plan('ViT-B-16', 256)));
    expect(trainingBytes(plan('ViT-L-14', 32))).toBeGreaterThan(trainingBytes(plan('ViT-B-16', 32)));
  });
});

test('every preset makes whole options', () => {
  expect(presetNames).toEqual(['paper', 'workstation', 'quick']);
  for (const preset of presetNames) expect(distillOptions({}, preset).epochs).toBeGreaterThan(0);
  expect(distillOptions({ lr: 2 }, 'quick')).toMatchObject({ lr: 2, maxSteps: 200 });
  expect(() => distillOptions({}, 'slow')).toThrow('paper, workstation, quick');
});

test('the use of a GPU is read from the driver, or not there', () => {
  expect(parseUsage('37, 1024\n')).toEqual({ gpu: 0.37, gpuMemory: 2 ** 30 });
  expect(parseUsage('[N/A], 1024')).toBeUndefined();
  expect(parseUsage('')).toBeUndefined();
});
