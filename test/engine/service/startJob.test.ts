/** @file vitest run test/engine/service: jobs that the service starts, from their rows and their output. */

import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { findJob, insertJob } from '../../../src/main/engine/jobs.ts';
import type { Emit } from '../../../src/main/engine/service/protocol.ts';
import { startOrQueue } from '../../../src/main/engine/service/queue.ts';
import { readLog } from '../../../src/main/engine/service/startJob.ts';
import { watchWorkspace } from '../../../src/main/engine/service/watch.ts';
import { openWorkspace, type Workspace } from '../../../src/main/engine/store/workspace.ts';

let workspace: Workspace;

beforeEach(() => {
  workspace = openWorkspace(mkdtempSync(path.join(tmpdir(), 'distillery-start-')));
});
afterEach(() => {
  workspace.close();
  rmSync(workspace.dir, { recursive: true, force: true });
});

test('the end of a job is shown at once, however lately the pipeline was summed up', async () => {
  // only `poke` looks
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const told: string[] = [];
  const emit: Emit = (event) => told.push(event);
  const watch = watchWorkspace(workspace, emit);
  try {
    watch.poke();
    await expect.poll(() => told).toEqual(['pipeline.changed']);
    const id = insertJob(workspace, process.pid, ['import']);
    const sql = "INSERT INTO datasets (name, source, format, imported_at) VALUES ('food', '/src', 'folder', ?)";
    workspace.sqlite.prepare(sql).run(new Date().toISOString());
    workspace.sqlite.prepare("UPDATE jobs SET state = 'done' WHERE id = ?").run(id);
    watch.poke();
    await expect.poll(() => told).toEqual(['pipeline.changed', 'job.finished', 'pipeline.changed']);
  } finally {
    watch.stop();
    vi.useRealTimers();
  }
});

test('a job is the command line itself: its row, its end and what it said are there', async () => {
  const events: string[] = [];
  const emit: Emit = (event) => events.push(event);
  const watch = watchWorkspace(workspace, emit);
  try {
    const config = path.join(workspace.dir, 'missing.yaml');
    const id = await new Promise<number>((resolve) => {
      const started = startOrQueue(workspace, ['run', config], () => {
        watch.poke();
        resolve(started);
      }).job!;
      expect(findJob(workspace, started)).toMatchObject({ state: 'running', command: ['run', config] });
      expect(findJob(workspace, started).pid).toBeGreaterThan(0);
      watch.poke();
    });
    const job = findJob(workspace, id);
    expect(job.state).toBe('failed');
    expect(job.error).toContain(`The configuration ${config} cannot be read`);
    expect((await readLog(workspace, job.log!, 0)).lines.join()).toContain('cannot be read');
    expect(events.filter((event) => event.startsWith('job.'))).toEqual(['job.progress', 'job.finished']);
  } finally {
    watch.stop();
  }
});

describe('a log', () => {
  const log = 'jobs/1.ndjson';
  const file = (): string => path.join(workspace.dir, log);
  beforeEach(() => {
    mkdirSync(path.dirname(file()), { recursive: true });
  });

  test('gives speech and foreign output, not progress and results', async () => {
    const lines = [
      '{"stage":"embed","done":1,"total":2,"unit":"images"}',
      '{"log":"One picture was skipped."}',
      'a library speaks',
      '',
      '{"error":"The disk is full."}',
      '{not json',
      '{"import":{"imported":3}}',
    ];
    writeFileSync(file(), lines.map((line) => `${line}\n`).join(''));
    expect((await readLog(workspace, log, 0)).lines).toEqual([
      'One picture was skipped.',
      'a library speaks',
      'The disk is full.',
      '{not json',
    ]);
  });

  test('gives whole lines only, and goes on where it ended', async () => {
    writeFileSync(file(), 'first – über\nsec');
    const begin = await readLog(workspace, log, 0);
    expect(begin.lines).toEqual(['first – über']);
    appendFileSync(file(), 'ond\nthird\n');
    const rest = await readLog(workspace, log, begin.next);
    expect(rest.lines).toEqual(['second', 'third']);
    expect(await readLog(workspace, log, rest.next)).toEqual({ lines: [], next: rest.next });
  });

  test('of a great length gives its end', async () => {
    writeFileSync(file(), Array.from({ length: 100_000 }, (_, i) => `line ${i}\n`).join(''));
    const { lines } = await readLog(workspace, log, 0);
    expect(lines.at(-1)).toBe('line 99999');
    expect(lines.length).toBeLessThan(30_000);
    expect(lines[0]).toMatch(/^line \d+$/);
  });
});
