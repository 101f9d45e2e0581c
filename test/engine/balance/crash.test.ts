/** @file kill -9 in the middle of balance. Run: npx vitest run test/engine/balance/crash.test.ts */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect, it } from 'vitest';
import { run, type BalanceOptions } from '../../../src/main/engine/balance/run.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { openWorkspace, type Workspace } from '../../../src/main/engine/store/workspace.ts';
import { completeChunks } from './completeChunks.ts';
import { clusteredRows, DATASET, workspaceWith } from '../support/vectors.ts';

const OPTIONS: BalanceOptions = { beta: 0.7, topK: 6, chunks: 40 };
const DIM = 48;

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
  for (const chunks of [1, 13, 31]) {
    const started = spawn(process.execPath, [child, dir, JSON.stringify(OPTIONS), String(chunks)], { stdio: 'ignore' });
    expect(await once(started, 'exit')).toEqual([null, 'SIGKILL']);
  }
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
