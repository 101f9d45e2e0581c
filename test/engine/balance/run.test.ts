/** @file The stage as a user meets it. Run: npx vitest run test/engine/balance/run.test.ts */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { run, type BalanceOptions } from '../../../src/main/engine/balance/run.ts';
import { silentContext, type Progress } from '../../../src/main/engine/progress.ts';
import { findEmbeddings, readRows } from '../../../src/main/engine/store/embeddings.ts';
import type { Workspace } from '../../../src/main/engine/store/workspace.ts';
import { clusteredRows, DATASET, workspaceWith } from '../support/vectors.ts';
import { naiveBalance, storedGroups } from './naive.ts';

const balance = (workspace: Workspace, options: BalanceOptions) =>
  run({ workspace, dataset: DATASET }, options, silentContext());

describe('a case by hand', () => {
  // on the unit circle at 0, 10, 20, 90, 100 and 180 degrees: neighbours 10 degrees apart have distance 0.174
  const degrees = [0, 10, 20, 90, 100, 180];
  const rows = Float32Array.from(
    degrees.flatMap((a) => [Math.cos((a * Math.PI) / 180), Math.sin((a * Math.PI) / 180)]),
  );

  it('joins chains and keeps the image nearest to the centroid', async () => {
    const workspace = await workspaceWith(rows, 2);
    const result = await balance(workspace, { beta: 0.18 });
    expect(result).toMatchObject({
      images: 6,
      pairs: 3,
      groups: 2,
      removed: 3,
      kept: 3,
      beta: 0.18,
      teacher: 'teacher',
    });
    expect(storedGroups(workspace, result.balanceId)).toEqual([
      { members: [0, 1, 2], keeper: 1 }, // 10 degrees is the middle of 0, 10, 20
      { members: [3, 4], keeper: 3 }, // both equally near: the lower id
    ]);
    expect(result.largest).toEqual([
      {
        ...{ groupId: 1, size: 3, keeper: { sampleId: 2, path: '1.jpg' }, kept: 1, diameterExact: true },
        diameter: expect.closeTo(2 * Math.sin((10 * Math.PI) / 180), 6) as number,
        weakest: expect.closeTo(2 * Math.sin((5 * Math.PI) / 180), 6) as number,
      },
      {
        ...{ groupId: 2, size: 2, keeper: { sampleId: 4, path: '3.jpg' }, kept: 1, diameterExact: true },
        diameter: expect.closeTo(2 * Math.sin((5 * Math.PI) / 180), 6) as number,
        weakest: expect.closeTo(2 * Math.sin((5 * Math.PI) / 180), 6) as number,
      },
    ]);
    const { distance } = workspace.sqlite.prepare('SELECT distance FROM members WHERE sample_id = 4').get() as {
      distance: number;
    };
    expect(distance).toBeCloseTo(Math.sin((5 * Math.PI) / 180), 6);
  });

  it('counts a pair when either image is among the k nearest of the other', async () => {
    // k = 1: 0 -> 10, 10 -> 0 (as near as 20; float32 decides), 20 -> 10, 90 <-> 100, 180 -> 100 (too far)
    const workspace = await workspaceWith(rows, 2);
    expect(await balance(workspace, { beta: 0.18, topK: 1 })).toMatchObject({ pairs: 3, groups: 2 });
    expect(await balance(workspace, { beta: 0.5, topK: 1 })).toMatchObject({ pairs: 3 });
    expect(await balance(workspace, { beta: 0.5, topK: 2 })).toMatchObject({ pairs: 4 });
  });

  it('takes the limit as a cosine similarity', async () => {
    const workspace = await workspaceWith(rows, 2);
    const cosineSimilarity = Math.cos((11 * Math.PI) / 180);
    const result = await balance(workspace, { cosineSimilarity });
    expect(result).toMatchObject({ pairs: 3, groups: 2 });
    expect(result.beta).toBeCloseTo(2 * Math.sin((5.5 * Math.PI) / 180), 10);
    expect((await balance(workspace, {})).beta).toBeCloseTo(0.4472, 4);
  });
});

