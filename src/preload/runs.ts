/** @file Runs: their part of the contract. Curves come in typed pages, so that a million points are no million words of JSON. */

import { z } from 'zod';
import { count, inWorkspace } from './common.ts';
import { distillPresets, distillValues } from './distillJob.ts';

const runId = z.string().min(1).max(200);
const metricName = z.string().min(1).max(100);
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const alarm = z.object({
  kind: z.enum(['not-finite', 'collapse', 'chance', 'starved']),
  step: count,
  /** What happened and what to do about it. */
  text: z.string(),
});

export const runFacts = z.object({
  run: runId,
  student: z.string(),
  /** Name; null where it was deleted. */
  dataset: z.string().nullable(),
  teacher: z.string().nullable(),
  device: z.string(),
  seed: z.number(),
  /** Last one that is recorded. */
  step: count,
  error: z.string().nullable(),
  /** Every setting that decides the result, by its name in the record. */
  settings: z.record(z.string(), scalar),
  /** Those that the form knows; null for a run of another version. */
  values: distillValues.nullable(),
  /** Pairs a step and pairs in all: they make epochs of steps. Null where the record does not say. */
  batch: count.nullable(),
  samples: count.nullable(),
  /** Metrics that it has. */
  names: z.array(z.string()),
  alarms: z.array(alarm),
  /** Those that are still there. */
  checkpoints: z.array(z.object({ step: count, folder: z.string() })),
  evaluations: z.array(z.object({ step: count, task: z.string(), data: z.string(), finishedAt: z.string() })),
});
export type RunFacts = z.infer<typeof runFacts>;

/** Base64 of little-endian numbers. */
const packed = z.base64();

const seriesPage = z.object({
  name: metricName,
  /** Int32, `[n]`, ascending. */
  steps: packed,
  /** Float32, `[n]`. */
  values: packed,
  /** There are later ones. */
  more: z.boolean(),
});

const student = z.object({ name: z.string(), parameters: count, imageSize: count, embedDim: count });

const distillForm = z.object({
  students: z.array(student),
  /** Without a preset. */
  defaults: distillValues,
  presets: z.record(z.enum(distillPresets), distillValues),
});
export type DistillFormFacts = z.infer<typeof distillForm>;

export const distillEstimate = z.object({
  pairs: count,
  steps: count,
  /** Trained numbers of the student. */
  parameters: count,
  memoryBytes: z.number(),
  /** Free now on the device that will compute, as far as it says; null: unknown. */
  freeBytes: z.number().nullable(),
  gpu: z.string().nullable(),
  seconds: z.number(),
  samplesPerSecond: z.number(),
  /** `measured`: a run of this student; `scaled`: another student's, by the arithmetic; `guess`: nothing was measured here. */
  basis: z.enum(['measured', 'scaled', 'guess']),
  /** The run that was measured. */
  from: z.object({ run: runId, student: z.string() }).nullable(),
});
export type DistillEstimate = z.infer<typeof distillEstimate>;

export const runRequests = {
  'run.facts': { params: inWorkspace.extend({ run: runId }), result: runFacts },
  /** Values of each metric after step `since`, a page of each. */
  'run.series': {
    params: inWorkspace.extend({
      run: runId,
      wanted: z
        .array(z.object({ name: metricName, since: count }))
        .min(1)
        .max(32),
    }),
    result: z.object({ series: z.array(seriesPage) }),
  },
  'distill.form': { params: inWorkspace, result: distillForm },
  /** Fails where the student or the dataset is not known. */
  'distill.estimate': {
    params: inWorkspace.extend({
      dataset: z.string().max(100),
      student: z.string().max(4096),
      teacher: z.string().max(200).nullable(),
      values: distillValues,
    }),
    result: distillEstimate,
  },
} as const;

/** Answered by main itself; each asks where to write, and gives the file or null when the person changed their mind. */
export const runMainRequests = {
  /** A chart as picture: base64 of a PNG, or the text of an SVG. */
  'chart.save': {
    params: z.object({
      name: z.string().min(1).max(100),
      format: z.enum(['png', 'svg']),
      content: z.string().max(60_000_000),
    }),
    result: z.string().nullable(),
  },
  /** All points of metrics of runs as csv. */
  'chart.saveTable': {
    params: inWorkspace.extend({
      name: z.string().min(1).max(100),
      runs: z.array(runId).min(1).max(50),
      metrics: z.array(metricName).min(1).max(32),
    }),
    result: z.string().nullable(),
  },
} as const;
