/**
 * @file What the window can start, with the limits of each value, and the command line that does it: forms and the service
 * check by the same schemas, and the forms show what the service will run.
 */

import { z } from 'zod';
import { teacherCommand, teacherJob } from './teachers.ts';
import { mapMethods } from './search.ts';
import { distillCommand, distillJob, resumeJob } from './distillJob.ts';
import { evaluateCommand, evaluateJob, exportCommand, exportJob, suiteCommand, suiteJob } from './resultJobs.ts';

/** As an argument: one with a dash in front would be taken for an option. */
export const fileArgument = z
  .string()
  .min(1, 'Needed.')
  .max(4096, 'At most 4096 characters.')
  .regex(/^[^-]/, 'Must not begin with a dash.');
export const teacherName = z.string().min(1, 'The dataset has no embeddings yet: embed it first.').max(200);

/** Becomes a folder of the workspace, so it is a plain word. */
export const datasetName = z
  .string()
  .min(1, 'A name is needed.')
  .max(100, 'At most 100 characters.')
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    'Letters, digits, dots, dashes and underscores, beginning with a letter or digit.',
  );

export const importFormats = [
  'auto',
  'folder',
  'webdataset',
  'zip',
  'csv',
  'jsonl',
  'parquet',
  'coco',
  'embeddings',
] as const;

export const sourceList = z
  .array(fileArgument)
  .min(1, 'Choose a folder or files, or drop them here.')
  .max(1000, 'At most 1000 at once; name more by a pattern in a terminal.');

/** A column of a table that the person chose; null: found by itself. */
const columnName = z.string().min(1).max(200).nullable();
export const importColumns = z.object({ image: columnName, caption: columnName, label: columnName });
export type ImportColumns = z.infer<typeof importColumns>;
export const noColumns: ImportColumns = { image: null, caption: null, label: null };

/** Exports of pictures that were chosen one by one. */
export const sampleExports = ['manifest', 'files', 'folder', 'webdataset'] as const;

export const precisions = ['fp32', 'bf16'] as const;
export const betaValue = z.number('A number.').min(0, 'At least 0.').max(2, 'At most 2: the vectors are unit vectors.');
export const removeShare = z.number('A number.').gt(0, 'More than 0%.').lt(1, 'Less than 100%.');
export const diameterValue = z.number('A number.').gt(0, 'More than 0.').max(2, 'At most 2.');
export const groupSizeValue = z.int('A whole number.').min(2, 'At least 2.');
export const clusterCount = z.int('A whole number.').min(1, 'At least 1.').max(10_000_000, 'At most 10,000,000.');
export const keepRules = ['centroid', 'resolution', 'agreement', 'oldest'] as const;

export const jobStart = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('demo'), quick: z.boolean() }),
  /** The pipeline of a configuration file. */
  z.object({ kind: z.literal('run'), config: fileArgument }),
  z.object({
    kind: z.literal('import'),
    sources: sourceList,
    dataset: datasetName,
    format: z.enum(importFormats),
    columns: importColumns,
  }),
  z.object({
    kind: z.literal('embed'),
    dataset: datasetName,
    teacher: fileArgument,
    precision: z.enum(precisions),
  }),
  z.object({
    kind: z.literal('balance'),
    dataset: datasetName,
    teacher: teacherName,
    limit: z.union([z.object({ beta: betaValue }), z.object({ removeFraction: removeShare })]),
    keep: z.enum(keepRules),
    maxDiameter: diameterValue.nullable(),
    maxGroupSize: groupSizeValue.nullable(),
    against: datasetName.nullable(),
  }),
  z.object({
    kind: z.literal('cluster'),
    dataset: datasetName,
    teacher: teacherName,
    clusters: z.union([z.literal('auto'), clusterCount]),
  }),
  z.object({ kind: z.literal('map'), dataset: datasetName, teacher: teacherName, method: z.enum(mapMethods) }),
  z.object({
    kind: z.literal('export-samples'),
    what: z.enum(sampleExports),
    dataset: datasetName,
    /** File with an id a line. */
    samples: fileArgument,
    out: fileArgument,
  }),
  distillJob,
  resumeJob,
  teacherJob,
  evaluateJob,
  suiteJob,
  exportJob,
]);
export type JobStart = z.infer<typeof jobStart>;

/** Arguments of `distillery`, without `--workspace`. */
export function commandOf(start: JobStart): string[] {
  switch (start.kind) {
    case 'demo':
      return ['demo', ...(start.quick ? ['--quick'] : [])];
    case 'run':
      return ['run', start.config];
    case 'import':
      return [
        ...['import', ...start.sources, '--dataset', start.dataset, '--format', start.format],
        ...columnArguments(start.columns),
      ];
    case 'embed':
      return ['embed', '--dataset', start.dataset, '--teacher', start.teacher, '--precision', start.precision];
    case 'balance':
      return ['balance', ...balanceArguments(start)];
    case 'teacher':
      return teacherCommand(start);
    case 'cluster':
      return ['cluster', '--dataset', start.dataset, '--teacher', start.teacher, '--clusters', String(start.clusters)];
    case 'distill':
      return distillCommand(start);
    case 'evaluate':
      return evaluateCommand(start);
    case 'evaluate-suite':
      return suiteCommand(start);
    case 'export':
      return exportCommand(start);
    case 'resume':
      return ['distill', '--resume', start.run];
    case 'map':
      return ['map', '--dataset', start.dataset, '--teacher', start.teacher, '--method', start.method];
    case 'export-samples':
      return [
        ...['export', start.what, '--dataset', start.dataset, '--samples', start.samples, '--which', 'all'],
        ...['--out', start.out],
      ];
  }
}

/** One word each: the name of a column may begin with a dash. */
const columnArguments = (columns: ImportColumns): string[] =>
  (['image', 'caption', 'label'] as const).flatMap((role) =>
    columns[role] === null ? [] : [`--${role}-column=${columns[role]}`],
  );

function balanceArguments(start: Extract<JobStart, { kind: 'balance' }>): string[] {
  const { dataset, teacher, limit, keep, maxDiameter, maxGroupSize, against } = start;
  const limits = 'beta' in limit ? ['--beta', String(limit.beta)] : ['--remove-fraction', String(limit.removeFraction)];
  const option = (name: string, value: string | number | null): string[] =>
    value === null ? [] : [name, String(value)];
  return [
    ...['--dataset', dataset, '--teacher', teacher, ...limits, '--keep', keep],
    ...option('--max-diameter', maxDiameter),
    ...option('--max-group-size', maxGroupSize),
    ...option('--against', against),
  ];
}
