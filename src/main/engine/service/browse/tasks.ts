/** @file Work of the view of all pictures that is too long for the thread of the service: the messages to the thread that does it. */

import { z } from 'zod';
import { browseQuery } from '../../../../preload/browse.ts';

const id = z.int();

export const task = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('list'), query: browseQuery }),
  z.object({ kind: z.literal('labels'), dataset: z.int() }),
  z.object({
    kind: z.literal('decide'),
    dataset: z.string(),
    verdict: z.enum(['keep', 'remove']),
    samples: z.array(z.int()),
    annotator: z.string(),
  }),
  z.object({ kind: z.literal('undo'), dataset: z.string(), annotator: z.string() }),
  /** Closes the workspace. */
  z.object({ kind: z.literal('close') }),
]);
export type Task = z.infer<typeof task>;

export const toThread = z.object({ id, dir: z.string(), task });

export const fromThread = z.union([
  z.object({ id, value: z.unknown() }),
  z.object({ id, error: z.object({ name: z.string(), message: z.string() }) }),
  z.object({ dir: z.string(), indexing: z.object({ done: z.int(), total: z.int() }) }),
]);
export type FromThread = z.infer<typeof fromThread>;
