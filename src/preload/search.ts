/** @file Search by meaning and the map of embeddings: their part of the contract. */

import { z } from 'zod';
import { count, inWorkspace, nothing, progress } from './common.ts';
import { sampleView } from './samples.ts';

/** What is looked for. Of several parts the mean direction counts. */
const searchQuery = z
  .object({
    text: z.string().trim().min(1).max(10_000).optional(),
    /** The picture of a sample of the dataset. */
    sample: count.optional(),
    /** File of a picture, as `picture.choose` or a drop gives it. */
    picture: z.string().min(1).max(4096).optional(),
  })
  .refine((query) => Object.values(query).some((part) => part !== undefined), 'Name what to look for.');
export type SearchQuery = z.infer<typeof searchQuery>;

/** Which place of which window asks, so that it can stop its question and hear of it. */
export const searchAsker = z.string().min(1).max(100);

export const searchWhich = z.enum(['all', 'kept', 'removed']);

const searchRow = sampleView.extend({
  /** Cosine of the sample's picture and the query. */
  similarity: z.number(),
  /** False where the latest balance removed it. */
  kept: z.boolean(),
  /** Of the latest balance; null outside of groups. */
  group: count.nullable(),
});

const searchResult = z.object({
  teacher: z.string(),
  /** Pictures that were compared. */
  searched: count,
  /** Most similar first; equal ones by sample. */
  rows: z.array(searchRow),
});
export type SearchResult = z.infer<typeof searchResult>;

/** A map of the embeddings: two coordinates for each picture. */
export const mapMethods = ['pca', 'umap'] as const;
const mapFacts = z.object({
  id: z.string().regex(/^[0-9a-f]{16}$/),
  teacher: z.string(),
  method: z.enum(mapMethods),
  images: count,
  /** Pictures that the layout was made of; the others were placed among them. */
  laidOut: count,
  /** Share of the variance along each axis, of `pca`. */
  explained: z.array(z.number()).nullable(),
  /** Pictures that are embedded by now; more than `images` where the dataset grew. */
  embedded: count,
});
export type MapFacts = z.infer<typeof mapFacts>;

/** In front of the columns of `map.points`. */
export const mapHeader = z.object({
  images: count,
  /** Clusters of the latest clustering; 0 where there is none. */
  clusters: count,
  /** Of the latest balance. */
  balanced: z.boolean(),
  /** Most frequent first; the last one is named "others" where there are too many. */
  labels: z.array(z.string()),
});
export type MapHeader = z.infer<typeof mapHeader>;

const mapSample = sampleView.extend({ kept: z.boolean(), label: z.string().nullable() });
export type MapSample = z.infer<typeof mapSample>;

export const searchRequests = {
  /** Of a dataset, newest first. */
  'map.list': { params: inWorkspace.extend({ dataset: count }), result: z.array(mapFacts) },
  /** A few samples, as the map shows them; those that are gone are left out. */
  'samples.some': {
    params: inWorkspace.extend({ samples: z.array(count).max(100) }),
    result: z.array(mapSample),
  },
  /**
   * Pictures of a dataset by their meaning. The first question to a teacher takes some seconds, as it is loaded; other requests
   * do not wait for it. Fails where the dataset is not embedded, or its teacher is gone. A question takes the place of the one
   * that the same asker waits for.
   */
  'search.run': {
    params: inWorkspace.extend({
      asker: searchAsker,
      dataset: count,
      /** Null: that of the latest balance, or the only one. */
      teacher: z.string().max(200).nullable(),
      query: searchQuery,
      which: searchWhich,
      limit: z.int().min(1).max(10_000),
    }),
    result: searchResult,
  },
  /** The question fails as cancelled, at once. */
  'search.stop': { params: inWorkspace.extend({ asker: searchAsker }), result: nothing },
} as const;

export const searchEvents = {
  /** How far a question is. */
  'search.progress': inWorkspace.extend({ asker: searchAsker, progress }),
} as const;

/** Answered by main itself. */
export const searchMainRequests = {
  /**
   * Little-endian bytes: length of the JSON of a `mapHeader` (uint32), that JSON, spaces up to a multiple of 4, then columns of n
   * points each: positions float32 `[n, 2]`, samples int32, clusters int32 (-1: in none), labels uint16 (0: none, else number
   * in the header + 1), fates uint8 (1: removed by the latest balance).
   */
  'map.points': {
    params: inWorkspace.extend({ map: z.string().regex(/^[0-9a-f]{16}$/) }),
    result: z.instanceof(Uint8Array),
  },
  /** Asks for a picture to search by; null when the person changed their mind. */
  'picture.choose': { params: z.void(), result: z.string().nullable() },
} as const;
