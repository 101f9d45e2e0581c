/** @file Jobs: one row per process at work, with its heartbeat, so that a window opened later finds it. */

import type { Selectable } from 'kysely';
import { z } from 'zod';
import { messageOf, UsageError } from './errors.ts';
import { isAlive } from './processes.ts';
import type { Progress } from './progress.ts';
import type { Schema } from './store/schema.ts';
import { timestamp, type Workspace } from './store/workspace.ts';

/** How often a job writes that it lives; a training step may hold it up for seconds. */
const heartbeatMs = 1500;
/** Without a heartbeat for this long a job counts as dead. */
export const deadAfterMs = 30_000;
/** Names the row that a starter made for its child process. */
export const jobVariable = 'DISTILLERY_JOB';

export type JobState = Schema['jobs']['state'];

export interface Job {
  id: number;
  pid: number;
  command: string[];
  state: JobState;
  progress: Progress | null;
  /** Output of the process, relative to the workspace; null when a terminal has it. */
  log: string | null;
  startedAt: string;
  heartbeatAt: string;
  finishedAt: string | null;
  error: string | null;
}

export interface JobTracker {
  id: number;
  /** Cheap enough for every step: the row is written once in a while. */
  progress: (progress: Progress) => void;
  /** The last words of the row; `error` is thrown or told, for states other than done. */
  finish: (state: Exclude<JobState, 'running'>, error?: unknown) => void;
}

/**
 * Called by a job in its own process: takes the row that its starter made, or makes one, and keeps it alive until `finish`.
 * The database is never worth a job: a heartbeat that cannot be written (disk full, database busy) is left out.
 */
export function trackJob(workspace: Workspace, argv: readonly string[]): JobTracker {
  const { sqlite } = workspace;
  const id = adoptRow(workspace) ?? insertJob(workspace, process.pid, argv);
  const update = sqlite.prepare('UPDATE jobs SET progress = ?, heartbeat_at = ? WHERE id = ?');
  const close = sqlite.prepare('UPDATE jobs SET state = ?, finished_at = ?, error = ? WHERE id = ?');
  let latest: Progress | null = null;
  let writtenAt = 0;
  let writtenStage = '';

  const beat = (): void => {
    writtenAt = performance.now();
    writtenStage = latest?.stage ?? '';
    attempt(() => update.run(latest && JSON.stringify(latest), timestamp(), id));
  };
  const timer = setInterval(beat, heartbeatMs).unref();
  beat();
  return {
    id,
    progress: (progress) => {
      latest = progress;
      // a long synchronous stretch keeps the timer from firing; a new stage shows at once
      if (progress.stage !== writtenStage || performance.now() - writtenAt > heartbeatMs) beat();
    },
    finish: (state, error) => {
      clearInterval(timer);
      beat();
      attempt(() => close.run(state, timestamp(), error === undefined ? null : messageOf(error), id));
    },
  };
}

function attempt(write: () => unknown): void {
  try {
    write();
  } catch {
    // the work itself reports a full disk; a missing heartbeat only makes the job look lost
  }
}

/** Makes the row of a job; the starter of a child process then passes the id in DISTILLERY_JOB. */
export function insertJob(workspace: Workspace, pid: number, argv: readonly string[]): number {
  const now = timestamp();
  const { lastInsertRowid } = workspace.sqlite
    .prepare("INSERT INTO jobs (pid, command, state, started_at, heartbeat_at) VALUES (?, ?, 'running', ?, ?)")
    .run(pid, JSON.stringify(argv), now, now);
  return Number(lastInsertRowid);
}

/** The row that this process was started for, if it still waits for its process. */
function adoptRow(workspace: Workspace): number | undefined {
  const id = Number(process.env[jobVariable]);
  if (!Number.isSafeInteger(id) || id <= 0) return undefined;
  const { changes } = workspace.sqlite
    .prepare("UPDATE jobs SET pid = ? WHERE id = ? AND state = 'running'")
    .run(process.pid, id);
  return changes === 1 ? id : undefined;
}

/** Newest first. A running row whose process is gone or silent is told as failed; the row itself is left alone. */
export function listJobs(workspace: Workspace, limit = 50): Job[] {
  return workspace.sqlite
    .prepare<[number], JobRow>('SELECT * FROM jobs ORDER BY id DESC LIMIT ?')
    .all(limit)
    .map((row) => readJob(row));
}

/** @throws {UsageError} when there is no such job. */
export function findJob(workspace: Workspace, id: number): Job {
  const row = workspace.sqlite.prepare<[number], JobRow>('SELECT * FROM jobs WHERE id = ?').get(id);
  if (!row) throw new UsageError(`There is no job ${id} in ${workspace.dir}.`);
  return readJob(row);
}

/** Asks a job to stop after its current unit of work. @throws {UsageError} when it no longer runs. */
export function cancelJob(workspace: Workspace, id: number): void {
  const job = findJob(workspace, id);
  if (job.state !== 'running') throw new UsageError(`Job ${id} is no longer running: ${job.error ?? job.state}.`);
  process.kill(job.pid, 'SIGINT');
}

const progressSchema = z.object({
  stage: z.string(),
  done: z.number(),
  total: z.number(),
  unit: z.string(),
});

type JobRow = Selectable<Schema['jobs']>;

function readJob(row: JobRow, now = Date.now()): Job {
  const job = {
    id: row.id,
    pid: row.pid,
    command: z.array(z.string()).parse(JSON.parse(row.command)),
    state: row.state,
    progress: row.progress === null ? null : progressSchema.parse(JSON.parse(row.progress)),
    log: row.log,
    startedAt: row.started_at,
    heartbeatAt: row.heartbeat_at,
    finishedAt: row.finished_at,
    error: row.error,
  };
  const silent = now - Date.parse(row.heartbeat_at) > deadAfterMs;
  if (row.state !== 'running' || (!silent && isAlive(row.pid))) return job;
  return {
    ...job,
    state: 'failed',
    finishedAt: row.heartbeat_at,
    error: `Process ${row.pid} stopped without a word. What was complete is kept; start the same job to continue.`,
  };
}
