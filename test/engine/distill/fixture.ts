/** @file PyTorch's values, from test/fixtures/distill/make.py. */

import { readFileSync } from 'node:fs';
import { z } from 'zod';

const numbers = z.array(z.number());
const losses = z.object({
  overall: z.number(),
  base: z.number(),
  cluster: z.number(),
  label: z.number(),
  divergence: z.number(),
  instance: z.number(),
});
const options = z.object({
  alpha: z.number(),
  gamma: z.number(),
  clusterLogitScale: z.number(),
  kl: z.enum(['student-teacher', 'teacher-student']),
  reduction: z.enum(['mean', 'sum']),
  normaliseCentres: z.boolean(),
});
const batch = z.object({ teacherImage: numbers, teacherText: numbers, labels: numbers });
const state = z.object({
  image: numbers,
  text: numbers,
  projection: numbers.optional(),
  centres: numbers,
  logitScale: numbers,
});
const after = z.object({ projection: numbers, centres: numbers, logitScale: numbers });
const schema = z.object({
  sizes: z.object({ batch: z.int(), student: z.int(), teacher: z.int(), classes: z.int() }),
  cases: z.array(z.object({ options, batch, state, losses, gradients: state })),
  adam: z.object({
    options,
    settings: z.object({ lr: z.number(), centresLr: z.number(), weightDecay: z.number() }),
    batch,
    state,
    steps: z.array(z.object({ losses, gradNorm: z.number(), after })),
  }),
});

export const fixture = schema.parse(
  JSON.parse(readFileSync(new URL('../../fixtures/distill/losses.json', import.meta.url), 'utf8')),
);

/** Largest |a - b| over the largest |b|. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`Lengths ${a.length} and ${b.length} differ.`);
  let [worst, scale] = [0, 1e-12];
  for (let i = 0; i < b.length; i++) {
    worst = Math.max(worst, Math.abs(a[i]! - b[i]!));
    scale = Math.max(scale, Math.abs(b[i]!));
  }
  return worst / scale;
}
