/** @file Several workers find what one process finds. Run: npx vitest run test/engine/balance/devices.test.ts */

import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { run, type BalanceOptions } from '../../../src/main/engine/balance/run.ts';
import { silentContext, type StageContext } from '../../../src/main/engine/progress.ts';
import type { Workspace } from '../../../src/main/engine/store/workspace.ts';
import { addDataset, clusteredRows, DATASET, workspaceWith } from '../support/vectors.ts';
import { storedGroups } from './naive.ts';

const DIM = 24;
const all = clusteredRows(700, DIM, 9, 40);
const options: BalanceOptions = { beta: 0.8, topK: 4, chunks: 12, against: 'test' };

async function newWorkspace(): Promise<Workspace> {
  const workspace = await workspaceWith(all.subarray(0, 600 * DIM), DIM);
  await addDataset(workspace, 'test', all.subarray(600 * DIM), DIM);
  return workspace;
}

async function balance(workspace: Workspace, devices: string[], context: Partial<StageContext> = {}) {
  const how = { ...silentContext(), ...context };
  const { pairs, groups, kept, leaks, balanceId } = await run(
    { workspace, dataset: DATASET },
    { ...options, devices },
    how,
  );
  return { pairs, groups, kept, leaks, members: storedGroups(workspace, balanceId) };
}

let known: ReturnType<typeof balance> | undefined;
/** What one process finds. */
const expected = async () => {
  known ??= balance(await newWorkspace(), ['auto']);
  return known;
};

it('is not little that they find', async () => {
  const { groups, leaks } = await expected();
  expect(groups).toBeGreaterThan(20);
  expect(leaks?.count).toBeGreaterThan(5);
});

it.each([1, 2, 3])('with %i', async (workers) => {
  const devices = Array.from({ length: workers }, () => 'cpu');
  const seen: number[] = [];
  const onProgress: StageContext['onProgress'] = ({ stage, done }) => {
    if (stage === 'compare images') seen.push(done);
  };
  expect(await balance(await newWorkspace(), devices, { onProgress })).toEqual(await expected());
  expect(seen.at(-1)).toBe(600);
});

/** Workers among our children. */
function workerIds(): number[] {
  const ids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return ids.filter((id) => {
    try {
      const parent = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1];
      return Number(parent) === process.pid && readFileSync(`/proc/${id}/cmdline`, 'utf8').includes('chunkWorker');
    } catch {
      return false; // it ended meanwhile
    }
  });
}

it('with one that is killed in the middle', async () => {
  const said: string[] = [];
  let killed: number | undefined;
  const context: Partial<StageContext> = {
    log: (line) => void said.push(line),
    onProgress: () => {
      if (killed !== undefined) return;
      killed = workerIds()[0];
      if (killed !== undefined) process.kill(killed, 'SIGKILL');
    },
  };
  expect(await balance(await newWorkspace(), ['cpu', 'cpu'], context)).toEqual(await expected());
  expect(said.join()).toMatch(/worker on cpu ended \(SIGKILL\); 1 go on/);
});

it('after all were killed, with the chunks that are missing', async () => {
  const workspace = await newWorkspace();
  let reports = 0;
  const onProgress = () => {
    if (++reports === 40) for (const pid of workerIds()) process.kill(pid, 'SIGKILL');
  };
  await expect(balance(workspace, ['cpu', 'cpu'], { onProgress })).rejects.toThrow(/last worker ended.*SIGKILL/);
  const files = readdirSync(path.join(workspace.dir, 'balance'), { recursive: true }) as string[];
  const complete = files.filter((file) => /chunk-\d+\.json$/.test(file)).length;
  expect(complete).toBeGreaterThan(0);
  expect(complete).toBeLessThan(12);
  expect(await balance(workspace, ['cpu', 'cpu'])).toEqual(await expected());
});

it('and stops them when the user stops', async () => {
  const stop = new AbortController();
  const context = {
    signal: stop.signal,
    onProgress: () => {
      stop.abort();
    },
  };
  await expect(balance(await newWorkspace(), ['cpu', 'cpu'], context)).rejects.toThrow(/Cancelled/);
  expect(workerIds()).toEqual([]);
});
