/** @file What the window can start, with the limits of each value: forms and the service check by the same schemas. */

import { z } from 'zod';

const file = z.string().min(1).max(4096);

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

export const betaValue = z.number('A number.').min(0, 'At least 0.').max(2, 'At most 2: the vectors are unit vectors.');
export const removeShare = z.number('A number.').gt(0, 'More than 0%.').lt(1, 'Less than 100%.');
export const diameterValue = z.number('A number.').gt(0, 'More than 0.').max(2, 'At most 2.');
export const groupSizeValue = z.int('A whole number.').min(2, 'At least 2.');
export const clusterCount = z.int('A whole number.').min(1, 'At least 1.').max(10_000_000, 'At most 10,000,000.');
export const keepRules = ['centroid', 'resolution', 'agreement', 'oldest'] as const;

export const jobStart = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('demo'), quick: z.boolean() }),
  /** The pipeline of a configuration file. */
  z.object({ kind: z.literal('run'), config: file }),
  z.object({
    kind: z.literal('import'),
    sources: z.array(file).min(1).max(1000),
    dataset: datasetName,
    format: z.enum(importFormats),
  }),
  z.object({
    kind: z.literal('embed'),
    dataset: datasetName,
    teacher: file,
    precision: z.enum(['fp32', 'bf16']),
  }),
  z.object({
    kind: z.literal('balance'),
    dataset: datasetName,
    teacher: z.string().min(1).max(200),
    limit: z.union([z.object({ beta: betaValue }), z.object({ removeFraction: removeShare })]),
    keep: z.enum(keepRules),
    maxDiameter: diameterValue.nullable(),
    maxGroupSize: groupSizeValue.nullable(),
    against: datasetName.nullable(),
  }),
  z.object({
    kind: z.literal('cluster'),
    dataset: datasetName,
    teacher: z.string().min(1).max(200),
    clusters: z.union([z.literal('auto'), clusterCount]),
  }),
]);
export type JobStart = z.infer<typeof jobStart>;
