/** @file What balance is made of. Run: npx vitest run test/engine/balance/parts.test.ts */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeCollector } from '../../../src/main/engine/balance/collectors.ts';
import { NearestOfEach } from '../../../src/main/engine/balance/nearest.ts';
import { betasToTry, sampledNearest } from '../../../src/main/engine/balance/removeFraction.ts';
import { UnionFind } from '../../../src/main/engine/balance/unionFind.ts';
import { permutation, randomStream } from '../../../src/main/engine/random.ts';
import { tf } from '../../../src/main/engine/runtime/backend.ts';
import { ChunkedRows } from '../../../src/main/engine/store/chunkedRows.ts';
import { innerProduct, squaredDistance } from '../../../src/main/engine/vectors.ts';
import { clusteredRows, sourceOf } from '../support/vectors.ts';

type Pair = [i: number, j: number, distance: number];

/** A random graph in random order; distances are few, so many are equal. */
function randomPairs(images: number, share: number, seed: number): Pair[] {
  const random = randomStream(seed);
  const pairs: Pair[] = [];
  for (let i = 0; i < images; i++) {
    for (let j = i + 1; j < images; j++) if (random() < share) pairs.push([i, j, Math.floor(random() * 6) / 4]);
  }
  return Array.from(permutation(pairs.length, seed), (at) => pairs[at]!);
}

/** Pairs of which one end is among the k nearest of the other, by sorting. */
function naiveKept(images: number, pairs: Pair[], k: number): Set<string> {
  const kept = new Set<string>();
  for (let image = 0; image < images; image++) {
    pairs
      .filter((pair) => pair[0] === image || pair[1] === image)
      .map(([i, j, distance]) => ({ other: i + j - image, distance, name: `${i}-${j}` }))
      .sort((a, b) => a.distance - b.distance || a.other - b.other)
      .slice(0, k)
      .forEach(({ name }) => kept.add(name));
  }
  return kept;
}

const anyGraph = fc.record({
  images: fc.integer({ min: 1, max: 25 }),
  share: fc.constantFrom(0, 0.1, 0.4, 1),
  seed: fc.nat(),
  k: fc.integer({ min: 1, max: 8 }),
});

describe('the k nearest', () => {
  it('are those of sorting, ties to the lower row', () => {
    fc.assert(
      fc.property(anyGraph, ({ images, share, seed, k }) => {
        const pairs = randomPairs(images, share, seed);
        const nearest = new NearestOfEach(images, k);
        for (const [i, j] of pairs) nearest.count(i, j);
        if (nearest.prepare()) for (const pair of pairs) nearest.collect(...pair);
        const kept = pairs.filter((pair) => nearest.keeps(...pair)).map(([i, j]) => `${i}-${j}`);
        expect(new Set(kept)).toEqual(naiveKept(images, pairs, k));
      }),
      { numRuns: 300 },
    );
  });

  it('survive in a collector that must drop pairs on the way', () => {
    fc.assert(
      fc.property(anyGraph, fc.integer({ min: 1, max: 30 }), ({ images, share, seed, k }, limit) => {
        const pairs = randomPairs(images, share, seed);
        const collector = makeCollector(images, k, limit);
        for (const pair of pairs) collector.add(...pair);
        const held = new Set<string>();
        collector.pairs.forEach((i, j) => held.add(`${i}-${j}`));
        for (const name of naiveKept(images, pairs, k)) expect(held).toContain(name);
        expect(collector.total).toBe(pairs.length);
      }),
      { numRuns: 300 },
    );
  });

  it('bound what a collector holds', () => {
    const collector = makeCollector(200, 2, 100);
    for (const pair of randomPairs(200, 1, 1)) collector.add(...pair);
    expect(collector.total).toBe(19900);
    expect(collector.pairs.length).toBeLessThan(1600);
  });
});

describe('the spanning forest', () => {
  const components = (images: number, pairs: Iterable<Pair>, beta: number) => {
    const groups = new UnionFind(images);
    for (const [i, j, distance] of pairs) if (distance <= beta) groups.union(i, j);
    return Array.from({ length: images }, (_, image) => groups.find(image));
  };

  it('has the groups of every distance', () => {
    fc.assert(
      fc.property(anyGraph, fc.integer({ min: 1, max: 30 }), ({ images, share, seed }, limit) => {
        const pairs = randomPairs(images, share, seed);
        const collector = makeCollector(images, 'all', limit);
        for (const pair of pairs) collector.add(...pair);
        const held: Pair[] = [];
        collector.pairs.forEach((...pair) => held.push(pair));
        expect(collector.total).toBe(pairs.length);
        for (const beta of [0, 0.25, 0.5, 0.75, 1, 1.25]) {
          expect(components(images, held, beta)).toEqual(components(images, pairs, beta));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('bounds what a collector holds', () => {
    const collector = makeCollector(200, 'all', 500);
    for (const pair of randomPairs(200, 1, 1)) collector.add(...pair);
    expect(collector.total).toBe(19900);
    expect(collector.pairs.length).toBeLessThanOrEqual(500);
  });
});

describe('first guesses for a share to remove', () => {
  it('rise to 2', () => {
    const betas = [...betasToTry(Float64Array.of(0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9), 0.25)];
    expect(betas.slice(0, 2)).toEqual([0.401, 0.501]);
    expect(betas.at(-1)).toBe(2);
    expect(betas).toEqual(betas.toSorted((a, b) => a - b));
    expect([...betasToTry(new Float64Array(0), 0.5)]).toEqual([2]);
  });

  it('know how near the nearest image is, and leave no tensor behind', async () => {
    const dim = 9;
    const source = sourceOf(clusteredRows(230, dim, 2), dim);
    const before = tf.memory().numTensors;
    const found = await sampledNearest(new ChunkedRows(source, 100), () => Promise.resolve());
    expect(tf.memory().numTensors).toBe(before);
    const rows = await source.read(0, 230);
    const expected = Array.from({ length: 230 }, (_, i) => {
      let best = Infinity;
      for (let j = 0; j < 230; j++) if (j !== i) best = Math.min(best, squaredDistance(rows, i, rows, j, dim));
      return Math.sqrt(best);
    }).sort((a, b) => a - b);
    expect(found).toHaveLength(230);
    for (const [at, distance] of found.entries()) expect(Math.abs(distance - expected[at]!)).toBeLessThan(2e-3);
  });
});

describe('exact arithmetic', () => {
  const rows = (dim: number) => clusteredRows(4, dim, dim);

  it('agrees with plain loops for every width', () => {
    for (let dim = 1; dim <= 140; dim++) {
      const a = rows(dim);
      let [squares, product] = [0, 0];
      for (let t = 0; t < dim; t++) {
        squares += (a[dim + t]! - a[3 * dim + t]!) ** 2;
        product += a[dim + t]! * a[3 * dim + t]!;
      }
      expect(squaredDistance(a, 1, a, 3, dim)).toBeCloseTo(squares, 13);
      expect(squaredDistance(a, 3, a, 1, dim)).toBe(squaredDistance(a, 1, a, 3, dim));
      expect(innerProduct(a, 1, a, 3, dim)).toBeCloseTo(product, 13);
    }
  });

  it('stops early only beyond the limit', () => {
    const a = rows(129);
    const exact = squaredDistance(a, 0, a, 1, 129);
    expect(squaredDistance(a, 0, a, 1, 129, exact)).toBe(exact);
    expect(squaredDistance(a, 0, a, 1, 129, exact / 100)).toBe(Infinity);
  });
});
