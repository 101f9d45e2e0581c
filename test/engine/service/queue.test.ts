/** @file vitest run test/engine/service/queue: jobs that wait, who starts them, and several processes on one workspace. */

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UsageError } from '../../../src/main/engine/errors.ts';
import { findJob, insertJob, listJobs } from '../../../src/main/engine/jobs.ts';
import {
  listQueue,
  removeQueued,
  startAgain,
  startNext,
  startOrQueue,
  startQueued,
} from '../../../src/main/engine/service/queue.ts';
import { openWorkspace, type Workspace } from '../../../src/main/engine/store/workspace.ts';
import { jpeg } from '../import/support.ts';

let workspace: Workspace;
const ended: Promise<unknown>[] = [];

beforeEach(() => {
  workspace = openWorkspace(path.join(mkdtempSync(path.join(tmpdir(), 'distillery-queue-')), 'w'));
});
afterEach(async () => {
  await Promise.all(ended.splice(0));
  workspace.close();
  rmSync(path.dirname(workspace.dir), { recursive: true, force: true });
});

/** What is called at the end of a job; the test waits for it. */
function atEnd(): () => void {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  ended.push(promise);
  return () => {
    resolve(undefined);
  };
}
const finish = (id: number, state: 'done' | 'failed' | 'cancelled'): void => {
  workspace.sqlite.prepare('UPDATE jobs SET state = ? WHERE id = ?').run(state, id);
};
/** Ends at once, whatever the workspace holds. */
const harmless = ['run', '/nowhere/at-all.yaml'];

test('a second job waits, is kept in the workspace, and can be taken back', () => {
  const running = insertJob(workspace, process.pid, ['embed']);
  const second = startOrQueue(workspace, ['balance', '--dataset', 'food'], () => undefined);
  const third = startOrQueue(workspace, ['cluster'], () => undefined);
  expect([second.job, third.job]).toEqual([null, null]);
  const again = openWorkspace(workspace.dir);
  expect(listQueue(again).map(({ command }) => command)).toEqual([['balance', '--dataset', 'food'], ['cluster']]);
  removeQueued(again, second.queued!);
  again.close();
  expect(listQueue(workspace).map(({ id }) => id)).toEqual([third.queued]);
  expect(() => {
    removeQueued(workspace, second.queued!);
  }).toThrow(UsageError);
  expect(startNext(workspace, () => undefined)).toBeUndefined();
  expect(() => startQueued(workspace, third.queued!, () => undefined)).toThrow(/Another job runs/);
  expect(listJobs(workspace).map(({ id }) => id)).toEqual([running]);
});

test.each(['failed', 'cancelled'] as const)('after a job that %s they wait for a person, else they follow', (state) => {
  const running = insertJob(workspace, process.pid, ['embed']);
  const { queued } = startOrQueue(workspace, harmless, () => undefined);
  finish(running, state);
  expect(startNext(workspace, () => undefined)).toBeUndefined();
  expect(listQueue(workspace)).toHaveLength(1);
  const started = startQueued(workspace, queued!, atEnd());
  expect(findJob(workspace, started)).toMatchObject({ command: harmless, state: 'running' });
  expect(listQueue(workspace)).toEqual([]);
});

test('the next one starts once the job before it is done, and only once', () => {
  const running = insertJob(workspace, process.pid, ['embed']);
  startOrQueue(workspace, harmless, () => undefined);
  startOrQueue(workspace, ['cluster'], () => undefined);
  finish(running, 'done');
  const other = openWorkspace(workspace.dir);
  const started = [startNext(workspace, atEnd()), startNext(other, () => undefined)];
  other.close();
  expect(started).toEqual([expect.any(Number), undefined]);
  expect(listQueue(workspace).map(({ command }) => command)).toEqual([['cluster']]);
});

test('a job that ended starts again with the same command; one of a terminal does not', () => {
  const ofTerminal = insertJob(workspace, process.pid, ['embed']);
  expect(() => startAgain(workspace, ofTerminal, () => undefined)).toThrow(/runs already/);
  finish(ofTerminal, 'cancelled');
  expect(() => startAgain(workspace, ofTerminal, () => undefined)).toThrow(/started in a terminal/);
  workspace.sqlite
    .prepare("UPDATE jobs SET log = 'jobs/1.ndjson', command = ? WHERE id = ?")
    .run(JSON.stringify(harmless), ofTerminal);
  const { job } = startAgain(workspace, ofTerminal, atEnd());
  expect(findJob(workspace, job!)).toMatchObject({ command: harmless });
});

test('a terminal and a window on one new workspace at the same time: both datasets are whole', async () => {
  const dir = path.join(path.dirname(workspace.dir), 'shared');
  const run = promisify(execFile);
  const sources = await Promise.all(
    ['one', 'two', 'three'].map(async (name, seed) => {
      const source = path.join(path.dirname(workspace.dir), name);
      mkdirSync(source);
      for (let i = 0; i < 25; i++) writeFileSync(path.join(source, `${i}.jpg`), await jpeg(seed * 100 + i));
      return { name, source };
    }),
  );
  // all of them make the database, and all write
  await Promise.all(
    sources.map(({ name, source }) =>
      run(process.execPath, ['bin/distillery.mjs', 'import', source, '--dataset', name, '--workspace', dir]),
    ),
  );
  const shared = openWorkspace(dir);
  expect(shared.sqlite.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(shared.sqlite.pragma('foreign_key_check')).toEqual([]);
  const counts = shared.sqlite
    .prepare("SELECT count(*) FROM samples WHERE status = 'ok' GROUP BY dataset_id")
    .pluck()
    .all();
  expect(counts).toEqual([25, 25, 25]);
  expect(listJobs(shared).map(({ state }) => state)).toEqual(['done', 'done', 'done']);
  shared.close();
});
