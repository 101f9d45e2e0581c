/** @file Likely neighbours, and how many were missed. Run: npx vitest run test/engine/balance/approximate.test.ts */

import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { makeCollector } from '../../../src/main/engine/balance/collectors.ts';
import { Pass } from '../../../src/main/engine/balance/pass.ts';
import { measureRecall } from '../../../src/main/engine/balance/recall.ts';
import { run, type BalanceOptions } from '../../../src/main/engine/balance/run.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { ChunkedRows } from '../../../src/main/engine/store/chunkedRows.ts';
import type { Workspace } from '../../../src/main/engine/store/workspace.ts';
import { appendRows, clusteredRows, DATASET, sourceOf, temporaryFolder, workspaceWith } from '../support/vectors.ts';
import { naiveBalance, storedGroups } from './naive.ts';

const DIM = 16;
const rows = clusteredRows(800, DIM, 21, 60);

const balance = (workspace: Workspace, options: BalanceOptions, context = silentContext()) =>
  run({ workspace, dataset: DATASET }, options, context);

it('finds nearly all of a small set, nothing wrong, and says how much', async () => {
  const workspace = await workspaceWith(rows, DIM);
  const exact = await balance(workspace, { beta: 0.6, topK: 8 });
  const likely = await balance(workspace, { beta: 0.6, topK: 8, approximate: true, chunks: 5 });
  expect(likely.sample).toBe(800);
  expect(likely.recall).toBeGreaterThan(0.9);
  expect(likely.recall).toBeLessThanOrEqual(1);
  expect(likely.pairs).toBeLessThanOrEqual(exact.pairs);
  expect(likely.pairs).toBeGreaterThan(0.85 * exact.pairs);
  if (likely.pairs === exact.pairs) {
    expect(storedGroups(workspace, likely.balanceId)).toEqual(storedGroups(workspace, exact.balanceId));
  }
  const stored = workspace.sqlite.prepare('SELECT options FROM balances WHERE id = ?').pluck().get(likely.balanceId);
  const { recall, sample } = likely;
  expect(JSON.parse(stored as string)).toMatchObject({ approximate: true, recall, sample });
  expect(exact.recall).toBeUndefined();
});

it('is never taken for the exact search, nor the exact one for it', async () => {
  const workspace = await workspaceWith(rows, DIM);
  const stages = new Set<string>();
  const context = { ...silentContext(), onProgress: ({ stage }: { stage: string }) => void stages.add(stage) };
  await balance(workspace, { beta: 0.6, approximate: true }, context);
  expect(stages).toContain('index images');
  expect(stages).not.toContain('compare images');
  stages.clear();
  await balance(workspace, { beta: 0.6 }, context);
  expect(stages).toContain('compare images');
  stages.clear();
  await balance(workspace, { beta: 0.5, approximate: true }, context);
  expect(stages).not.toContain('search index');
});

it('goes on where it was stopped, and makes a new index for other embeddings', async () => {
  const workspace = await workspaceWith(rows, DIM);
  const options = { beta: 0.6, approximate: true, chunks: 8 };
  const stop = new AbortController();
  let searched = 0;
  const stopping = {
    ...silentContext(stop.signal),
    onProgress: ({ stage }: { stage: string }) => {
      if (stage === 'search index' && ++searched === 5) stop.abort();
    },
  };
  await expect(balance(workspace, options, stopping)).rejects.toThrow(/Cancelled/);
  const folder = path.join(workspace.dir, 'balance', DATASET, 'teacher', 'approximate');
  expect(existsSync(path.join(folder, 'index.usearch'))).toBe(true);
  const count = { 'index images': 0, 'search index': 0 };
  const counting = {
    ...silentContext(),
    onProgress: ({ stage }: { stage: string }) => {
      if (stage in count) count[stage as keyof typeof count]++;
    },
  };
  const { balanceId } = await balance(workspace, options, counting);
  expect(count).toEqual({ 'index images': 0, 'search index': 4 });
  const groups = storedGroups(workspace, balanceId);
  const exact = naiveBalance(rows, DIM, 0.6, 32);
  expect(Math.abs(groups.length - exact.groups.length)).toBeLessThan(5);
  expect((readdirSync(folder, { recursive: true }) as string[]).filter((file) => file.includes('near-'))).toEqual([]);

  await appendRows(workspace, clusteredRows(30, DIM, 5));
  await balance(workspace, options, counting);
  expect(count['index images']).toBeGreaterThan(0);
});

it('makes a damaged index anew', async () => {
  const workspace = await workspaceWith(rows, DIM);
  const { pairs } = await balance(workspace, { beta: 0.5, approximate: true });
  const folder = path.join(workspace.dir, 'balance', DATASET, 'teacher', 'approximate');
  writeFileSync(path.join(folder, 'index.usearch.json'), '{"rows":');
  const wider = await balance(workspace, { beta: 0.7, approximate: true });
  expect(wider.pairs).toBeGreaterThanOrEqual(pairs);
});

it('accepts few images, identical images and no images', async () => {
  for (const images of [0, 1, 2, 40]) {
    const one = clusteredRows(1, 4, 3);
    const same = Float32Array.from({ length: 4 * images }, (_, i) => one[i % 4]!);
    const workspace = await workspaceWith(same, 4);
    const result = await balance(workspace, { beta: 0.1, approximate: true, chunks: 3 });
    expect(result).toMatchObject({ images, recall: expect.any(Number) as unknown });
    if (images === 2) expect(result).toMatchObject({ pairs: 1, removed: 1 });
  }
});

it('needs a number of neighbours', async () => {
  const workspace = await workspaceWith(clusteredRows(5, 4, 1), 4);
  await expect(balance(workspace, { approximate: true, topK: 'all' })).rejects.toMatchObject({ name: 'UsageError' });
});

it('measures recall as the share of the exact pairs of the sample', async () => {
  const [images, k, beta] = [120, 3, 0.8];
  const some = clusteredRows(images, 6, 8);
  const source = sourceOf(some, 6);
  const { pairs } = naiveBalance(await source.read(0, images), 6, beta, k);
  const held = pairs.filter((_, at) => at % 3 !== 0);
  const dir = temporaryFolder();
  const manifest = { version: 1, fingerprint: 'f', images, chunkRows: images, topK: k, beta } as const;
  for (const [kept, atMost, atLeast] of [
    [pairs, 1, 1],
    [held, 0.8, 0.5],
    [[], 0, 0],
  ] as const) {
    const pass = await Pass.begin(path.join(dir, String(kept.length)), manifest);
    const collector = makeCollector(images, images);
    for (const [i, j] of kept) collector.add(i, j, 0.5);
    await pass.save(0, collector);
    const { recall, sample } = await measureRecall(pass, beta, new ChunkedRows(source, 50), silentContext(), 70);
    expect(sample).toBe(70);
    expect(recall).toBeLessThanOrEqual(atMost);
    expect(recall).toBeGreaterThanOrEqual(atLeast);
  }
});
