/** @file Jobs that wait for the one that runs: kept in the workspace, so that they outlive window and service. */

import { z } from 'zod';
import type { QueuedJob, StartedJob } from '../../../preload/home.ts';
import { UsageError } from '../errors.ts';
import { findJob, insertJob, listJobs } from '../jobs.ts';
import { timestamp, type Workspace } from '../store/workspace.ts';
import { runJob } from './startJob.ts';

interface QueuedRow {
  id: number;
  command: string;
  queued_at: string;
}

const commandSchema = z.array(z.string());

/** In the order in which they will run. */
export function listQueue({ sqlite }: Workspace): QueuedJob[] {
  return sqlite
    .prepare<[], QueuedRow>('SELECT id, command, queued_at FROM queued_jobs ORDER BY id LIMIT 200')
    .all()
    .map(({ id, command, queued_at }) => ({
      id,
      command: commandSchema.parse(JSON.parse(command)),
      queuedAt: queued_at,
    }));
}

/** Starts a command, or lets it wait where another one runs. `onEnd` as in {@link runJob}. */
export function startOrQueue(workspace: Workspace, command: readonly string[], onEnd: () => void): StartedJob {
  const { sqlite } = workspace;
  const decide = sqlite.transaction((): StartedJob => {
    if (!isBusy(workspace)) return { job: insertJob(workspace, process.pid, command), queued: null };
    const { lastInsertRowid } = sqlite
      .prepare('INSERT INTO queued_jobs (command, queued_at) VALUES (?, ?)')
      .run(JSON.stringify(command), timestamp());
    return { job: null, queued: Number(lastInsertRowid) };
  });
  // immediate: of two windows only one finds the place free
  const started = decide.immediate();
  if (started.job !== null) runJob(workspace, started.job, command, onEnd);
  return started;
}

/** Starts a job that ended once more; it goes on where it stopped. @throws {UsageError} for one that a terminal has. */
export function startAgain(workspace: Workspace, id: number, onEnd: () => void): StartedJob {
  const { state, log, command } = findJob(workspace, id);
  if (state === 'running') throw new UsageError(`Job ${id} runs already.`);
  // its paths count from a folder that is not known here
  if (log === null) throw new UsageError(`Job ${id} was started in a terminal. Start the same command there again.`);
  return startOrQueue(workspace, command, onEnd);
}

/**
 * Starts the first of those that wait, once the job before it ended well; after a failure or a stop they wait for a person.
 * Safe to call from several processes at any time. Returns the id of what it started.
 */
export function startNext(workspace: Workspace, onEnd: () => void): number | undefined {
  const first = listQueue(workspace)[0];
  const latest = listJobs(workspace, 1)[0];
  if (first === undefined || (latest !== undefined && latest.state !== 'done')) return undefined;
  return take(workspace, first.id, onEnd);
}

/** Starts one that waits. @throws {UsageError} while another job runs, or when it no longer waits. */
export function startQueued(workspace: Workspace, id: number, onEnd: () => void): number {
  const started = take(workspace, id, onEnd);
  if (started === undefined) throw new UsageError('Another job runs, or this one no longer waits.');
  return started;
}

/** @throws {UsageError} when it no longer waits. */
export function removeQueued({ sqlite }: Workspace, id: number): void {
  const { changes } = sqlite.prepare('DELETE FROM queued_jobs WHERE id = ?').run(id);
  if (changes === 0) throw new UsageError('This job no longer waits; it may have started.');
}

function take(workspace: Workspace, id: number, onEnd: () => void): number | undefined {
  const { sqlite } = workspace;
  const claim = sqlite.transaction(() => {
    if (isBusy(workspace)) return undefined;
    const text = sqlite
      .prepare<[number], string>('DELETE FROM queued_jobs WHERE id = ? RETURNING command')
      .pluck()
      .get(id);
    if (text === undefined) return undefined;
    const command = commandSchema.parse(JSON.parse(text));
    return { command, job: insertJob(workspace, process.pid, command) };
  });
  const claimed = claim.immediate();
  if (claimed) runJob(workspace, claimed.job, claimed.command, onEnd);
  return claimed?.job;
}

const isBusy = (workspace: Workspace): boolean => listJobs(workspace).some(({ state }) => state === 'running');
