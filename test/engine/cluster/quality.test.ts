/** @file The quality of a clustering. Fixtures: test/fixtures/cluster/make.py. Run: npx vitest run test/engine/cluster/quality.test.ts */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { similaritiesOf } from '../../../src/main/engine/cluster/measure.ts';
import { qualityOf, type Spread } from '../../../src/main/engine/cluster/quality.ts';
import { Smallest } from '../../../src/main/engine/cluster/smallest.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { ChunkedRows } from '../../../src/main/engine/store/chunkedRows.ts';
import { readNpy } from '../../../src/main/engine/store/npy.ts';
import { sourceOf } from '../support/vectors.ts';

const FIXTURES = path.join(import.meta.dirname, '../../fixtures');
const json = (name: string): unknown => JSON.parse(readFileSync(path.join(FIXTURES, 'cluster', name), 'utf8'));
const quantiles = ({ min, p5, p25, median, p75, p95, max }: Spread) => [min, p5, p25, median, p75, p95, max];

it('of a case by hand', () => {
  const { largest, ...quality } = qualityOf({
    labels: Int32Array.of(0, 0, 0, 2),
    similarities: Float32Array.of(0.5, 1, 0.75, 0.25),
    sizes: Int32Array.of(3, 0, 1),
    sizesBefore: Int32Array.of(4, 4, 4),
  });
  expect(quality.meanSimilarity).toBeCloseTo(2.5 / 4, 12);
  expect(quality.similarity).toMatchObject({ min: 0.25, median: 0.5, max: 0.75 });
  // differences of all pairs of 0, 1, 3: 12 / 9; half of it over the mean 4 / 3
  expect(quality.sizes).toMatchObject({ min: 0, median: 1, max: 3, largestPercent: 0.75 });
  expect(quality.sizes.gini).toBeCloseTo(0.5, 12);
  expect(quality.sizesBefore.gini).toBe(0);
  expect(quality.empty).toBe(1);
  expect(largest).toEqual([
    {
      cluster: 0,
      size: 3,
      sizeBefore: 4,
      meanSimilarity: 0.75,
      nearest: [
        { row: 1, similarity: 1 },
        { row: 2, similarity: 0.75 },
        { row: 0, similarity: 0.5 },
      ],
    },
    { cluster: 2, size: 1, sizeBefore: 4, meanSimilarity: 0.25, nearest: [{ row: 3, similarity: 0.25 }] },
  ]);
});

it('is that of numpy and scikit-learn', async () => {
  const peer = json('quality.json') as {
    labels: number[];
    inertia: number;
    meanSimilarity: number;
    similarity: number[];
    sizes: number[];
    gini: number;
    largest: { cluster: number; size: number; nearest: number[] };
  };
  const read = async (name: string) => (await readNpy(path.join(FIXTURES, 'curation', name))).data;
  const centres = (await read('faissCentres.npy')) as Float32Array;
  const rows = new ChunkedRows(sourceOf(Float32Array.from((await read('embeddings.npy')) as Float16Array), 32), 300);
  const labels = Int32Array.from(peer.labels);
  const { inertia, similarities } = await similaritiesOf(rows, centres, labels, silentContext());
  expect(Math.abs(inertia / peer.inertia - 1)).toBeLessThan(1e-6);
  const sizes = new Int32Array(20);
  for (const label of labels) sizes[label]!++;
  const quality = qualityOf({ labels, similarities, sizes, sizesBefore: sizes });
  expect(quality.meanSimilarity).toBeCloseTo(peer.meanSimilarity, 6);
  expect(quality.sizes.gini).toBeCloseTo(peer.gini, 12);
  for (const [at, value] of quantiles(quality.sizes).entries()) expect(value).toBeCloseTo(peer.sizes[at]!, 9);
  for (const [at, value] of quantiles(quality.similarity).entries()) expect(value).toBeCloseTo(peer.similarity[at]!, 6);
  const largest = quality.largest[0]!;
  expect({ ...largest, nearest: largest.nearest.map(({ row }) => row) }).toMatchObject(peer.largest);
});

it('the smallest of a stream are the first of the sorted ones, ties by row', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), fc.integer({ min: 0, max: 12 }), (values, most) => {
      const smallest = new Smallest(most);
      for (const [row, value] of values.entries()) smallest.offer(value, row);
      const sorted = values.map((value, row) => ({ value, row })).sort((a, b) => a.value - b.value || a.row - b.row);
      expect(smallest.sorted()).toEqual(sorted.slice(0, most));
    }),
  );
});
