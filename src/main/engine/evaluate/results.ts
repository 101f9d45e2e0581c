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
  /** Scored images that are in the dataset which trained the model, by their bytes; missing where that is not known. */
  seen: z.int().optional(),
};

/** 95% confidence, by bootstrap over the images. */
const interval = z.tuple([z.number(), z.number()]);

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
  intervals: z.object({ top1: interval, top5: interval, meanPerClass: interval }),
  /** The number that people quote for this data. */
  metric: z.enum(['top1', 'meanPerClass']),
};

const at = <T extends z.ZodType>(of: T) => z.object({ 1: of, 5: of, 10: of });
const recallAt = z.object({ imageToText: at(z.number()), textToImage: at(z.number()) });

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

export const knnSchema = z.object({
  task: z.literal('k-nn'),
  ...common,
  ...accuracy,
  /** Images that vote. */
  train: z.int(),
  test: z.int(),
  neighbours: z.int(),
  temperature: z.number(),
});

export const retrievalSchema = z.object({
  task: z.literal('retrieval'),
  ...common,
  texts: z.int(),
  recallAt,
  /** Recall of a random order. */
  chance: recallAt,
  intervals: z.object({ imageToText: at(interval), textToImage: at(interval) }),
});

export const evaluationSchema = z.discriminatedUnion('task', [
  zeroShotSchema,
  linearProbeSchema,
  knnSchema,
  retrievalSchema,
]);

export type EvaluationResult = z.infer<typeof evaluationSchema>;
export type Task = EvaluationResult['task'];

export const taskNames = ['zero-shot', 'linear-probe', 'k-nn', 'retrieval'] as const satisfies Task[];

/** One number of an evaluation beside what chance would give. */
export interface Measure {
  name: string;
  value: number;
  /** 95% confidence. */
  interval: [low: number, high: number];
  chance: number;
}

const titles = { 'zero-shot': 'Zero-shot', 'linear-probe': 'Linear probe', 'k-nn': 'k-NN' } as const;
const ks = [1, 5, 10] as const;

/** The numbers that people compare, in reading order; the one that they quote first. */
export function measuresOf(result: EvaluationResult): Measure[] {
  if (result.task === 'retrieval') {
    const { recallAt, chance, intervals } = result;
    const way = (name: string, of: 'imageToText' | 'textToImage'): Measure[] =>
      ks.map((k) => ({
        name: `${name} R@${k}`,
        value: recallAt[of][k],
        interval: intervals[of][k],
        chance: chance[of][k],
      }));
    return [...way('Image to text', 'imageToText'), ...way('Text to image', 'textToImage')];
  }
  const { intervals, classes, chance } = result;
  const name = titles[result.task];
  const top = [
    { name: `${name} top-1`, value: result.top1, interval: intervals.top1, chance },
    { name: `${name} top-5`, value: result.top5, interval: intervals.top5, chance: Math.min(1, 5 / classes) },
  ];
  if (result.metric === 'top1') return top;
  return [
    { name: `${name} mean per class`, value: result.meanPerClass, interval: intervals.meanPerClass, chance },
    ...top,
  ];
}
