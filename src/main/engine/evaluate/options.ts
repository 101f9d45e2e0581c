/** @file Options of an evaluation and their defaults. */

import { z } from 'zod';
import { UsageError } from '../errors.ts';

export const evaluateOptions = z.strictObject({
  /** FILE.txt, FILE.json, FILE.json#KEY, `imagenet` or `imagenet-subset`; without it the labels are the names. */
  classnames: z.string().optional(),
  /** As class names, with {} for the name; without it a few short prompts. */
  templates: z.string().optional(),
  batch: z.int().positive().default(64),
  precision: z.enum(['fp32', 'bf16']).default('fp32'),
  /** Of the splits that are made, and of the resamples of intervals. */
  seed: z.int().default(0),
  /** Share of each class that tests linear probe and k-NN where the data brings no test split. */
  testFraction: z.number().gt(0).lt(1).default(0.2),
  /** Fixes C of the linear probe instead of searching it. */
  regularisation: z.number().positive().optional(),
  /** Training images that vote in k-NN, and the temperature of their votes. */
  neighbours: z.int().positive().default(20),
  temperature: z.number().positive().default(0.07),
  /** Columns of a table; found by their usual names where they are not given. */
  imageColumn: z.string().optional(),
  labelColumn: z.string().optional(),
  captionColumn: z.string().optional(),
});

export type EvaluateOptions = z.input<typeof evaluateOptions>;
export type ParsedOptions = z.output<typeof evaluateOptions>;

/** @throws {UsageError} naming the option that is wrong. */
export function parseOptions(options: EvaluateOptions): ParsedOptions {
  const parsed = evaluateOptions.safeParse(options);
  if (!parsed.success) throw new UsageError(`Options of evaluate: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
