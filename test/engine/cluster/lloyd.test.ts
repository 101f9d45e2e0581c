/** @file Starts, empty clusters and the end of the iterations. Run: npx vitest run test/engine/cluster/lloyd.test.ts */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Assigner } from '../../../src/main/engine/cluster/assign.ts';
import { initialCentres } from '../../../src/main/engine/cluster/initialise.ts';
import { lloyd, type LloydLimits } from '../../../src/main/engine/cluster/lloyd.ts';
import { inertiaOf } from '../../../src/main/engine/cluster/measure.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { permutation, randomStream } from '../../../src/main/engine/random.ts';
import { tf } from '../../../src/main/engine/runtime/backend.ts';
import { ChunkedRows, type RowSource } from '../../../src/main/engine/store/chunkedRows.ts';
import { squaredDistance } from '../../../src/main/engine/vectors.ts';
import { clusteredRows, sourceOf } from '../support/vectors.ts';

const circle = (...degrees: number[]) =>
  Float32Array.from(degrees.flatMap((a) => [Math.cos((a * Math.PI) / 180), Math.sin((a * Math.PI) / 180)]));

async function cluster(source: RowSource, centres: Float32Array, limits: LloydLimits) {
  const rows = new ChunkedRows(source, 2);
  const assigner = new Assigner(rows);
  const start = { iteration: 0, centres: centres.slice(), labels: new Int32Array(rows.count).fill(-1) };
  const found = await lloyd(rows, assigner, start, limits, () => Promise.resolve(), silentContext());
  assigner.dispose();
  return { ...found, inertia: await inertiaOf(rows, found.centres, found.labels, silentContext()) };
}

it('gives an empty cluster the image that is farthest from its centre, then the next', async () => {
  const rows = circle(0, 10, 170, 20, 110);
  const source = sourceOf(rows, 2);
  const unit = await source.read(0, 5);
  // all are nearest to the first of three equal centres, whose mean lies at 46 degrees: 170, then 110 are farthest
  const { centres, labels, sizes } = await cluster(source, circle(50, 50, 50), { iterations: 1 });
  expect(centres.slice(2)).toEqual(Float32Array.of(unit[4]!, unit[5]!, unit[8]!, unit[9]!));
  expect(Array.from(labels)).toEqual([0, 0, 1, 0, 2]);
  expect(Array.from(sizes)).toEqual([3, 1, 1]);
});

it('stops when no label changes', async () => {
  const { iteration, inertia } = await cluster(sourceOf(circle(0, 10, 90, 100), 2), circle(0, 100), { iterations: 50 });
  expect(iteration).toBe(1);
  expect(inertia).toBeCloseTo(4 * (2 - 2 * Math.cos((5 * Math.PI) / 180)), 6);
});

it('ends once an iteration brings less than the tolerance', async () => {
  const source = sourceOf(clusteredRows(300, 8, 3, 40), 8);
  const start = (await source.read(0, 12)).slice();
  const inertias: number[] = [];
  for (let iterations = 0; iterations < 9; iterations++) {
    inertias.push((await cluster(source, start, { iterations })).inertia);
  }
  for (const tolerance of [0.3, 0.02, 0.005]) {
    const gains = inertias.slice(1).map((now, at) => 1 - now / inertias[at]!);
    const expected = gains.findIndex((gain) => gain <= tolerance) + 1;
    expect(expected).toBeGreaterThan(0);
    const found = await cluster(source, start, { iterations: 50, tolerance });
    expect(found).toMatchObject({ iteration: expected, inertia: inertias[expected] });
  }
});

it('has the same result where sums are made block by block of clusters', async () => {
  const source = sourceOf(clusteredRows(120, 6, 4, 30), 6);
  const start = (await source.read(0, 11)).slice();
  const whole = await cluster(source, start, { iterations: 4 });
  for (const sumsBytes of [1, 3 * 6 * 8, 10 * 6 * 8]) {
    expect(await cluster(source, start, { iterations: 4, sumsBytes })).toEqual(whole);
  }
});

it('never raises the inertia with another iteration', async () => {
  const source = sourceOf(clusteredRows(300, 8, 3, 40), 8);
  const start = (await source.read(0, 12)).slice();
  let last = Infinity;
  for (let iterations = 1; iterations < 8; iterations++) {
    const { inertia } = await cluster(source, start, { iterations });
    expect(inertia).toBeLessThanOrEqual(last * (1 + 1e-12));
    last = inertia;
  }
});

const anyStart = fc.record({
  images: fc.integer({ min: 1, max: 60 }),
  dim: fc.integer({ min: 2, max: 12 }),
  share: fc.double({ min: 0.05, max: 1, noNaN: true }),
  seed: fc.integer({ min: 0, max: 1e6 }),
});

it('k-means++ draws each centre in proportion to the squared distance from those before', async () => {
  await fc.assert(
    fc.asyncProperty(anyStart, async ({ images, dim, share, seed }) => {
      const source = sourceOf(clusteredRows(images, dim, seed), dim);
      const clusters = Math.max(1, Math.floor(images * share));
      const plan = { clusters, iterations: 1, seed, init: 'k-means++' as const };
      const found = await initialCentres(new ChunkedRows(source, 7), plan, silentContext());

      const rows = await source.read(0, images);
      const random = randomStream(seed, clusters);
      const chosen = [Math.floor(random() * images)];
      while (chosen.length < clusters) {
        const weights = Array.from({ length: images }, (_, row) =>
          Math.min(...chosen.map((centre) => squaredDistance(rows, row, rows, centre, dim))),
        );
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const share = random();
        let [row, sum] = [0, weights[0]!];
        while (total > 0 && sum <= share * total) sum += weights[++row]!;
        chosen.push(total > 0 ? row : Math.floor(share * images));
      }
      expect(found).toEqual(Float32Array.from(chosen.flatMap((row) => [...rows.subarray(row * dim, (row + 1) * dim)])));
    }),
    { numRuns: 60 },
  );
});

it('a sampled start takes different images, in the order of the set', async () => {
  const source = sourceOf(clusteredRows(50, 4, 1), 4);
  const plan = { clusters: 9, iterations: 1, seed: 5, init: 'sample' as const };
  const found = await initialCentres(new ChunkedRows(source, 7), plan, silentContext());
  const rows = await source.read(0, 50);
  const chosen = permutation(50, 5).slice(0, 9).sort();
  expect(found).toEqual(Float32Array.from([...chosen].flatMap((row) => [...rows.subarray(row * 4, row * 4 + 4)])));
});

it('leaves no tensor behind', async () => {
  const source = sourceOf(clusteredRows(90, 8, 3), 8);
  const before = tf.memory().numTensors;
  const plan = { clusters: 70, iterations: 1, seed: 1, init: 'k-means++' as const };
  await cluster(source, await initialCentres(new ChunkedRows(source, 20), plan, silentContext()), { iterations: 3 });
  expect(tf.memory().numTensors).toBe(before);
});
