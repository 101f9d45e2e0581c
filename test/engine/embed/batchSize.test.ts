/** @file Run: vitest run test/engine/embed/batchSize */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { builtinConfig, configNames } from '../../../src/main/engine/clip/config.ts';
import { automaticBatch, pairBytes } from '../../../src/main/engine/embed/batchSize.ts';

const gib = 2 ** 30;

test('the memory of a pair, worked out by hand', () => {
  // MLP of the image tower: 50 tokens, (2 + 3 * 4) * 768; the text tower's 77 * 14 * 512 is larger
  const config = builtinConfig('ViT-B-32');
  expect(pairBytes(config, 'gpu')).toBe(4 * 77 * 14 * 512 + 224 * 224 * 3);
  expect(pairBytes(config, 'cpu')).toBe(4 * 77 * 14 * 512 + 5 * 224 * 224 * 3);
  // many short heads: attention is the larger part
  const vision = { ...config.vision, width: 64, heads: 64, patchSize: 8 };
  expect(pairBytes({ ...config, vision }, 'gpu')).toBe(4 * 785 * (8 * 64 + 2 * 64 * 785) + 224 * 224 * 3);
});

test('what is enough where there is room, less where there is not, one at least', () => {
  const config = builtinConfig('ViT-bigG-14');
  const weights = 10 * gib;
  expect(automaticBatch(config, weights, { free: 200 * gib, device: 'cpu' })).toBe(32);
  expect(automaticBatch(config, weights, { free: 200 * gib, device: 'gpu' })).toBe(256);
  expect(automaticBatch(config, weights, { free: 12 * gib, device: 'gpu' })).toBe(32);
  expect(automaticBatch(config, weights, { free: 8 * gib, device: 'gpu' })).toBe(1);
});

test('a power of two that fits into half of what the weights leave, and twice as many would not', () => {
  const name = fc.constantFrom(...configNames);
  const device = fc.constantFrom('cpu' as const, 'gpu' as const);
  fc.assert(
    fc.property(name, device, fc.nat(2 ** 36), fc.nat(2 ** 34), (named, kind, free, weights) => {
      const config = builtinConfig(named);
      const batch = automaticBatch(config, weights, { free, device: kind });
      const needs = (rows: number) => weights + 2 * rows * pairBytes(config, kind);
      expect(Number.isInteger(Math.log2(batch))).toBe(true);
      if (batch > 1) expect(needs(batch)).toBeLessThanOrEqual(free);
      if (batch < (kind === 'cpu' ? 32 : 256)) expect(needs(2 * batch)).toBeGreaterThan(free);
    }),
  );
});
