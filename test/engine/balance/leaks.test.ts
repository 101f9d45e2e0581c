/** @file Images near those of another dataset. Run: npx vitest run test/engine/balance/leaks.test.ts */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { run, type BalanceOptions } from '../../../src/main/engine/balance/run.ts';
import { exportGroups } from '../../../src/main/engine/export/groups.ts';
import { exportLeaks } from '../../../src/main/engine/export/leaks.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { findEmbeddings, readRows } from '../../../src/main/engine/store/embeddings.ts';
import { removedSamples, type Workspace } from '../../../src/main/engine/store/workspace.ts';
import { squaredDistance } from '../../../src/main/engine/vectors.ts';
import { addDataset, clusteredRows, DATASET, temporaryFolder, workspaceWith } from '../support/vectors.ts';
import { naiveBalance, storedGroups } from './naive.ts';

const OTHER = 'test';
const balance = (workspace: Workspace, options: BalanceOptions, context = silentContext()) =>
  run({ workspace, dataset: DATASET }, { against: OTHER, ...options }, context);

interface Leak {
  row: number;
  other: number;
  distance: number;
}

/** The definition: for each image the nearest of the other dataset (ties: the first), when it is within beta. */
function naiveLeaks(rows: Float32Array, others: Float32Array, dim: number, beta: number): Leak[] {
  const leaks: Leak[] = [];
  for (let row = 0; row * dim < rows.length; row++) {
    let nearest: Leak = { row, other: -1, distance: Infinity };
    for (let other = 0; other * dim < others.length; other++) {
      const distance = Math.sqrt(squaredDistance(rows, row, others, other, dim));
      if (distance < nearest.distance) nearest = { row, other, distance };
    }
    if (nearest.distance <= beta) leaks.push(nearest);
  }
  return leaks;
}

function storedLeaks({ sqlite }: Workspace, table: 'removals' | 'listed_leaks', balanceId: number, images: number) {
  const reason = table === 'removals' ? ` AND reason = 'leak'` : '';
  return sqlite
    .prepare<[number], { sample_id: number; other_id: number; distance: number }>(
      `SELECT sample_id, other_id, distance FROM ${table} WHERE balance_id = ?${reason} ORDER BY sample_id`,
    )
    .all(balanceId)
    .map(({ sample_id, other_id, distance }) => ({ row: sample_id - 1, other: other_id - images - 1, distance }));
}

const anyCase = fc.record({
  images: fc.integer({ min: 0, max: 60 }),
  others: fc.integer({ min: 0, max: 40 }),
  dim: fc.integer({ min: 1, max: 9 }),
  seed: fc.nat(),
  beta: fc.constantFrom(0, 0.3, 0.7, 2),
  chunks: fc.integer({ min: 1, max: 9 }),
  shardRows: fc.integer({ min: 1, max: 50 }),
});

it('are those of the definition, and go with what else goes', async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, async ({ images, others, dim, seed, beta, chunks, shardRows }) => {
      const all = clusteredRows(images + others, dim, seed);
      const workspace = await workspaceWith(all.subarray(0, images * dim), dim, { shardRows });
      await addDataset(workspace, OTHER, all.subarray(images * dim), dim, { shardRows });
      const rows = await readRows(await findEmbeddings(workspace, DATASET), 'image');
      const expected = naiveLeaks(rows, await readRows(await findEmbeddings(workspace, OTHER), 'image'), dim, beta);
      const leaking = new Set(expected.map(({ row }) => row));

      const result = await balance(workspace, { beta, chunks });
      expect(result.leaks?.count).toBe(expected.length);
      expect(result.leaks?.examples).toHaveLength(Math.min(10, expected.length));
      expect(storedLeaks(workspace, 'removals', result.balanceId, images)).toEqual(expected);
      const { groups } = naiveBalance(rows, dim, beta, 32);
      const grouped = new Set(groups.flat());
      const lonely = Array.from({ length: images }, (_, row) => row).filter((row) => !grouped.has(row));
      const kept =
        lonely.filter((row) => !leaking.has(row)).length +
        groups.filter((members) => members.some((row) => !leaking.has(row))).length;
      expect(result).toMatchObject({ kept, removed: images - kept });
      expect((await removedSamples(workspace, result.balanceId)).size).toBe(images - kept);

      const listed = await balance(workspace, { beta, chunks, listLeaks: true });
      expect(storedLeaks(workspace, 'removals', listed.balanceId, images)).toEqual([]);
      expect(storedLeaks(workspace, 'listed_leaks', listed.balanceId, images)).toEqual(expected);
      expect(listed.kept).toBe(lonely.length + groups.length);
    }),
    { numRuns: 25 },
  );
});

