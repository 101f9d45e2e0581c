/** @file The pipeline of a workspace: what is there, what runs, and the curve of a run. Part of the contract. */

import { z } from 'zod';
import { count, inWorkspace, nothing, progress, time } from './common.ts';
import { member } from './duplicates.ts';
import { startedJob } from './home.ts';
import { jobStart } from './jobStart.ts';

export type Progress = z.infer<typeof progress>;

export const job = z.object({
  id: count,
  command: z.array(z.string()),
  state: z.enum(['running', 'done', 'failed', 'cancelled']),
  progress: progress.nullable(),
  hasLog: z.boolean(),
  startedAt: time,
  finishedAt: time.nullable(),
  error: z.string().nullable(),
});
export type Job = z.infer<typeof job>;

const embedding = z.object({ teacher: z.string(), dim: count, rows: count, complete: z.boolean() });

const dataset = z.object({
  id: count,
  name: z.string(),
  source: z.string(),
  complete: z.boolean(),
  images: count,
  skipped: count,
  embeddings: z.array(embedding),
  balance: z
    .object({
      id: count,
      teacher: z.string(),
      beta: z.number(),
      images: count,
      groups: count,
      removed: count,
      kept: count,
      /** Of its options those that the form knows: the next one begins with them. */
      keep: z.string(),
      maxDiameter: z.number().nullable(),
      maxGroupSize: z.number().nullable(),
      against: z.string().nullable(),
      /** Decisions that count only when balance runs again. */
      waiting: count,
    })
    .nullable(),
  /** Human decisions that stand. */
  decisions: count,
  clustering: z
    .object({
      id: count,
      teacher: z.string(),
      clusters: count,
      inertia: z.number(),
      iterations: count,
      /** Whose kept images they are of; null: of all. */
      balance: count.nullable(),
    })
    .nullable(),
});
export type Dataset = z.infer<typeof dataset>;

const run = z.object({
  id: z.string(),
  dataset: count.nullable(),
  student: z.string(),
  state: z.enum(['running', 'stopped', 'done', 'failed']),
  /** Last step with metrics. */
  step: count,
  totalSteps: count,
  startedAt: time,
  finishedAt: time.nullable(),
  error: z.string().nullable(),
});
export type Run = z.infer<typeof run>;

export const summary = z.object({
  datasets: z.array(dataset),
  /** Newest first. */
  runs: z.array(run),
  evaluations: z.array(z.object({ task: z.string(), model: z.string(), run: z.string().nullable() })),
  /** Whether the workspace has a report.html. */
  report: z.boolean(),
  /** Names in the workspace's folder export/. */
  exports: z.array(z.string()),
  /** Names of what exports wrote elsewhere, as far as it is there. */
  exportedElsewhere: z.array(z.string()),
});
export type Summary = z.infer<typeof summary>;

const group = z.object({ id: count, size: count, meanDistance: z.number(), members: z.array(member) });
export type Group = z.infer<typeof group>;

export const pipelineRequests = {
  'pipeline.summary': { params: inWorkspace, result: summary },
  'jobs.list': { params: inWorkspace, result: z.array(job) },
  /** While another job runs, it waits for it. */
  'job.start': { params: inWorkspace.extend({ job: jobStart }), result: startedJob },
  'job.cancel': { params: inWorkspace.extend({ id: count }), result: nothing },
  /** Whole lines of a job's output from a byte offset on, and the offset after them. */
  'job.log': {
    params: inWorkspace.extend({ id: count, from: count }),
    result: z.object({ lines: z.array(z.string()), next: count }),
  },
  /** Largest groups of a balance, members by distance to the centroid, keeper first. */
  'groups.list': {
    params: inWorkspace.extend({
      balance: count,
      limit: z.int().min(1).max(100),
      members: z.int().min(1).max(100),
    }),
    result: z.array(group),
  },
} as const;
