/** @file Watches a workspace's database and tells what changed, whoever changed it: a job of the window or of a terminal. */

import type { Summary } from '../../../preload/contract.ts';
import { listJobs, type Job } from '../jobs.ts';
import type { Workspace } from '../store/workspace.ts';
import type { Emit } from './protocol.ts';
import { lastStep, pipelineSummary } from './queries.ts';
import { listQueue, startNext } from './queue.ts';

const tickMs = 400;
/** The summary counts samples: rarely enough to cost at most a twentieth of the time. */
const summaryEveryMs = 1000;
const summaryShare = 20;

export interface Watch {
  /** Looks at once, e.g. after the service itself wrote. */
  poke: () => void;
  stop: () => void;
}

/** As the window sees a job. */
export const jobView = ({ id, command, state, progress, log, startedAt, finishedAt, error }: Job) => ({
  id,
  command,
  state,
  progress,
  hasLog: log !== null,
  startedAt,
  finishedAt,
  error,
});

export function watchWorkspace(workspace: Workspace, emit: Emit): Watch {
  let jobs = new Map(listJobs(workspace).map((job) => [job.id, job]));
  let queue = JSON.stringify(listQueue(workspace));
  let version = -1;
  let summary = '';
  let summaryAt = 0;
  let summaryPending = true;
  let summaryUnderWay = false;
  /** A job ended: what it did is shown now, whatever the share of the time. */
  let summaryUrgent = false;
  const steps = new Map<string, number>();
  let runs: Summary['runs'] = [];

  function tick(): void {
    tellJobs();
    tellQueue();
    // counts the commits of other connections only, and costs nothing
    const current = workspace.sqlite.pragma('data_version', { simple: true }) as number;
    if (current !== version) {
      version = current;
      summaryPending = true;
      tellMetrics();
    }
    const due = summaryUrgent || performance.now() >= summaryAt;
    if (summaryPending && !summaryUnderWay && due) void tellSummary();
  }

  function tellJobs(): void {
    const seen = new Map<number, Job>();
    for (const job of listJobs(workspace)) {
      seen.set(job.id, job);
      const before = jobs.get(job.id);
      if (before?.state === job.state && JSON.stringify(before.progress) === JSON.stringify(job.progress)) continue;
      if (job.state === 'running') emit('job.progress', { job: jobView(job) });
      else if (before?.state !== job.state) {
        emit('job.finished', { job: jobView(job) });
        summaryPending = true;
        summaryUrgent = true;
      }
    }
    jobs = seen;
  }

  function tellQueue(): void {
    startWaiting();
    const current = listQueue(workspace);
    const text = JSON.stringify(current);
    if (text !== queue) emit('queue.changed', { queue: current });
    queue = text;
  }

  function startWaiting(): void {
    try {
      startNext(workspace, poke);
    } catch {
      // the database is busy; the next look tries again
    }
  }

  function tellMetrics(): void {
    for (const { id, state } of runs) {
      if (state !== 'running') continue;
      const step = lastStep(workspace, id);
      if (step > (steps.get(id) ?? 0)) emit('metrics.appended', { run: id, step });
      steps.set(id, step);
    }
  }

  async function tellSummary(): Promise<void> {
    summaryUnderWay = true;
    summaryPending = false;
    summaryUrgent = false;
    const start = performance.now();
    try {
      const current = await pipelineSummary(workspace);
      runs = current.runs;
      const text = JSON.stringify(current);
      if (text !== summary) emit('pipeline.changed', { summary: current });
      summary = text;
    } catch {
      summaryPending = true; // busy, or just closed
    } finally {
      const end = performance.now();
      summaryAt = end + Math.max(summaryEveryMs, summaryShare * (end - start));
      summaryUnderWay = false;
    }
  }

  function poke(): void {
    if (!workspace.sqlite.open) return;
    summaryPending = true;
    tick();
  }

  const timer = setInterval(tick, tickMs);
  return {
    poke,
    stop: () => {
      clearInterval(timer);
    },
  };
}
