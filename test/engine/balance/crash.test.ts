/** @file kill -9 in the middle of balance. Run: npx vitest run test/engine/balance/crash.test.ts */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { run, type BalanceOptions } from '../../../src/main/engine/balance/run.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { openWorkspace, type Workspace } from '../../../src/main/engine/store/workspace.ts';
import { clusteredRows, DATASET, workspaceWith } from '../support/vectors.ts';

const OPTIONS: BalanceOptions = { beta: 0.7, topK: 6, chunks: 40 };
const DIM = 48;

/** Chunks whose result is complete. */
function completeChunks(workspace: string): number {
  const files = readdirSync(workspace, { recursive: true }) as string[];
  return files.filter((file) => /chunk-\d+\.json$/.test(file)).length;
}

/** All rows of a balance; times differ. */
function rowsOf({ sqlite }: Workspace) {
  return {
    balances: sqlite.prepare('SELECT id, options, beta, images, pairs, groups, removed, kept FROM balances').all(),
    groups: sqlite.prepare('SELECT * FROM duplicate_groups').all(),
    members: sqlite.prepare('SELECT * FROM members').all(),
  };
}

it('loses the chunk in work and nothing else', async () => {
  const rows = clusteredRows(4000, DIM, 8, 200);
  const undisturbed = await workspaceWith(rows, DIM, { shardRows: 1000 });
  await run({ workspace: undisturbed, dataset: DATASET }, OPTIONS, silentContext());
  const expected = rowsOf(undisturbed);
  expect(expected.members.length).toBeGreaterThan(100);

  const { dir, close } = await workspaceWith(rows, DIM, { shardRows: 1000 });
  close();
  const child = path.join(import.meta.dirname, 'balanceChild.ts');
  let kills = 0;
  for (const least of [1, 13, 31]) {
    const started = spawn(process.execPath, [child, dir, JSON.stringify(OPTIONS)], { stdio: 'ignore' });
    const ended = once(started, 'exit');
    while (completeChunks(dir) < least && started.exitCode === null) await setTimeout(2);
    started.kill('SIGKILL');
    const [, signal] = (await ended) as [number | null, string | null];
    if (signal === 'SIGKILL') kills++;
  }
  expect(kills).toBe(3);
  expect(completeChunks(dir)).toBeLessThan(40);

  const workspace = openWorkspace(dir);
  try {
    let compared = 0;
    const context = { ...silentContext(), onProgress: () => compared++ };
    await run({ workspace, dataset: DATASET }, OPTIONS, context);
    // 31 of 40 chunks were complete: what is left is the pairs of the last few
    expect(compared).toBeLessThan(100);
    expect(rowsOf(workspace)).toEqual(expected);
  } finally {
    workspace.close();
  }
});
