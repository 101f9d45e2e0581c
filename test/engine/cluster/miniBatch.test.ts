/** @file Mini-batches against plain loops and scikit-learn. Run: npx vitest run test/engine/cluster/miniBatch.test.ts */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { miniBatches, startOfPasses, type MiniBatchState } from '../../../src/main/engine/cluster/miniBatch.ts';
import { run } from '../../../src/main/engine/cluster/run.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { permutation } from '../../../src/main/engine/random.ts';
import { tf } from '../../../src/main/engine/runtime/backend.ts';
import { ChunkedRows, type RowSource } from '../../../src/main/engine/store/chunkedRows.ts';
import { readNpy } from '../../../src/main/engine/store/npy.ts';
import { clusteredRows, DATASET, sourceOf, workspaceWith } from '../support/vectors.ts';
import { naiveLabels } from './naive.ts';

async function centresOf(
  source: RowSource,
  start: Float32Array,
  {
    miniBatch,
    iterations,
    seed = 3,
    tolerance = 0,
  }: { miniBatch: number; iterations: number; seed?: number; tolerance?: number },
  chunkRows: number,
) {
  const rows = new ChunkedRows(source, chunkRows);
  const state = startOfPasses(start.slice(), start.length / source.dim);
  const plan = { miniBatch, iterations, seed, tolerance };
  const passes = await miniBatches(rows, state, plan, () => Promise.resolve(), silentContext());
  return { centres: state.centres, passes, state };
}

const anyCase = fc.record({
  images: fc.integer({ min: 1, max: 120 }),
  clusters: fc.integer({ min: 1, max: 9 }),
  dim: fc.integer({ min: 2, max: 8 }),
  miniBatch: fc.integer({ min: 1, max: 70 }),
  seed: fc.integer({ min: 0, max: 1e6 }),
  chunkRows: fc.integer({ min: 1, max: 130 }),
});

it('moves each centre to the mean of what it has met, whatever the chunks', async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, async ({ images, clusters, dim, miniBatch, seed, chunkRows }) => {
      const source = sourceOf(clusteredRows(images, dim, seed), dim);
      const start = await sourceOf(clusteredRows(clusters, dim, seed + 1), dim).read(0, clusters);
      const { centres } = await centresOf(source, start, { miniBatch, iterations: 1, seed }, chunkRows);

      const rows = await source.read(0, images);
      const run = Math.min(16, miniBatch);
      const perBatch = Math.floor(miniBatch / run);
      const order = permutation(Math.ceil(images / run), seed, 2, 0);
      const expected = start.slice();
      const met: number[][] = Array.from({ length: clusters }, () => []);
      for (let at = 0; at < order.length; at += perBatch) {
        const batch = [...order.slice(at, at + perBatch)].flatMap((first) =>
          Array.from({ length: run }, (_, i) => first * run + i).filter((row) => row < images),
        );
        const vectors = Float32Array.from(batch.flatMap((row) => [...rows.subarray(row * dim, (row + 1) * dim)]));
        for (const [i, label] of naiveLabels(vectors, expected, dim).entries()) met[label]!.push(batch[i]!);
        for (const [cluster, members] of met.entries()) {
          const sum = Array.from({ length: dim }, (_, t) => members.reduce((s, row) => s + rows[row * dim + t]!, 0));
          const length = Math.hypot(...sum);
          if (length > 1e-3) for (const [t, value] of sum.entries()) expected[cluster * dim + t] = value / length;
        }
      }
      for (const [at, value] of centres.entries()) expect(Math.abs(value - expected[at]!)).toBeLessThan(1e-4);
    }),
    { numRuns: 60 },
  );
});

it('goes on from a stored state to the same bits, and gives idle centres an image', async () => {
  // all on one side of the sphere, two centres on the other: they meet nothing in the first pass
  const shifted = clusteredRows(200, 6, 5).map((value, at) => (at % 6 === 0 ? value + 2 : value));
  const rows = new ChunkedRows(sourceOf(shifted, 6), 64);
  const start = Float32Array.from({ length: 18 }, (_, at) => (at === 0 ? 1 : at % 6 === 0 ? -1 : 0));
  const plan = { miniBatch: 48, iterations: 3, tolerance: 0, seed: 1 };
  const stored: MiniBatchState[] = [];
  const state = startOfPasses(start.slice(), 3);
  const keep = (now: MiniBatchState): Promise<void> => {
    stored.push(structuredClone(now));
    return Promise.resolve();
  };
  expect(await miniBatches(rows, state, plan, keep, silentContext())).toBe(3);
  expect(stored.map(({ batch }) => batch)).toEqual([5, 10, 15]);
  expect(Array.from(stored[0]!.met)).toEqual([200, 0, 0]);
  expect(Math.min(...stored[2]!.met)).toBeGreaterThan(0);
  for (const from of stored) {
    await miniBatches(rows, from, plan, () => Promise.resolve(), silentContext());
    expect(from).toEqual(state);
  }
});

it('ends with the pass that brings too little', async () => {
  const source = sourceOf(clusteredRows(400, 6, 8), 6);
  const start = (await source.read(0, 8)).slice();
  const { passes } = await centresOf(source, start, { miniBatch: 64, iterations: 50, tolerance: 0.01 }, 100);
  expect(passes).toBeGreaterThan(1);
  expect(passes).toBeLessThan(50);
});

it('ends as low as mini-batches of scikit-learn', async () => {
  const fixtures = path.join(import.meta.dirname, '../../fixtures');
  const peer = JSON.parse(readFileSync(path.join(fixtures, 'cluster/miniBatch.json'), 'utf8')) as {
    batch: number;
    passes: number;
    inertias: number[];
  };
  const embeddings = (await readNpy(path.join(fixtures, 'curation/embeddings.npy'))).data as Float16Array;
  const workspace = await workspaceWith(embeddings, 32, { shardRows: 1000 });
  const inertias: number[] = [];
  for (let seed = 0; seed < 10; seed++) {
    const options = { clusters: 20, iterations: peer.passes, miniBatch: peer.batch, seed };
    inertias.push((await run({ workspace, dataset: DATASET }, options, silentContext())).inertia);
  }
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(mean(inertias)).toBeLessThan(mean(peer.inertias) * 1.02);
});

it('leaves no tensor behind', async () => {
  const source = sourceOf(clusteredRows(90, 8, 3), 8);
  const before = tf.memory().numTensors;
  await centresOf(source, (await source.read(0, 5)).slice(), { miniBatch: 20, iterations: 2 }, 30);
  expect(tf.memory().numTensors).toBe(before);
});
