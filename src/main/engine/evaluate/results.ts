/** @file What an evaluation finds, as it is printed and stored: plain data, fractions in [0, 1]. */

import { z } from 'zod';

const common = {
  /** What was evaluated. */
  model: z.string(),
  data: z.string(),
  /** Images that were scored. */
  images: z.int(),
  /** Images left out: unreadable, or without the label or caption that the task needs. */
  skipped: z.int(),
};

const accuracy = {
  top1: z.number(),
  top5: z.number(),
  /** Mean of the classes' own top-1. */
  meanPerClass: z.number(),
  /** Number of classes to choose from. */
  classes: z.int(),
  /** Top-1 of a uniform guess. */
  chance: z.number(),
  /** Top-1 of always answering with the most frequent class. */
  majority: z.number(),
  perClass: z.array(z.object({ name: z.string(), images: z.int(), top1: z.number() })),
};

const recallAt = z.object({
  imageToText: z.object({ 1: z.number(), 5: z.number(), 10: z.number() }),
  textToImage: z.object({ 1: z.number(), 5: z.number(), 10: z.number() }),
});

export const zeroShotSchema = z.object({
  task: z.literal('zero-shot'),
  ...common,
  ...accuracy,
  templates: z.int(),
});

export const linearProbeSchema = z.object({
  task: z.literal('linear-probe'),
  ...common,
  ...accuracy,
  train: z.int(),
  /** Images that chose the regularisation; they are part of `train` in the last fit. 0 when it was given. */
  validation: z.int(),
  test: z.int(),
  /** C of the last fit. */
  regularisation: z.number(),
  search: z.array(z.object({ c: z.number(), top1: z.number() })),
  iterations: z.int(),
  converged: z.boolean(),
});

export const retrievalSchema = z.object({
  task: z.literal('retrieval'),
  ...common,
  texts: z.int(),
  recallAt,
  /** Recall of a random order. */
  chance: recallAt,
});

export const evaluationSchema = z.discriminatedUnion('task', [zeroShotSchema, linearProbeSchema, retrievalSchema]);

export type ZeroShotResult = z.infer<typeof zeroShotSchema>;
export type LinearProbeResult = z.infer<typeof linearProbeSchema>;
export type RetrievalResult = z.infer<typeof retrievalSchema>;
export type EvaluationResult = z.infer<typeof evaluationSchema>;
export type Task = EvaluationResult['task'];

/** One number of an evaluation beside what chance would give. */
export interface Measure {
  name: string;
  value: number;
  chance: number;
}

/** The numbers that people compare, in reading order. */
export function measuresOf(result: EvaluationResult): Measure[] {
  if (result.task === 'retrieval') {
    const { recallAt, chance } = result;
    const ks = [1, 5, 10] as const;
    return [
      ...ks.map((k) => ({
        name: `Image to text R@${k}`,
        value: recallAt.imageToText[k],
        chance: chance.imageToText[k],
      })),
      ...ks.map((k) => ({
        name: `Text to image R@${k}`,
        value: recallAt.textToImage[k],
        chance: chance.textToImage[k],
      })),
    ];
  }
  const name = result.task === 'zero-shot' ? 'Zero-shot' : 'Linear probe';
  return [
    { name: `${name} top-1`, value: result.top1, chance: result.chance },
    { name: `${name} top-5`, value: result.top5, chance: Math.min(1, 5 / result.classes) },
  ];
}
