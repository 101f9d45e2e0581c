/** @file Every setting of a distillation, with its default; a run records all of them. */

import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { exclusionShape } from '../quality/options.ts';

const fraction = z.number().min(0).max(1);
const positive = z.number().positive();

export const distillOptionsSchema = z.strictObject({
  epochs: z.int().positive().default(32),
  /** Stops after so many steps even if epochs are left; the schedule spans what is done. */
  maxSteps: z.int().positive().nullable().default(null),
  /** Images a step. */
  batch: z.int().min(2).default(256),
  /** Images in memory at once; the losses always see the whole batch. null: the batch. */
  microBatch: z.int().positive().nullable().default(null),
  lr: positive.default(1e-3),
  /** Learning rate of the cluster centres W. */
  centresLr: z.number().min(0).default(1e-6),
  /** Warm-up: steps from 1 on, a share of all steps below 1. */
  warmup: z.number().min(0).default(0.1),
  schedule: z.enum(['cosine', 'constant']).default('cosine'),
  weightDecay: z.number().min(0).default(0.2),
  beta1: fraction.default(0.9),
  beta2: fraction.default(0.98),
  epsilon: positive.default(1e-6),
  precision: z.enum(['fp32', 'bf16']).default('fp32'),
  seed: z.int().default(0),
  /** Random resized crops, as open_clip trains. */
  augment: z.boolean().default(true),
  /** Trains on all pairs, not only on those that balance kept. */
  all: z.boolean().default(false),
  /** Leaves out pairs with these quality flags. */
  ...exclusionShape,
  base: z.boolean().default(true),
  cluster: z.boolean().default(true),
  instance: z.boolean().default(true),
  /** Weight of L_l against L_d in L_cluster. */
  alpha: fraction.default(0.999),
  /** Weight of image to text against text to image in L_instance. */
  gamma: fraction.default(0.5),
  /** Temperature of L_instance and L_d, and the first one of L_base. */
  tau: positive.default(0.07),
  /** L_base learns its temperature. */
  learnTau: z.boolean().default(true),
  /** Factor of the logits of L_l, which the paper prints without a temperature. */
  clusterLogitScale: positive.default(1),
  kl: z.enum(['student-teacher', 'teacher-student']).default('student-teacher'),
  /** Share of the classes that a step scores: those of the batch and random others. */
  negativeRate: z.number().positive().max(1).default(1),
  reduction: z.enum(['mean', 'sum']).default('mean'),
  /** L2-normalises W where the losses use it. */
  normaliseCentres: z.boolean().default(false),
  /** Folder or file of an open_clip model to start from. */
  init: z.string().nullable().default(null),
  checkpointEvery: z.int().positive().default(500),
});
export type DistillOptions = z.infer<typeof distillOptionsSchema>;
export type DistillInput = z.input<typeof distillOptionsSchema>;

/**
 * `paper`: values that the paper prints. `workstation`: for 10,000 to 1,000,000 pairs on one GPU or many cores; our choice, of
 * smaller batches and a rate to match, not tuned. `quick`: a trial of minutes that shows whether everything fits together; its
 * student is not worth an evaluation.
 */
export const presets: Record<'paper' | 'workstation' | 'quick', DistillInput> = {
  paper: {
    epochs: 32,
    lr: 1e-3,
    centresLr: 1e-6,
    weightDecay: 0.2,
    beta1: 0.9,
    beta2: 0.98,
    epsilon: 1e-6,
    alpha: 0.999,
    gamma: 0.5,
    tau: 0.07,
    kl: 'student-teacher',
    clusterLogitScale: 1,
  },
  workstation: { epochs: 16, batch: 512, microBatch: 64, lr: 5e-4, warmup: 0.1, checkpointEvery: 200 },
  quick: { epochs: 100, maxSteps: 200, batch: 64, lr: 5e-4, warmup: 20, checkpointEvery: 50 },
};
export const presetNames = Object.keys(presets) as (keyof typeof presets)[];

/** Defaults, then a preset, then what was given. @throws {UsageError} naming what is wrong. */
export function distillOptions(given: DistillInput, preset?: string): DistillOptions {
  const base = preset === undefined ? {} : (presets as Record<string, DistillInput>)[preset];
  if (!base) throw new UsageError(`No preset "${preset}"; there is ${presetNames.join(', ')}.`);
  const parsed = distillOptionsSchema.safeParse({ ...base, ...given });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const name = issue!.path.join('.').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new UsageError(`Distillation option ${name}: ${issue!.message}.`);
  }
  const options = parsed.data;
  if (!options.base && !options.cluster && !options.instance) {
    throw new UsageError('All three losses are switched off; keep at least one of base, cluster and instance.');
  }
  if (options.microBatch !== null && options.batch % options.microBatch !== 0) {
    throw new UsageError(`The batch of ${options.batch} is not a multiple of the micro-batch ${options.microBatch}.`);
  }
  return options;
}
