/** @file Embeddings that grew: only new images are searched. Run: npx vitest run test/engine/balance/extend.test.ts */

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { run, type BalanceOptions } from '../../../src/main/engine/balance/run.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { openEmbeddings, replaceShard, saveManifest } from '../../../src/main/engine/store/embeddings.ts';
import type { Workspace } from '../../../src/main/engine/store/workspace.ts';
import { appendRows, clusteredRows, DATASET, workspaceWith } from '../support/vectors.ts';
import { storedGroups } from './naive.ts';

async function balance(workspace: Workspace, options: BalanceOptions) {
  const said: string[] = [];
  let reports = 0;
  const context = {
    ...silentContext(),
    log: (line: string) => void said.push(line),
    onProgress: ({ stage }: { stage: string }) => void (reports += stage === 'compare images' ? 1 : 0),
  };
  const { balanceId, pairs, groups, removed, beta } = await run({ workspace, dataset: DATASET }, options, context);
  return { found: { pairs, groups, removed, beta, members: storedGroups(workspace, balanceId) }, said, reports };
}

const passesOf = ({ dir }: Workspace) => readdirSync(path.join(dir, 'balance', DATASET, 'teacher'));

const anyCase = fc.record({
  sizes: fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 2, maxLength: 4 }),
  dim: fc.integer({ min: 1, max: 9 }),
  seed: fc.nat(),
  limit: fc.constantFrom<BalanceOptions>(
    { beta: 0 },
    { beta: 0.4 },
    { beta: 0.9 },
    { beta: 2 },
    { removeFraction: 0.2 },
  ),
  topK: fc.constantFrom(1, 3, 32, 'all' as const),
  chunks: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 4, maxLength: 4 }),
  shardRows: fc.integer({ min: 1, max: 30 }),
});

it('finds what a search from scratch finds, however the set grew', async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, async ({ sizes, dim, seed, limit, topK, chunks, shardRows }) => {
      const images = sizes.reduce((sum, size) => sum + size, 0);
      const rows = clusteredRows(images, dim, seed);
      const grown = await workspaceWith(rows.subarray(0, sizes[0]! * dim), dim, { shardRows });
      let end = sizes[0]!;
      for (const [step, size] of sizes.entries()) {
        if (step > 0) await appendRows(grown, rows.subarray(end * dim, (end + size) * dim), { shardRows });
        if (step > 0) end += size;
        const options = { ...limit, topK, chunks: chunks[step]! };
        const fresh = await workspaceWith(rows.subarray(0, end * dim), dim, { shardRows });
        const expected = await balance(fresh, options).catch((error: unknown) => String(error));
        const actual = await balance(grown, options).catch((error: unknown) => String(error));
        if (typeof expected === 'string' || typeof actual === 'string') expect(actual).toEqual(expected);
        else expect(actual.found).toEqual(expected.found);
      }
    }),
    { numRuns: 20 },
  );
});

it('searches new images only, and keeps one pass', async () => {
  const rows = clusteredRows(900, 16, 3);
  const workspace = await workspaceWith(rows.subarray(0, 800 * 16), 16);
  await balance(workspace, { beta: 0.8, topK: 5, chunks: 8 });
  await balance(workspace, { beta: 0.3, topK: 5, chunks: 8 });
  await appendRows(workspace, rows.subarray(800 * 16));
  const { said, found } = await balance(workspace, { beta: 0.5, topK: 5, chunks: 9 });
  expect(said[0]).toMatch(/100 of 900 images are new/);
  const fresh = await workspaceWith(rows, 16);
  expect(found).toEqual((await balance(fresh, { beta: 0.5, topK: 5 })).found);
  expect(passesOf(workspace)).toHaveLength(1);
  // the extended pass reaches as far as its base did
  const wider = await balance(workspace, { beta: 0.8, topK: 5 });
  expect(wider.reports).toBe(0);
  expect(wider.found).toEqual((await balance(fresh, { beta: 0.8, topK: 5 })).found);
});

it('goes on where an extension was stopped', async () => {
  const rows = clusteredRows(300, 8, 4);
  const workspace = await workspaceWith(rows.subarray(0, 200 * 8), 8);
  await balance(workspace, { beta: 0.6, chunks: 10 });
  await appendRows(workspace, rows.subarray(200 * 8));
  const stop = new AbortController();
  let chunks = 0;
  const onProgress = () => {
    if (++chunks === 9) stop.abort();
  };
  const context = { ...silentContext(stop.signal), onProgress };
  const options = { beta: 0.6, chunks: 30 };
  await expect(run({ workspace, dataset: DATASET }, options, context)).rejects.toThrow(/Cancelled/);
  expect(passesOf(workspace)).toHaveLength(2);
  const { found, reports } = await balance(workspace, options);
  expect(reports).toBeGreaterThan(0);
  const fresh = await workspaceWith(rows, 8);
  expect(found).toEqual((await balance(fresh, { beta: 0.6 })).found);
  expect(passesOf(workspace)).toHaveLength(1);
});

it('starts from scratch where the first images changed', async () => {
  const rows = clusteredRows(300, 8, 5);
  const workspace = await workspaceWith(rows.subarray(0, 200 * 8), 8);
  await balance(workspace, { beta: 0.6 });
  const [old] = passesOf(workspace);
  const set = (await openEmbeddings(path.join(workspace.dir, 'embeddings', DATASET, 'teacher')))!;
  const changed = rows.slice();
  changed.set(rows.subarray(250 * 8, 260 * 8), 40 * 8);
  const ids = Int32Array.from({ length: 100 }, (_, i) => i + 1);
  await replaceShard(set, 0, { ids, image: changed.slice(0, 100 * 8) });
  set.manifest.complete = true;
  await saveManifest(set);
  await appendRows(workspace, changed.subarray(200 * 8));
  const { found, said } = await balance(workspace, { beta: 0.6 });
  expect(said).toEqual([]);
  const fresh = await workspaceWith(changed, 8);
  expect(found).toEqual((await balance(fresh, { beta: 0.6 })).found);
  expect(existsSync(path.join(workspace.dir, 'balance', DATASET, 'teacher', old!))).toBe(false);
});
