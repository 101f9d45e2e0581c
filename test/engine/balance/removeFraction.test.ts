/** @file --remove-fraction finds its beta. Run: npx vitest run test/engine/balance/removeFraction.test.ts */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { run } from '../../../src/main/engine/balance/run.ts';
import { silentContext, type Progress } from '../../../src/main/engine/progress.ts';
import { findEmbeddings, readRows } from '../../../src/main/engine/store/embeddings.ts';
import { clusteredRows, DATASET, workspaceWith } from '../support/vectors.ts';
import { squaredDistance } from '../../../src/main/engine/vectors.ts';
import { naiveBalance, storedGroups } from './naive.ts';

const removedBy = (rows: Float32Array, dim: number, beta: number, k: number) =>
  naiveBalance(rows, dim, beta, k).groups.reduce((sum, members) => sum + members.length - 1, 0);

/** The smallest distance between two images that removes enough, by trying all. */
function naiveBeta(rows: Float32Array, dim: number, target: number, k: number): number {
  const images = rows.length / dim;
  const distances = new Set<number>([0]);
  for (let i = 0; i < images; i++) {
    for (let j = i + 1; j < images; j++) distances.add(Math.sqrt(squaredDistance(rows, i, rows, j, dim)));
  }
  return [...distances].sort((a, b) => a - b).find((beta) => removedBy(rows, dim, beta, k) >= target)!;
}

const anyCase = fc.record({
  images: fc.integer({ min: 1, max: 22 }),
  dim: fc.integer({ min: 2, max: 6 }),
  seed: fc.nat(),
  fraction: fc.constantFrom(0, 0.05, 0.3, 0.437, 0.6),
  topK: fc.constantFrom(3, 32, 'all' as const),
  chunks: fc.integer({ min: 1, max: 3 }),
});

it('is the smallest that removes at least the share', async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, async ({ images, dim, seed, fraction, topK, chunks }) => {
      const workspace = await workspaceWith(clusteredRows(images, dim, seed), dim);
      const rows = await readRows(await findEmbeddings(workspace, DATASET), 'image');
      const k = topK === 'all' ? images : topK;
      const target = Math.ceil(fraction * images);
      const options = { removeFraction: fraction, topK, chunks };
      if (removedBy(rows, dim, 2, k) < target) {
        await expect(run({ workspace, dataset: DATASET }, options, silentContext())).rejects.toThrow(/No beta removes/);
        return;
      }
      const expected = naiveBeta(rows, dim, target, k);
      const result = await run({ workspace, dataset: DATASET }, options, silentContext());
      expect(result.beta).toBe(expected);
      expect(result.removed).toBe(removedBy(rows, dim, expected, k));
      expect(result.pairs).toBe(naiveBalance(rows, dim, expected, k).pairs.length);
      expect(storedGroups(workspace, result.balanceId).map(({ members }) => members)).toEqual(
        naiveBalance(rows, dim, expected, k).groups,
      );
    }),
    { numRuns: 25 },
  );
});

it('takes another share from the stored search', async () => {
  const workspace = await workspaceWith(clusteredRows(300, 8, 11, 60), 8);
  const half = await run({ workspace, dataset: DATASET }, { removeFraction: 0.5 }, silentContext());
  expect(half.removed).toBeGreaterThanOrEqual(150);
  let searched = 0;
  const context = {
    ...silentContext(),
    onProgress: ({ stage }: Progress) => (searched += Number(stage === 'compare images')),
  };
  const less = await run({ workspace, dataset: DATASET }, { removeFraction: 0.3 }, context);
  expect(searched).toBe(0);
  expect(less.removed).toBeGreaterThanOrEqual(90);
  expect(less.beta).toBeLessThan(half.beta);
});
