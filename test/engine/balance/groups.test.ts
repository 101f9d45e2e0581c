/** @file Forests, measures, cuts and sets kept apart against plain references. Run: npx vitest run test/engine/balance/groups.test.ts */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeCollector } from '../../../src/main/engine/balance/collectors.ts';
import { removalCurve } from '../../../src/main/engine/balance/curve.ts';
import { componentsOf, kruskal, type Forest } from '../../../src/main/engine/balance/forest.ts';
import { listGroups, weakestLinks } from '../../../src/main/engine/balance/groups.ts';
import { EXACT_MEMBERS, measureGroups } from '../../../src/main/engine/balance/measures.ts';
import { splitGroups } from '../../../src/main/engine/balance/split.ts';
import { UnionFind } from '../../../src/main/engine/balance/unionFind.ts';
import { CancelledError } from '../../../src/main/engine/errors.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { permutation } from '../../../src/main/engine/random.ts';
import { ChunkedRows } from '../../../src/main/engine/store/chunkedRows.ts';
import { clusteredRows, sourceOf } from '../support/vectors.ts';
import { byDistance, connected, cutUntil, distanceIn, minimumTree, type Edge } from './reference.ts';

const anySet = fc.record({
  images: fc.integer({ min: 1, max: 40 }),
  dim: fc.integer({ min: 1, max: 5 }),
  seed: fc.integer({ min: 0, max: 2 ** 30 }),
  beta: fc.constantFrom(0, 0.2, 0.447, 0.8, 1.2, 2),
  chunkRows: fc.integer({ min: 1, max: 45 }),
  held: fc.integer({ min: 1, max: 60 }),
  budgetBytes: fc.constantFrom(1, 100, 1000, 1 << 20),
});

async function setOf({ images, dim, seed, beta }: { images: number; dim: number; seed: number; beta: number }) {
  const source = sourceOf(clusteredRows(images, dim, seed), dim);
  const rows = await source.read(0, images);
  const distance = distanceIn(rows, dim);
  const edges: Edge[] = [];
  for (let i = 0; i < images; i++) {
    for (let j = i + 1; j < images; j++) if (distance(i, j) <= beta) edges.push([distance(i, j), i, j]);
  }
  const all = Array.from({ length: images }, (_, image) => image);
  const groups = connected(all, edges).filter((members) => members.length > 1);
  return { source, rows, distance, edges, groups };
}

/** The forest of pairs that come in random order through a collector that holds few. */
function forestOf(images: number, edges: readonly Edge[], seed: number, held: number): Forest {
  const collector = makeCollector(images, 'all', held);
  for (const at of permutation(edges.length, seed)) {
    const [distance, i, j] = edges[at]!;
    collector.add(i, j, distance);
  }
  const components = new UnionFind(images);
  return kruskal(collector.pairs, components.union.bind(components));
}

const edgesOf = ({ first, second, distance }: Forest): Edge[] =>
  Array.from(distance, (length, at) => [length, first[at]!, second[at]!]);

const groupsOf = (forest: Forest, images: number): number[][] => {
  const { count, offsets, members } = listGroups(componentsOf(forest, images), images);
  return Array.from({ length: count }, (_, group) => [...members.subarray(offsets[group], offsets[group + 1])]);
};

