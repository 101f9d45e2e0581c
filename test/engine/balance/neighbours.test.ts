/** @file Exact pairs from every filter. Run: npx vitest run test/engine/balance/neighbours.test.ts */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NeighbourSearch, type SearchOptions } from '../../../src/main/engine/balance/neighbours.ts';
import { chooseSketch } from '../../../src/main/engine/balance/sketch.ts';
import { applySketch, wholeRows, type Sketch } from '../../../src/main/engine/runtime/sketch.ts';
import { normalStream } from '../../../src/main/engine/random.ts';
import { tf, usesGpu } from '../../../src/main/engine/runtime/backend.ts';
import { ChunkedRows, type RowSource } from '../../../src/main/engine/store/chunkedRows.ts';
import { innerProduct, squaredDistance } from '../../../src/main/engine/vectors.ts';
import { clusteredRows, sourceOf } from '../support/vectors.ts';

type Pair = [i: number, j: number, distance: number];

async function search(source: RowSource, beta: number, chunkRows: number, options: SearchOptions): Promise<Pair[]> {
  const found: Pair[] = [];
  const searcher = await NeighbourSearch.create(new ChunkedRows(source, chunkRows, 0), beta, options);
  let total = 0;
  for (let chunk = 0; chunk < searcher.chunks; chunk++) {
    let compared = 0;
    const onPair = (...pair: Pair) => found.push(pair);
    await searcher.searchChunk(chunk, onPair, (more) => Promise.resolve(void (compared += more)));
    expect(compared).toBe(searcher.workOf(chunk));
    total += compared;
  }
  expect(total).toBe((source.count * (source.count + 1)) / 2);
  searcher.dispose();
  return found.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
}

async function naive(source: RowSource, beta: number): Promise<Pair[]> {
  const rows = await source.read(0, source.count);
  const pairs: Pair[] = [];
  for (let i = 0; i < source.count; i++) {
    for (let j = i + 1; j < source.count; j++) {
      const distance = Math.sqrt(squaredDistance(rows, i, rows, j, source.dim));
      if (distance <= beta) pairs.push([i, j, distance]);
    }
  }
  return pairs;
}

/** A sketch on the first coordinates: a poor basis, but orthonormal. */
const firstCoordinates = (dim: number, width: number, margin: number): Sketch => ({
  basis: tf.eye(dim, width),
  margin,
});

/** 9,000 unit rows of 128 dimensions whose spectrum falls, so that a sketch pays. */
function fallingSpectrum(): RowSource {
  const dim = 128;
  const normal = normalStream(5);
  const rows = Float32Array.from({ length: 9000 * dim }, (_, i) => normal() / (1 + (i % dim)));
  for (let copy = 0; copy < 300; copy++) {
    const [from, to] = [copy * 7 * dim, (copy * 29 + 3) * dim];
    for (let t = 0; t < dim; t++) rows[to + t] = rows[from + t]! + (0.05 * normal()) / (1 + t);
  }
  return sourceOf(rows, dim);
}

describe('pairs within beta', () => {
  const anyCase = fc.record({
    images: fc.integer({ min: 1, max: 120 }),
    dim: fc.integer({ min: 2, max: 40 }),
    seed: fc.nat(),
    beta: fc.constantFrom(0, 0.01, 0.447, 1, 1.5, 2),
    chunkRows: fc.integer({ min: 1, max: 130 }),
    arithmetic: fc.constantFrom('float32' as const, 'bfloat16' as const),
    sketchWidth: fc.option(fc.integer({ min: 1, max: 12 })),
    byRows: fc.boolean(),
  });

  it('are those of the definition, whatever the filter and the chunks', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ images, dim, seed, beta, chunkRows, arithmetic, sketchWidth, byRows }) => {
        const source = sourceOf(clusteredRows(images, dim, seed), dim);
        const sketch = sketchWidth === null ? wholeRows : firstCoordinates(dim, Math.min(dim, sketchWidth), 1e-4);
        expect(await search(source, beta, chunkRows, { arithmetic, sketch, byRows })).toEqual(
          await naive(source, beta),
        );
      }),
      { numRuns: 80 },
    );
  });

  it('are found across panels and chunks of a large set with the chosen sketch', async () => {
    const source = fallingSpectrum();
    const expected = await search(source, 0.3, 9000, { arithmetic: 'float32', sketch: wholeRows });
    expect(expected.length).toBeGreaterThan(250);
    expect(await search(source, 0.3, 4100, {})).toEqual(expected);
  });
});

describe('the sketch', () => {
  // a GPU multiplies whole rows sooner than it looks through what a sketch leaves
  it.skipIf(usesGpu())('is chosen where the spectrum falls, and bounds every product from above', async () => {
    const source = fallingSpectrum();
    const sketch = await chooseSketch(source, 0.95);
    expect(sketch.basis).toBeDefined();
    expect(sketch.basis!.shape[1]).toBeLessThan(64);
    const rows = await source.read(0, 300);
    const matrix = tf.tensor2d(rows, [300, source.dim]);
    const sketched = applySketch(matrix, sketch);
    const [values, width] = [sketched.dataSync<'float32'>(), sketched.shape[1]];
    let slack = Infinity;
    for (let i = 0; i < 300; i++) {
      for (let j = 0; j < 300; j++) {
        const bound = innerProduct(values, i, values, j, width) + sketch.margin;
        slack = Math.min(slack, bound - innerProduct(rows, i, rows, j, source.dim));
      }
    }
    expect(slack).toBeGreaterThanOrEqual(0);
    expect(slack).toBeLessThan(0.05);
    tf.dispose([sketch.basis!, matrix, sketched]);
  });

  it('is not used where nothing is gained', async () => {
    const normal = normalStream(6);
    const isotropic = sourceOf(Float32Array.from({ length: 8192 * 128 }, normal), 128);
    expect(await chooseSketch(isotropic, 0.5)).toBe(wholeRows);
    expect(await chooseSketch(sourceOf(clusteredRows(100, 128, 1), 128), 0.9)).toBe(wholeRows);
  });

  it('copes with a set of one picture', async () => {
    const source = sourceOf(new Float32Array(8192 * 128).fill(1), 128);
    const sketch = await chooseSketch(source, 0.9);
    tf.dispose(sketch.basis ?? []);
    expect(sketch).toBeDefined();
  });
});

it('leaves no tensor behind', async () => {
  const source = fallingSpectrum();
  await search(source, 0.1, 5000, {});
  const before = tf.memory().numTensors;
  await search(source, 0.1, 5000, {});
  await search(source, 0.1, 5000, { arithmetic: 'bfloat16', sketch: wholeRows });
  expect(tf.memory().numTensors).toBe(before);
});
