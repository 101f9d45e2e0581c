/** @file Search by meaning and the map of embeddings: their part of the contract. */

import { z } from 'zod';
import { sampleView } from './curation.ts';

const count = z.int().nonnegative();
const inWorkspace = z.object({ workspace: z.string().regex(/^[0-9a-f]{16}$/) });

/** What is looked for. Of several parts the mean direction counts. */
export const searchQuery = z
  .object({
    text: z.string().trim().min(1).max(10_000).optional(),
    /** The picture of a sample of the dataset. */
    sample: count.optional(),
    /** File of a picture, as `picture.choose` or a drop gives it. */
    picture: z.string().min(1).max(4096).optional(),
  })
  .refine((query) => Object.values(query).some((part) => part !== undefined), 'Name what to look for.');
export type SearchQuery = z.infer<typeof searchQuery>;

export const searchWhich = z.enum(['all', 'kept', 'removed']);
export type SearchWhich = z.infer<typeof searchWhich>;

const searchRow = sampleView.extend({
  /** Cosine of the sample's picture and the query. */
  similarity: z.number(),
  /** False where the latest balance removed it. */
  kept: z.boolean(),
  /** Of the latest balance; null outside of groups. */
  group: count.nullable(),
});
export type SearchRow = z.infer<typeof searchRow>;

const searchResult = z.object({
  teacher: z.string(),
  /** Pictures that were compared. */
  searched: count,
  /** Most similar first; equal ones by sample. */
  rows: z.array(searchRow),
});
export type SearchResult = z.infer<typeof searchResult>;

export const searchRequests = {
  /**
   * Pictures of a dataset by their meaning. The first question to a teacher takes some seconds, as it is loaded; other requests
   * do not wait for it. Fails where the dataset is not embedded, or its teacher is gone.
   */
  'search.run': {
    params: inWorkspace.extend({
      dataset: count,
      /** Null: that of the latest balance, or the only one. */
      teacher: z.string().max(200).nullable(),
      query: searchQuery,
      which: searchWhich,
      limit: z.int().min(1).max(10_000),
    }),
    result: searchResult,
  },
} as const;

/** Answered by main itself. */
export const searchMainRequests = {
  /** Asks for a picture to search by; null when the person changed their mind. */
  'picture.choose': { params: z.void(), result: z.string().nullable() },
} as const;
