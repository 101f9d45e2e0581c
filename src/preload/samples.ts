/** @file Samples as all views show them, and counts of things by size. Part of the contract. */

import { z } from 'zod';
import { count } from './common.ts';

/** A sample as a picture with its caption. */
export const sampleView = z.object({
  sample: count,
  path: z.string(),
  caption: z.string(),
  width: count.nullable(),
  height: count.nullable(),
  hasPicture: z.boolean(),
});
export type SampleView = z.infer<typeof sampleView>;

/** Number of things whose size lies in `[from, to]`, both included. */
export const bin = z.object({ from: count, to: count });