describe('the spanning forest', () => {
  it('is the one of Prim, whatever the order of the pairs and ties', async () => {
    await fc.assert(
      fc.asyncProperty(anySet, async (chosen) => {
        const { edges, groups } = await setOf(chosen);
        const expected = groups.flatMap((members) => minimumTree(members, edges)).sort(byDistance);
        expect(edgesOf(forestOf(chosen.images, edges, chosen.seed, chosen.held))).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });

  it('gives the removal curve that a recount gives', async () => {
    await fc.assert(
      fc.asyncProperty(anySet, async (chosen) => {
        const { edges } = await setOf(chosen);
        const curve = removalCurve(forestOf(chosen.images, edges, chosen.seed, chosen.held), chosen.beta);
        expect(curve.length).toBeLessThanOrEqual(512);
        expect([curve[0]!.beta, curve.at(-1)!.beta]).toEqual([0, chosen.beta]);
        for (const { beta, removed } of curve.filter((_, point) => point % 37 === 0 || point === 511)) {
          const components = new UnionFind(chosen.images);
          for (const [distance, i, j] of edges) if (distance <= beta) components.union(i, j);
          expect(removed).toBe(components.joined);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('measures', () => {
  it('are those of all pairs, to the last bit for every chunk and budget', async () => {
    await fc.assert(
      fc.asyncProperty(anySet, async (chosen) => {
        const { images, dim, chunkRows, budgetBytes } = chosen;
        const { source, rows, distance, edges, groups: expected } = await setOf(chosen);
        const forest = forestOf(images, edges, 1, 1000);
        const groups = listGroups(componentsOf(forest, images), images);
        const measures = await measureGroups(new ChunkedRows(source, chunkRows), groups, silentContext(), {
          budgetBytes,
        });
        const weakest = weakestLinks(groups, forest, images);
        for (const [group, members] of expected.entries()) {
          const across = members.flatMap((i) => members.map((j) => distance(i, j)));
          expect(measures.diameter[group]).toBe(Math.max(...across));
          expect(measures.exact[group]).toBe(1);
          expect(weakest[group]).toBe(minimumTree(members, edges).at(-1)![0]);
          const centroid = Array.from({ length: dim }, (_, t) =>
            members.reduce((sum, member) => sum + rows[member * dim + t]! / members.length, 0),
          );
          const radii = members.map((member) => Math.hypot(...centroid.map((c, t) => rows[member * dim + t]! - c)));
          for (const [at, radius] of radii.entries()) {
            expect(measures.distance[groups.offsets[group]! + at]).toBeCloseTo(radius, 9);
          }
          const mean = radii.reduce((sum, radius) => sum + radius / members.length, 0);
          expect(measures.meanDistance[group]).toBeCloseTo(mean, 9);
        }
        const whole = await measureGroups(new ChunkedRows(source, images), groups, silentContext());
        expect(measures).toEqual(whole);
      }),
      { numRuns: 120 },
    );
  });

  it('bound the diameter of a group that is too large to be exact, streamed or not', async () => {
    const images = EXACT_MEMBERS + 100;
    const source = sourceOf(clusteredRows(images, 3, 8), 3);
    const components = new UnionFind(images);
    for (let row = 1; row < images; row++) components.union(0, row);
    const groups = listGroups(components, images);
    const rows = await source.read(0, images);
    const distance = distanceIn(rows, 3);
    let diameter = 0;
    for (let i = 0; i < images; i++) for (let j = 0; j < i; j++) diameter = Math.max(diameter, distance(i, j));
    const measures = await measureGroups(new ChunkedRows(source, 500), groups, silentContext());
    expect(measures.exact[0]).toBe(0);
    expect(measures.diameter[0]).toBeGreaterThanOrEqual(diameter);
    expect(measures.diameter[0]).toBeLessThanOrEqual(2 * diameter);
    const streamed = await measureGroups(new ChunkedRows(source, 77), groups, silentContext(), { budgetBytes: 1 });
    expect(streamed).toEqual(measures);
  });

  it('stop when the user asks to', async () => {
    const source = sourceOf(clusteredRows(50, 4, 3), 4);
    const components = new UnionFind(50);
    for (let row = 1; row < 50; row++) components.union(0, row);
    const controller = new AbortController();
    controller.abort();
    const context = silentContext(controller.signal);
    const measuring = measureGroups(new ChunkedRows(source, 7), listGroups(components, 50), context);
    await expect(measuring).rejects.toThrow(CancelledError);
  });
});

describe('splitting', () => {
  const limits = fc.record({
    maxDiameter: fc.option(fc.constantFrom(0, 0.3, 0.6, 1), { nil: undefined }),
    maxGroupSize: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
  });

  it('cuts the weakest links until each part fits, as the plain recursion does', async () => {
    await fc.assert(
      fc.asyncProperty(anySet, limits, async (chosen, { maxDiameter, maxGroupSize }) => {
        const { images, chunkRows, budgetBytes } = chosen;
        const { source, distance, edges, groups } = await setOf(chosen);
        const fits = (part: readonly number[]): boolean =>
          part.length <= (maxGroupSize ?? Infinity) &&
          part.every((i) => part.every((j) => distance(i, j) <= (maxDiameter ?? 2)));
        const expected = groups.map((members) => cutUntil(members, minimumTree(members, edges), fits));
        const split = await splitGroups(
          new ChunkedRows(source, chunkRows),
          forestOf(images, edges, 2, chosen.held),
          { ...(maxDiameter !== undefined && { maxDiameter }), ...(maxGroupSize !== undefined && { maxGroupSize }) },
          silentContext(),
          { budgetBytes },
        );
        const parts = expected.flatMap((group) => group.parts).filter((part) => part.length > 1);
        expect(groupsOf(split.forest, images)).toEqual(parts.sort((a, b) => a[0]! - b[0]!));
        expect(split.edges).toBe(expected.reduce((sum, { cuts }) => sum + cuts, 0));
        expect(split.groups).toBe(expected.filter(({ cuts }) => cuts > 0).length);
      }),
      { numRuns: 200 },
    );
  });

  it('never leaves a part too wide where parts are too large to be measured exactly', async () => {
    let passed = 0;
    await fc.assert(
      fc.asyncProperty(anySet, fc.integer({ min: 1, max: 6 }), async (chosen, exact) => {
        const { images, chunkRows, budgetBytes } = chosen;
        const { source, distance, edges } = await setOf(chosen);
        const forest = forestOf(images, edges, 3, 1000);
        const cut = async (rows: ChunkedRows, bytes: number) =>
          splitGroups(rows, forest, { maxDiameter: 0.6 }, silentContext(), { exact, budgetBytes: bytes });
        const split = await cut(new ChunkedRows(source, chunkRows), budgetBytes);
        for (const part of groupsOf(split.forest, images)) {
          for (const i of part) for (const j of part) expect(distance(i, j)).toBeLessThanOrEqual(0.6);
          if (part.length > exact) passed++;
        }
        expect(await cut(new ChunkedRows(source, images), 1 << 20)).toEqual(split);
      }),
      { numRuns: 150 },
    );
    expect(passed).toBeGreaterThan(20); // large parts can fit
  });
});
