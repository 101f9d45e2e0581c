/** @file Evaluations and exports as the window starts them: limits of each value, and the commands that do it. */

import { z } from 'zod';

const argument = z
  .string()
  .min(1, 'Needed.')
  .max(4096, 'At most 4096 characters.')
  .regex(/^[^-]/, 'Must not begin with a dash.');
const name = z
  .string()
  .min(1, 'Choose a dataset.')
  .max(100)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);
const runId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/);
const models = {
  /** Students of these runs, and models on disk or by name; at least one of them all. */
  runs: z.array(runId).max(50),
  models: z.array(argument).max(50),
};
export const precisions = ['fp32', 'bf16'] as const;

export const evaluationTasks = ['zero-shot', 'linear-probe', 'k-nn', 'retrieval'] as const;
export type EvaluationTask = (typeof evaluationTasks)[number];
export const suiteNames = ['linear-probe', 'robustness'] as const;

export const evaluateJob = z.object({
  kind: z.literal('evaluate'),
  task: z.enum(evaluationTasks),
  ...models,
  data: z.union([z.object({ dataset: name }), z.object({ source: argument })]),
  /** Null: those of the data. */
  classnames: argument.nullable(),
  templates: argument.nullable(),
  precision: z.enum(precisions),
});
export type EvaluateJob = z.infer<typeof evaluateJob>;

export const suiteJob = z.object({
  kind: z.literal('evaluate-suite'),
  suite: z.enum(suiteNames),
  root: argument,
  ...models,
  precision: z.enum(precisions),
});
export type SuiteJob = z.infer<typeof suiteJob>;

const modelArguments = ({ runs, models: others }: Pick<EvaluateJob, 'runs' | 'models'>): string[] => [
  ...others.flatMap((model) => ['--model', model]),
  ...runs.flatMap((run) => ['--run', run]),
];
const option = (flag: string, value: string | number | null): string[] => (value === null ? [] : [flag, String(value)]);

export const evaluateCommand = (job: EvaluateJob): string[] => [
  ...['evaluate', job.task, ...modelArguments(job)],
  ...('dataset' in job.data ? ['--dataset', job.data.dataset] : ['--data', job.data.source]),
  ...option('--classnames', job.classnames),
  ...option('--templates', job.templates),
  ...['--precision', job.precision],
];

export const suiteCommand = (job: SuiteJob): string[] => [
  ...['evaluate', 'suite', job.suite, '--root', job.root],
  ...modelArguments(job),
  ...['--precision', job.precision],
];

/** What an export is of: samples of a dataset, a run, or all evaluations. */
export const exportKinds = {
  webdataset: 'dataset',
  folder: 'dataset',
  manifest: 'dataset',
  files: 'dataset',
  uids: 'dataset',
  groups: 'dataset',
  clusters: 'dataset',
  quality: 'dataset',
  student: 'run',
  metrics: 'run',
  evaluations: 'all',
} as const;
export type ExportWhat = keyof typeof exportKinds;
const exportNames = Object.keys(exportKinds) as [ExportWhat, ...ExportWhat[]];
const whichSamples = ['kept', 'removed', 'all'] as const;
const studentFormats = ['open_clip', 'transformers'] as const;
export const shardCount = z.int('A whole number.').min(1, 'At least 1.').max(10_000_000, 'At most 10,000,000.');

export const exportJob = z.object({
  kind: z.literal('export'),
  what: z.enum(exportNames),
  /** Null where it is of none. */
  dataset: name.nullable(),
  run: runId.nullable(),
  out: argument,
  /** Null for an export that has no such option. */
  which: z.enum(whichSamples).nullable(),
  copy: z.boolean(),
  hashes: z.boolean(),
  shardSamples: shardCount.nullable(),
  format: z.enum(studentFormats).nullable(),
});
export type ExportJob = z.infer<typeof exportJob>;

export const exportCommand = (job: ExportJob): string[] => [
  ...['export', job.what],
  ...option('--dataset', job.dataset),
  ...option('--run', job.run),
  ...option('--which', job.which),
  ...option('--shard-samples', job.shardSamples),
  ...(job.copy ? ['--copy'] : []),
  ...(job.hashes ? ['--uids-from', 'hash'] : []),
  ...option('--format', job.format),
  ...['--out', job.out],
];
