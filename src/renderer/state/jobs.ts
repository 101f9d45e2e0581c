/** @file Jobs as the panel shows them: what the service tells, with a rate and the time left from what was seen. */

import type { Job } from '../../preload/contract.ts';
import { wordsOf } from '../../preload/jobTitle.ts';
import { formatCount, formatDuration, formatRate } from './format.ts';

/** The rate is that of the last seconds, so that it follows a machine that slows down. */
const rateWindowMs = 20_000;

interface Sighting {
  time: number;
  done: number;
}

export interface JobView extends Job {
  /** Of the current stage, oldest first. */
  seen: Sighting[];
}

/** Takes a job as it is now into the list (newest first). */
export function observeJob(jobs: readonly JobView[], job: Job, now: number): JobView[] {
  const before = jobs.find((known) => known.id === job.id);
  const view = { ...job, seen: sightings(before, job, now) };
  if (before) return jobs.map((known) => (known.id === job.id ? view : known));
  return [view, ...jobs].sort((a, b) => b.id - a.id);
}

/** Takes a whole list, as after opening; what was seen of its jobs is kept. */
export function observeJobs(jobs: readonly JobView[], list: readonly Job[], now: number): JobView[] {
  return list.map((job) => ({
    ...job,
    seen: sightings(
      jobs.find((known) => known.id === job.id),
      job,
      now,
    ),
  }));
}

function sightings(before: JobView | undefined, { progress }: Job, now: number): Sighting[] {
  if (!progress) return [];
  const sameStage = before?.progress?.stage === progress.stage && before.progress.done <= progress.done;
  const seen = sameStage ? before.seen.filter(({ time }) => now - time < rateWindowMs) : [];
  return seen.at(-1)?.done === progress.done ? seen : [...seen, { time: now, done: progress.done }];
}

/** Units a second over what was seen lately; undefined until it can be told. */
export function rateOf({ seen }: JobView): number | undefined {
  const first = seen[0];
  const last = seen.at(-1);
  if (!first || !last || last.time - first.time < 500) return undefined;
  return ((last.done - first.done) / (last.time - first.time)) * 1000;
}

/** Milliseconds until the current stage is done; undefined until it can be told. */
export function timeLeftOf(job: JobView): number | undefined {
  const rate = rateOf(job);
  if (!rate || !job.progress || job.progress.total === 0) return undefined;
  return Math.max(0, ((job.progress.total - job.progress.done) / rate) * 1000);
}

/** 0 to 1; undefined while the total is unknown. */
export function fractionOf({ progress }: Job): number | undefined {
  return progress && progress.total > 0 ? Math.min(1, progress.done / progress.total) : undefined;
}

export const runningJob = <J extends Job>(jobs: readonly J[]): J | undefined =>
  jobs.find((job) => job.state === 'running');

/** The stage without the name of the job's own command, which its title says: empty where there is nothing else to it. */
export function stageOf({ command, progress }: Job): string {
  const [name = ''] = wordsOf(command);
  const stage = progress?.stage ?? '';
  return stage.startsWith(name) ? stage.slice(name.length).replace(/^[:,] /, '') : stage;
}

/** `find neighbours: 64 of 542 images, 12.3/s, 39 s left`; what the title says is left out. */
export function progressText(job: JobView): string {
  const { progress } = job;
  if (!progress) return '';
  const total = progress.total > 0 ? ` of ${formatCount(progress.total)}` : '';
  const stage = stageOf(job);
  const rate = rateOf(job);
  const left = timeLeftOf(job);
  return [
    `${stage && `${stage}: `}${formatCount(progress.done)}${total} ${progress.unit}`,
    ...(rate ? [formatRate(rate)] : []),
    ...(left === undefined ? [] : [`${formatDuration(left)} left`]),
  ].join(', ');
}
