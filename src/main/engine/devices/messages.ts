/** @file What a pool and its workers say to each other, over the channel of child processes. */

import { z } from 'zod';

export const toWorker = z.discriminatedUnion('type', [
  z.object({ type: z.literal('start'), setup: z.unknown() }),
  z.object({ type: z.literal('unit'), unit: z.int() }),
]);
export type ToWorker = z.infer<typeof toWorker>;

export const fromWorker = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('progress'), amount: z.number() }),
  z.object({ type: z.literal('done'), unit: z.int() }),
  z.object({ type: z.literal('failed'), message: z.string(), usage: z.boolean() }),
]);
export type FromWorker = z.infer<typeof fromWorker>;
