/** @file What the view of all pictures asks: its part of the contract. */

import { z } from 'zod';
import { annotatorName as annotator, count, inWorkspace } from './common.ts';
import { sampleExports } from './jobStart.ts';
import { qualityFlag } from './datasetFacts.ts';
import { sampleView } from './samples.ts';

/** The most pictures of one decision; it is one transaction. */
export const mostDecided = 100_000;
/** The most cells of one page. */
export const pageCells = 256;

const browseStatus = z.enum(['ok', 'skipped', 'all']);
/** By the latest balance, or by people. */
const browseFate = z.enum(['any', 'kept', 'removed', 'undecided', 'decided']);
/** `given`: as the samples were named, the most similar first. */
const browseOrder = z.enum(['import', 'path', 'resolution', 'bytes', 'given']);
export type BrowseOrder = z.infer<typeof browseOrder>;

export const browseFilter = z.object({
  /** Words of the caption. */
  caption: z.string().max(100_000),
  status: browseStatus,
  fate: browseFate,
  /** Of the latest clustering. */
  cluster: count.nullable(),
  group: count.nullable(),
  label: z.string().max(10_000).nullable(),
  /** Pixels of the shorter side. */
  minSide: count.nullable(),
  maxSide: count.nullable(),
  minBytes: count.nullable(),
  maxBytes: count.nullable(),
  flag: qualityFlag.nullable(),
});
export type BrowseFilter = z.infer<typeof browseFilter>;

export const browseQuery = z.object({
  dataset: count,
  filter: browseFilter,
  order: browseOrder,
  descending: z.boolean(),
  /** Only these, where given. */
  samples: z.array(count).max(1_000_000).nullable(),
});
export type BrowseQuery = z.infer<typeof browseQuery>;

const browseCell = sampleView.extend({
  status: z.enum(['ok', 'skipped']),
  /** Why it was skipped. */
  reason: z.string().nullable(),
  /** By the latest balance. */
  removed: z.boolean(),
  /** What a person last said of it. */
  verdict: z.enum(['keep', 'remove']).nullable(),
});
export type BrowseCell = z.infer<typeof browseCell>;

/** Places `[from, to)` of a list. */
export const span = z.object({ from: count, to: count });
export type Span = z.infer<typeof span>;
const spans = z.array(span).min(1).max(10_000);

const number = z.number().nullable();
const browseDetail = browseCell.extend({
  dataset: z.string(),
  position: count,
  /** The picture's file, or the archive that it lies in; null where only its embedding exists. */
  file: z.string().nullable(),
  inArchive: z.boolean(),
  label: z.string().nullable(),
  bytes: count.nullable(),
  hash: z.string().nullable(),
  uid: z.string().nullable(),
  brightness: number,
  contrast: number,
  sharpness: number,
  agreement: number,
  /** Of the latest balance. */
  group: z.object({ id: count, size: count, keep: z.boolean(), distance: z.number() }).nullable(),
  /** Why the latest balance removed it, where not for its group. */
  removedFor: z.string().nullable(),
  /** Of the latest clustering. */
  cluster: count.nullable(),
});
export type BrowseDetail = z.infer<typeof browseDetail>;

/** The most frequent first; not all where there are very many. */
export const browseLabels = z.array(z.object({ label: z.string(), images: count }));
export type BrowseLabels = z.infer<typeof browseLabels>;

/** A bulk decision that was made, or taken back. */
export const bulkDecided = z.object({
  decision: count,
  count,
  /** False where it counts when balance runs again. */
  atOnce: z.boolean(),
});

const browseExports = z.enum(sampleExports);
export type BrowseExport = z.infer<typeof browseExports>;

export const browseRequests = {
  /** Lists what passes a filter, in an order; the list stays as it is until another is asked for. */
  'browse.open': {
    params: inWorkspace.extend({ query: browseQuery }),
    result: z.object({ list: count, total: count }),
  },
  /** Cells of a list from a place on; null for a sample that is gone, and instead of all when the list is. */
  'browse.page': {
    params: inWorkspace.extend({ list: count, from: count }),
    result: z.array(browseCell.nullable()).nullable(),
  },
  /** Place of a sample in a list. */
  'browse.find': { params: inWorkspace.extend({ list: count, sample: count }), result: count.nullable() },
  'browse.detail': { params: inWorkspace.extend({ sample: count }), result: browseDetail },
  /** Looks at every image of the dataset, in a thread. */
  'browse.labels': { params: inWorkspace.extend({ dataset: count }), result: browseLabels },
  /** Says of all pictures at some places of a list that they stay or go: one decision. */
  'browse.decide': {
    params: inWorkspace.extend({ list: count, spans, kind: z.enum(['keep', 'remove']), annotator }),
    result: bulkDecided,
  },
  /** Takes back the last decision on the dataset that stands; a large one takes seconds, so it is done in the thread. */
  'browse.undo': { params: inWorkspace.extend({ dataset: count, annotator }), result: bulkDecided },
  /** Writes the ids at some places of a list to a file of the workspace, as `export --samples` reads it. */
  'browse.selection': {
    params: inWorkspace.extend({ list: count, spans }),
    result: z.object({ file: z.string(), samples: count }),
  },
} as const;

export const browseEvents = {
  /** Captions are being indexed for the first search; `done` of `total`. */
  'browse.indexing': inWorkspace.extend({ done: count, total: count }),
} as const;

/** Answered by main itself. */
export const browseMainRequests = {
  /** Asks where an export goes; null when the person changed their mind. */
  'export.choose': {
    params: z.object({ what: browseExports, name: z.string().max(100) }),
    result: z.string().nullable(),
  },
} as const;