describe('a case by hand', () => {
  // on the unit circle: a group at 0, 1, 2 degrees whose middle leaks, a lonely leak at 90, a lonely image at 180
  const circle = (degrees: number[]) =>
    Float32Array.from(degrees.flatMap((a) => [Math.cos((a * Math.PI) / 180), Math.sin((a * Math.PI) / 180)]));
  const chord = (degrees: number) => 2 * Math.sin((degrees * Math.PI) / 360);

  async function workspaceByHand(): Promise<Workspace> {
    const workspace = await workspaceWith(circle([0, 1, 2, 90, 180]), 2);
    await addDataset(workspace, OTHER, circle([1.5, 90.25, 270]), 2);
    return workspace;
  }

  it('keeps the group by the image that does not leak', async () => {
    const workspace = await workspaceByHand();
    const result = await balance(workspace, { beta: chord(1.25) });
    expect(result).toMatchObject({ groups: 1, pairs: 2, removed: 3, kept: 2, leaks: { count: 3 } });
    expect(storedGroups(workspace, result.balanceId)).toEqual([{ members: [0, 1, 2], keeper: 0 }]);
    const [first] = result.leaks!.examples;
    expect(first).toMatchObject({ sampleId: 4, path: '3.jpg', otherSampleId: 7, otherPath: '1.jpg' });
    expect(first!.distance).toBeCloseTo(chord(0.25), 6);
  });

  it('exports them', async () => {
    const workspace = await workspaceByHand();
    const out = path.join(temporaryFolder(), 'leaks.csv');
    const exported = { workspace, dataset: DATASET };
    await run(exported, { beta: 0.1 }, silentContext());
    await expect(exportLeaks(exported, { out }, silentContext())).rejects.toThrow(/looked for no leaks.*--against/);
    for (const listLeaks of [false, true]) {
      await balance(workspace, { beta: chord(1.25), listLeaks });
      expect(await exportLeaks(exported, { out }, silentContext())).toMatchObject({ rows: 3 });
      const lines = readFileSync(out, 'utf8').trim().split('\n');
      expect(lines[0]).toBe('sample_id,path,other_sample_id,other_path,distance');
      expect(lines.slice(1).map((line) => line.split(',').slice(0, 4).join(','))).toEqual([
        '2,1.jpg,6,0.jpg',
        '3,2.jpg,6,0.jpg',
        '4,3.jpg,7,1.jpg',
      ]);
      const groups = path.join(temporaryFolder(), 'groups.csv');
      await exportGroups(exported, { out: groups }, silentContext());
      const rows = readFileSync(groups, 'utf8').trim().split('\n').slice(1);
      expect(rows.map((line) => line.endsWith('true'))).toEqual([!listLeaks, listLeaks, false, listLeaks, true]);
    }
  });

  it('goes on where it was stopped, and answers a smaller beta', async () => {
    const workspace = await workspaceByHand();
    const stop = new AbortController();
    const reports = { before: 0, after: 0 };
    const stopping = {
      ...silentContext(stop.signal),
      onProgress: ({ stage }: { stage: string }) => {
        if (stage === 'look for leaks' && ++reports.before === 8) stop.abort();
      },
    };
    // chunks of one image: each of the 5 meets the 3 others
    await expect(balance(workspace, { beta: 1, chunks: 5 }, stopping)).rejects.toThrow(/Cancelled/);
    const counting = {
      ...silentContext(),
      onProgress: ({ stage }: { stage: string }) => void (reports.after += stage === 'look for leaks' ? 1 : 0),
    };
    expect(await balance(workspace, { beta: 1, chunks: 5 }, counting)).toMatchObject({ leaks: { count: 4 } });
    expect(reports.after).toBe(9);
    expect(await balance(workspace, { beta: chord(1.25) }, counting)).toMatchObject({ leaks: { count: 3 } });
    expect(reports.after).toBe(9);
  });
});

describe('refused', () => {
  it.each([
    [{ against: DATASET }, /--against set is the dataset itself/],
    [{ against: 'elsewhere' }, /No dataset "elsewhere"/],
    [{ against: 'wide' }, /no embeddings that compare with teacher \(4 dimensions\).*there: teacher, 5 dimensions/],
    [{ against: 'foreign' }, /no embeddings that compare/],
    [{ against: undefined, listLeaks: true }, /--list-leaks needs.*--against/],
  ])('%o', async (options, message) => {
    const workspace = await workspaceWith(clusteredRows(5, 4, 1), 4);
    await addDataset(workspace, 'wide', clusteredRows(5, 5, 1), 5);
    await addDataset(workspace, 'foreign', clusteredRows(5, 4, 1), 4, { fingerprint: 'g' });
    const attempt = balance(workspace, options);
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toMatchObject({ name: 'UsageError' });
  });

  it('rows of the other dataset that are zero or not finite', async () => {
    for (const bad of [0, NaN]) {
      const workspace = await workspaceWith(clusteredRows(5, 3, 1), 3);
      await addDataset(workspace, OTHER, clusteredRows(4, 3, 1).fill(bad, 6, 9), 3);
      await expect(balance(workspace, { beta: 0.5 })).rejects.toThrow(/row 2 in .*embeddings\/test/);
    }
  });
});
