/** @file vitest run test/engine/jobs: the row of a job from its start to its end, and what is told when its process dies. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  cancelJob,
  deadAfterMs,
  findJob,
  insertJob,
  jobVariable,
  listJobs,
  trackJob,
} from '../../../src/main/engine/jobs.ts';
import { openWorkspace, type Workspace } from '../../../src/main/engine/store/workspace.ts';

let workspace: Workspace;

beforeEach(() => {
  workspace = openWorkspace(mkdtempSync(path.join(tmpdir(), 'distillery-jobs-')));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  workspace.close();
  rmSync(workspace.dir, { recursive: true, force: true });
});

const setHeartbeat = (id: number, ageMs: number): void => {
  const time = new Date(Date.now() - ageMs).toISOString();
  workspace.sqlite.prepare('UPDATE jobs SET heartbeat_at = ? WHERE id = ?').run(time, id);
};

/** A process that has come and gone. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid!;
}

describe('trackJob', () => {
  test('tells command, progress and end', () => {
    const job = trackJob(workspace, ['embed', '--dataset', 'food']);
    expect(findJob(workspace, job.id)).toMatchObject({
      pid: process.pid,
      command: ['embed', '--dataset', 'food'],
      state: 'running',
      progress: null,
      error: null,
    });
    job.progress({ stage: 'embed', done: 3, total: 9, unit: 'images', metrics: { broken: NaN } });
    expect(findJob(workspace, job.id).progress).toEqual({ stage: 'embed', done: 3, total: 9, unit: 'images' });
    job.finish('done');
    const finished = findJob(workspace, job.id);
    expect(finished).toMatchObject({ state: 'done', error: null });
    expect(finished.finishedAt).not.toBeNull();
  });

  test('keeps its last progress and its reason when it fails', () => {
    const job = trackJob(workspace, ['balance']);
    job.progress({ stage: 'balance', done: 1, total: 9, unit: 'chunks' });
    job.progress({ stage: 'balance', done: 5, total: 9, unit: 'chunks' });
    job.finish('failed', new Error('The disk is full.'));
    expect(findJob(workspace, job.id)).toMatchObject({
      state: 'failed',
      error: 'The disk is full.',
      progress: { done: 5 },
    });
  });

  test('beats while nothing is reported, and not after the end', () => {
    vi.useFakeTimers();
    const job = trackJob(workspace, ['cluster']);
    const first = findJob(workspace, job.id).heartbeatAt;
    vi.advanceTimersByTime(2 * deadAfterMs);
    const later = findJob(workspace, job.id);
    expect(Date.parse(later.heartbeatAt)).toBeGreaterThan(Date.parse(first) + deadAfterMs);
    expect(later.state).toBe('running');
    job.finish('cancelled');
    const end = findJob(workspace, job.id).heartbeatAt;
    vi.advanceTimersByTime(10_000);
    expect(findJob(workspace, job.id).heartbeatAt).toBe(end);
  });

  test('takes the row that its starter made, once', () => {
    const id = insertJob(workspace, 0, ['demo']);
    vi.stubEnv(jobVariable, String(id));
    const job = trackJob(workspace, ['demo']);
    expect(job.id).toBe(id);
    expect(findJob(workspace, id).pid).toBe(process.pid);
    job.finish('done');
    expect(trackJob(workspace, ['demo']).id).not.toBe(id);
  });

  test('goes on when the database is gone', () => {
    const job = trackJob(workspace, ['distill']);
    workspace.close();
    expect(() => {
      job.progress({ stage: 'distill', done: 1, total: 2, unit: 'steps' });
      job.finish('done');
    }).not.toThrow();
  });
});

describe('a job that stopped without a word', () => {
  test('counts as failed when its process is gone', async () => {
    const id = insertJob(workspace, await deadPid(), ['embed']);
    const job = findJob(workspace, id);
    expect(job.state).toBe('failed');
    expect(job.error).toContain('without a word');
  });

  test('counts as failed when it is silent for too long, though its pid is taken', () => {
    const id = insertJob(workspace, process.pid, ['embed']);
    setHeartbeat(id, deadAfterMs - 5000);
    expect(findJob(workspace, id).state).toBe('running');
    setHeartbeat(id, deadAfterMs + 5000);
    expect(findJob(workspace, id).state).toBe('failed');
  });

  test('never signals the own process group for a row without a process', () => {
    const id = insertJob(workspace, 0, ['embed']);
    const kill = vi.spyOn(process, 'kill');
    expect(() => {
      cancelJob(workspace, id);
    }).toThrow(/no longer running/);
    expect(kill).not.toHaveBeenCalled();
  });
});

test('cancel interrupts the process of a running job', async () => {
  const child = spawn(process.execPath, [
    '-e',
    'process.on("SIGINT", () => process.exit(130)); setInterval(() => {}, 1000); console.log("up")',
  ]);
  await once(child.stdout, 'data');
  const id = insertJob(workspace, child.pid!, ['distill']);
  cancelJob(workspace, id);
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(130);
});

test('lists newest first', () => {
  insertJob(workspace, process.pid, ['import']);
  insertJob(workspace, process.pid, ['embed']);
  expect(listJobs(workspace).map((job) => job.command)).toEqual([['embed'], ['import']]);
  expect(listJobs(workspace, 1)).toHaveLength(1);
  expect(() => findJob(workspace, 99)).toThrow(/no job 99/);
});
