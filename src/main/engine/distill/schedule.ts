/** @file Learning rates over the steps, and Adam's bias corrections. Steps count from 1. */

import type { DistillOptions } from './options.ts';

type ScheduleOptions = Pick<DistillOptions, 'schedule' | 'warmup'>;

/** Steps of the warm-up. */
export const warmSteps = (totalSteps: number, { warmup }: Pick<DistillOptions, 'warmup'>): number =>
  warmup < 1 ? Math.round(warmup * totalSteps) : warmup;

/** Share of the peak rate at `step`: linear warm-up, then constant or half a cosine down to 0 (as open_clip). */
export function rateAt(step: number, totalSteps: number, options: ScheduleOptions): number {
  const warm = warmSteps(totalSteps, options);
  // open_clip counts from 0: its first step has rate 1 / warm
  if (step <= warm) return step / warm;
  if (options.schedule === 'constant') return 1;
  return 0.5 * (1 + Math.cos((Math.PI * (step - 1 - warm)) / (totalSteps - warm)));
}

/** What TensorFlow's Adam is fed so that it equals PyTorch's at step `t` (see Update in runtime/types.ts). */
export function adamCorrections(
  t: number,
  { beta1, beta2, epsilon }: Pick<DistillOptions, 'beta1' | 'beta2' | 'epsilon'>,
) {
  const root = Math.sqrt(1 - beta2 ** t);
  return { rate: root / (1 - beta1 ** t), epsilon: epsilon * root };
}
