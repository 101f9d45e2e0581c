/** @file What the service and its search process say to each other, over the channel of child processes. */

import { z } from 'zod';
import { progress } from '../../../preload/common.ts';
import { searchWhich } from '../../../preload/search.ts';

const task = z.object({
  id: z.int(),
  dir: z.string(),
  request: z.object({
    dataset: z.string(),
    teacher: z.string().optional(),
    query: z.object({
      text: z.string().optional(),
      pictures: z.array(z.string()).optional(),
      samples: z.array(z.int()).optional(),
    }),
    which: searchWhich,
    limit: z.int(),
  }),
});
export type SearchTask = z.infer<typeof task>;

export const toSearch = z.union([task, z.object({ stop: z.int() })]);
export type ToSearch = z.infer<typeof toSearch>;

const answer = z.object({
  teacher: z.string(),
  searched: z.int(),
  hits: z.array(z.object({ sampleId: z.int(), similarity: z.number(), kept: z.boolean(), group: z.int().nullable() })),
});
export type SearchAnswer = z.infer<typeof answer>;

export const fromSearch = z.union([
  z.object({ id: z.int(), progress }),
  z.object({ id: z.int(), answer }),
  z.object({ id: z.int(), error: z.string(), usage: z.boolean() }),
]);
export type FromSearch = z.infer<typeof fromSearch>;
