/** @file Learning rates and Adam's corrections, by hand. Run: npm test -- test/engine/distill/schedule.test.ts */

import { expect, test } from 'vitest';
import { distillOptions } from '../../../src/main/engine/distill/options.ts';
import { adamCorrections, rateAt } from '../../../src/main/engine/distill/schedule.ts';

test('warm-up counts steps, or a share of all', () => {
  expect([1, 2, 4].map((step) => rateAt(step, 10, { schedule: 'constant', warmup: 4 }))).toEqual([0.25, 0.5, 1]);
  expect(rateAt(1, 40, { schedule: 'constant', warmup: 0.1 })).toBe(0.25);
  expect(rateAt(1, 10, { schedule: 'constant', warmup: 0 })).toBe(1);
});

test('the cosine starts at 1 after the warm-up and has fallen by half in the middle', () => {
  const at = (step: number): number => rateAt(step, 14, { schedule: 'cosine', warmup: 4 });
  expect(at(5)).toBe(1);
  expect(at(10)).toBeCloseTo(0.5, 12);
  expect(at(14)).toBeCloseTo(0.5 * (1 + Math.cos(0.9 * Math.PI)), 12);
});

test('corrections of the first step undo the moments', () => {
  const { rate, epsilon } = adamCorrections(1, { beta1: 0.9, beta2: 0.98, epsilon: 1e-6 });
  expect(rate).toBeCloseTo(Math.sqrt(0.02) / 0.1, 12);
  expect(epsilon).toBeCloseTo(1e-6 * Math.sqrt(0.02), 15);
});

test('options are checked with their names', () => {
  expect(() => distillOptions({ alpha: 2 })).toThrow(/alpha/);
  expect(() => distillOptions({ batch: 10, microBatch: 4 })).toThrow(/micro-batch 4/);
  expect(() => distillOptions({ base: false, cluster: false, instance: false })).toThrow(/at least one/);
  expect(() => distillOptions({}, 'papier')).toThrow(/papier.*paper/);
  expect(distillOptions({ lr: 5e-4 }, 'paper')).toMatchObject({ lr: 5e-4, alpha: 0.999, epochs: 32 });
});
