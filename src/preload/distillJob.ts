/**
 * @file The settings of a distillation as the window gives them: limits of each value, and the options of `distillery distill`
 * that say them. The engine checks them once more by its own schema; test/app/runs.test.ts holds the two together.
 */

import { z } from 'zod';

const whole = z.int('A whole number.');
const number = z.number('A number.');
const atLeast = (least: number) => whole.min(least, `At least ${least}.`);
const notNegative = number.min(0, 'At least 0.');
const above0 = number.gt(0, 'More than 0.');
const share = number.min(0, 'At least 0.').max(1, 'At most 1.');
const model = z
  .string()
  .min(1, 'Needed.')
  .max(4096, 'At most 4096 characters.')
  .regex(/^[^-]/, 'Must not begin with a dash.');

export const distillPresets = ['paper', 'workstation', 'quick'] as const;
export const schedules = ['cosine', 'constant'] as const;
export const klOrders = ['student-teacher', 'teacher-student'] as const;
export const reductions = ['mean', 'sum'] as const;

export const distillFields = {
  epochs: atLeast(1),
  maxSteps: atLeast(1).nullable(),
  batch: atLeast(2),
  microBatch: atLeast(1).nullable(),
  lr: above0,
  centresLr: notNegative,
  warmup: notNegative,
  schedule: z.enum(schedules),
  weightDecay: notNegative,
  precision: z.enum(['fp32', 'bf16']),
  seed: whole,
  augment: z.boolean(),
  all: z.boolean(),
  base: z.boolean(),
  cluster: z.boolean(),
  instance: z.boolean(),
  alpha: share,
  gamma: share,
  tau: above0,
  learnTau: z.boolean(),
  clusterLogitScale: above0,
  kl: z.enum(klOrders),
  negativeRate: above0.max(1, 'At most 1.'),
  reduction: z.enum(reductions),
  normaliseCentres: z.boolean(),
  init: model.nullable(),
  checkpointEvery: atLeast(1),
};

/** All settings. */
export const distillValues = z.object(distillFields);
export type DistillValues = z.infer<typeof distillValues>;
export type DistillPreset = (typeof distillPresets)[number];

export const distillJob = z.object({
  kind: z.literal('distill'),
  dataset: z
    .string()
    .min(1, 'Choose a dataset.')
    .max(100)
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
  student: model,
  /** Null: without one, as with the base loss alone. */
  teacher: z.string().min(1).max(200).nullable(),
  preset: z.enum(distillPresets).nullable(),
  /** Where they differ from the preset, or from the defaults. */
  changes: distillValues.partial(),
});
export type DistillJob = z.infer<typeof distillJob>;

/** Goes on with a run from its last checkpoint, with its settings. */
export const resumeJob = z.object({
  kind: z.literal('resume'),
  run: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/),
});

/** `centresLr` -> `--centres-lr` */
const optionOf = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Settings that a terminal switches on by their name and has off otherwise; the other switches are on, and off by `--no-`. */
const offByDefault = ['all', 'normaliseCentres'];

/** Whether the command line has words for a change: a limit cannot be taken back, and a switch goes one way. */
export function canSay(name: keyof DistillValues, value: DistillValues[keyof DistillValues] | undefined): boolean {
  if (typeof value === 'boolean') return value === offByDefault.includes(name);
  return value !== null && value !== undefined;
}

export function distillCommand({ dataset, student, teacher, preset, changes }: DistillJob): string[] {
  const options = Object.entries(changes).flatMap(([name, value]) => {
    if (!canSay(name as keyof DistillValues, value)) return [];
    if (value === true) return [`--${optionOf(name)}`];
    if (value === false) return [`--no-${optionOf(name)}`];
    return [`--${optionOf(name)}`, String(value)];
  });
  return [
    ...['distill', '--dataset', dataset, '--student', student],
    ...(teacher === null ? [] : ['--teacher', teacher]),
    ...(preset === null ? [] : ['--preset', preset]),
    ...options,
  ];
}
