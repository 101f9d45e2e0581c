/** @file What the view of results is told and asks for: part of the contract. */

import { z } from 'zod';
import { count, inWorkspace } from './common.ts';
import { exportJob, suiteNames } from './resultJobs.ts';

const measure = z.object({
  name: z.string(),
  /** Fractions in [0, 1]. */
  value: z.number(),
  /** 95% confidence. */
  interval: z.tuple([z.number(), z.number()]),
  chance: z.number(),
});

const evaluation = z.object({
  id: count,
  model: z.string(),
  run: z.string().nullable(),
  task: z.string(),
  data: z.string(),
  /** As people call a set that is known by name, else null. */
  title: z.string().nullable(),
  tested: count,
  skipped: count,
  /** Tested images in the dataset that trained the model; null where that is not known. */
  seen: count.nullable(),
  finishedAt: z.iso.datetime(),
  /** The one that people quote first. */
  measures: z.array(measure),
});
export type EvaluationRow = z.infer<typeof evaluation>;

export const evaluationFacts = z.object({
  evaluations: z.array(evaluation),
  /** Of the paper's sets, of ours that are there. */
  averages: z.array(
    z.object({ suite: z.enum(suiteNames), model: z.string(), average: z.number(), sets: count, of: count }),
  ),
  suites: z.array(z.object({ suite: z.enum(suiteNames), title: z.string(), sets: count })),
  /** What the paper prints; never a result of ours. */
  paper: z.array(
    z.object({ suite: z.enum(suiteNames), architecture: z.string(), model: z.string(), average: z.number() }),
  ),
});
export type EvaluationFacts = z.infer<typeof evaluationFacts>;

const picture = z.object({ sample: count.nullable(), thumbnail: count.nullable(), name: z.string() });
export type ResultPicture = z.infer<typeof picture>;

const classDetails = z.object({
  kind: z.literal('classes'),
  names: z.array(z.string()),
  confused: z.array(z.object({ truth: count, guess: count, count, images: count, pictures: z.array(picture) })),
  weakest: z.array(
    z.object({ class: count, images: count, hits: count, pictures: z.array(picture.extend({ guess: count })) }),
  ),
  matrix: z.array(z.array(count)).nullable(),
});
export type ClassDetails = z.infer<typeof classDetails>;

const retrievalDetails = z.object({
  kind: z.literal('retrieval'),
  textToImage: z.array(
    z.object({
      ...{ text: z.string(), rank: count, picture },
      found: z.array(picture.extend({ score: z.number(), right: z.boolean() })),
    }),
  ),
  imageToText: z.array(
    z.object({
      ...{ picture, rank: count, captions: z.array(z.string()) },
      found: z.array(z.object({ text: z.string(), score: z.number(), right: z.boolean() })),
    }),
  ),
});
export type RetrievalDetails = z.infer<typeof retrievalDetails>;

export const exportPreview = z.object({
  path: z.string(),
  folder: z.boolean(),
  rows: count.nullable(),
  shards: count.nullable(),
  bytes: count.nullable(),
  exact: z.boolean(),
  skipped: count,
  files: z.array(z.string()),
  fileCount: count,
  replaces: z.array(z.string()),
  goesOn: z.boolean(),
});
export type ExportPreview = z.infer<typeof exportPreview>;

const doneExport = z.object({
  /** Of the job that made it. */
  job: count,
  what: z.string(),
  path: z.string(),
  /** Whether it is still there. */
  there: z.boolean(),
  finishedAt: z.iso.datetime(),
  /** How to load it, in the language of whoever loads it. */
  snippet: z.string().nullable(),
});
export type DoneExport = z.infer<typeof doneExport>;

export const resultRequests = {
  /** The newest of each model, task and data. */
  'evaluations.list': { params: inWorkspace, result: evaluationFacts },
  'evaluation.details': {
    params: inWorkspace.extend({ evaluation: count }),
    /** Null for an evaluation of an older version. */
    result: z.object({ details: z.discriminatedUnion('kind', [classDetails, retrievalDetails]).nullable() }),
  },
  /** What an export would write, or what is wrong with it. Reads what the export would read. */
  'export.preview': {
    params: inWorkspace.extend({ job: exportJob }),
    result: z.object({ preview: exportPreview.nullable(), problem: z.string().nullable() }),
  },
  /** Newest first. */
  'exports.list': { params: inWorkspace, result: z.array(doneExport) },
} as const;

/** Answered by main. */
export const resultMainRequests = {
  /** Asks where results lie or go. */
  'result.choose': {
    params: z.object({
      what: z.enum(['data-folder', 'data-file', 'model', 'names', 'root', 'new-folder', 'new-file']),
      /** Of a new file or folder. */
      name: z.string().max(255).nullable(),
      /** Endings of a new file, without the dot. */
      endings: z.array(z.string().max(20)).max(10),
    }),
    result: z.string().max(4096).nullable(),
  },
  /** Shows what an export made in the file manager. */
  'export.show': { params: inWorkspace.extend({ job: count }), result: z.void() },
} as const;