describe('the definition', () => {
  const anyCase = fc.record({
    images: fc.integer({ min: 0, max: 70 }),
    dim: fc.integer({ min: 1, max: 9 }),
    seed: fc.integer({ min: 0, max: 2 ** 30 }),
    beta: fc.constantFrom(0, 0.2, 0.447, 0.8, 1.2, 2),
    topK: fc.constantFrom(1, 2, 3, 8, 500, 'all' as const),
    chunks: fc.integer({ min: 1, max: 9 }),
    shardRows: fc.integer({ min: 1, max: 80 }),
  });

  it('is met for every number of images, dimensions, chunks and neighbours', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ images, dim, seed, beta, topK, chunks, shardRows }) => {
        const workspace = await workspaceWith(clusteredRows(images, dim, seed), dim, { shardRows });
        const rows = await readRows(await findEmbeddings(workspace, DATASET), 'image');
        const expected = naiveBalance(rows, dim, beta, topK === 'all' ? images : topK);
        const result = await balance(workspace, { beta, topK, chunks });
        const removed = expected.groups.reduce((sum, members) => sum + members.length - 1, 0);
        expect(result).toMatchObject({ images, pairs: expected.pairs.length, groups: expected.groups.length, removed });
        expect(storedGroups(workspace, result.balanceId)).toEqual(
          expected.groups.map((members, group) => ({ members, keeper: expected.keepers[group] })),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('gives the same groups, keepers and distances for every chunking, to the last bit', async () => {
    const rows = clusteredRows(300, 24, 7);
    const dumps = [];
    for (const chunks of [1, 2, 7, 60]) {
      const workspace = await workspaceWith(rows, 24);
      await balance(workspace, { beta: 0.6, topK: 4, chunks });
      dumps.push(workspace.sqlite.prepare('SELECT * FROM members ORDER BY group_id, sample_id').all());
    }
    expect(dumps[0]).not.toHaveLength(0);
    for (const dump of dumps) expect(dump).toEqual(dumps[0]);
  });
});

describe('special sets', () => {
  it('accepts none and one', async () => {
    for (const images of [0, 1]) {
      const workspace = await workspaceWith(clusteredRows(images, 4, 1), 4);
      const expected = { images, pairs: 0, groups: 0, removed: 0, kept: images, largest: [] };
      expect(await balance(workspace, { beta: 2 })).toMatchObject(expected);
      expect(await balance(workspace, { removeFraction: 0 })).toMatchObject(expected);
    }
  });

  it('keeps the first of identical images, at beta 0 too', async () => {
    const one = clusteredRows(1, 16, 3);
    const rows = Float32Array.from({ length: 16 * 90 }, (_, i) => one[i % 16]!);
    const workspace = await workspaceWith(rows, 16);
    for (const topK of [3, 32, 'all'] as const) {
      const result = await balance(workspace, { beta: 0, topK });
      expect(result).toMatchObject({ groups: 1, removed: 89, kept: 1 });
      expect(storedGroups(workspace, result.balanceId)[0]?.keeper).toBe(0);
    }
  });

  it('refuses embeddings that are zero or not finite', async () => {
    for (const bad of [0, NaN, Infinity]) {
      const rows = clusteredRows(5, 3, 1);
      rows.fill(bad, 6, 9);
      const workspace = await workspaceWith(rows, 3);
      await expect(balance(workspace, { beta: 0.5 })).rejects.toThrow(/row 2/);
    }
  });
});

describe('options', () => {
  it.each([
    [{ beta: -0.1 }, /--beta is -0.1/],
    [{ beta: 2.1 }, /--beta is 2.1/],
    [{ beta: NaN }, /--beta is NaN/],
    [{ cosineSimilarity: 1.5 }, /--cosine-similarity is 1.5/],
    [{ removeFraction: 1.01 }, /--remove-fraction is 1.01/],
    [{ beta: 0.4, removeFraction: 0.4 }, /Give one of/],
    [{ topK: 0 }, /--top-k is 0/],
    [{ topK: 1.5 }, /--top-k is 1.5/],
    [{ chunks: 0 }, /--chunks is 0/],
  ])('%o is refused', async (options, message) => {
    const workspace = await workspaceWith(clusteredRows(3, 4, 1), 4);
    const attempt = balance(workspace, options);
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toMatchObject({ name: 'UsageError' });
  });

  it('says which data sets and embeddings there are', async () => {
    const workspace = await workspaceWith(clusteredRows(3, 4, 1), 4);
    await expect(run({ workspace, dataset: 'other' }, {}, silentContext())).rejects.toThrow(/No dataset "other".*set/);
  });
});

describe('repeated runs', () => {
  it('answer smaller distances from the stored search', async () => {
    const workspace = await workspaceWith(clusteredRows(200, 12, 5), 12);
    const fresh = await workspaceWith(clusteredRows(200, 12, 5), 12);
    await balance(workspace, { beta: 0.9, topK: 3 });
    const searched = { compared: 0 };
    const context = {
      ...silentContext(),
      onProgress: ({ stage }: Progress) => (searched.compared += Number(stage === 'compare images')),
    };
    const smaller = await run({ workspace, dataset: DATASET }, { beta: 0.5, topK: 3 }, context);
    expect(searched.compared).toBe(0);
    const { seconds: _, added: _added, balanceId, ...expected } = await balance(fresh, { beta: 0.5, topK: 3 });
    expect(smaller).toMatchObject({ ...expected, largest: expect.anything() as unknown });
    expect(storedGroups(workspace, smaller.balanceId)).toEqual(storedGroups(fresh, balanceId));
  });

  it('leave earlier balances in place', async () => {
    const workspace = await workspaceWith(clusteredRows(50, 8, 2), 8);
    const first = await balance(workspace, { beta: 0.3 });
    const second = await balance(workspace, { beta: 0.6 });
    expect(second.balanceId).toBeGreaterThan(first.balanceId);
    expect(storedGroups(workspace, first.balanceId)).toHaveLength(first.groups);
    const { options } = workspace.sqlite.prepare('SELECT options FROM balances WHERE id = 2').get() as {
      options: string;
    };
    expect(JSON.parse(options)).toEqual({ beta: 0.6, topK: 32, chunkRows: 2 ** 28 / 32, keep: 'centroid' });
  });
});
