/** @file What the views of duplicates, clusters and data are told: part of the contract. */

import { z } from 'zod';

const count = z.int().nonnegative();

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

export const member = sampleView.extend({
  keep: z.boolean(),
  /** Euclidean, to the group's centroid. */
  distance: z.number(),
});
export type Member = z.infer<typeof member>;

/** Number of things whose size lies in `[from, to]`, both included. */
const bin = z.object({ from: count, to: count });

// --- duplicates -----------------------------------------------------------------------------------------------------

export const groupOrder = z.enum(['review', 'size', 'diameter', 'weakest', 'meanDistance']);
export type GroupOrder = z.infer<typeof groupOrder>;

const groupFacts = z.object({
  id: count,
  size: count,
  kept: count,
  meanDistance: z.number(),
  /** Largest distance of two members; null in a balance of an older version. */
  diameter: z.number().nullable(),
  /** False: the diameter is an upper bound. */
  diameterExact: z.boolean(),
  /** Longest edge of the minimum spanning tree. */
  weakest: z.number().nullable(),
  /** What people said of it: nothing, that it comes later, or what becomes of its members. */
  review: z.enum(['open', 'deferred', 'decided']),
});
export type GroupFacts = z.infer<typeof groupFacts>;

export const groupRow = groupFacts.extend({ keeper: sampleView.pick({ sample: true, hasPicture: true }).nullable() });
export type GroupRow = z.infer<typeof groupRow>;

/** Place in an order: the value of the last row and its id. */
export const cursor = z.object({ value: z.number(), id: count });
export type Cursor = z.infer<typeof cursor>;

export const groupPage = z.object({
  groups: z.array(groupRow),
  /** Null at the end. */
  next: cursor.nullable(),
});
export type GroupPage = z.infer<typeof groupPage>;

export const decisionKind = z.enum(['keep', 'keep-only', 'remove', 'not-duplicates', 'split', 'defer']);
export type DecisionKind = z.infer<typeof decisionKind>;

export const reviewMember = member.extend({
  /** What a person last said of it. */
  verdict: z.enum(['keep', 'remove']).nullable(),
});
export type ReviewMember = z.infer<typeof reviewMember>;

export const groupDetail = z.object({
  group: groupFacts,
  /** By distance to the centroid. */
  members: z.array(reviewMember),
  next: cursor.nullable(),
  /** Standing decisions that part the group, each with the sizes of its sides. */
  apart: z.array(z.array(count)),
});
export type GroupDetail = z.infer<typeof groupDetail>;

export const balanceFacts = z.object({
  beta: z.number(),
  images: count,
  kept: count,
  removed: count,
  groups: count,
  keepRule: z.string(),
  /** `[n]` each: images that go at each beta, ascending. */
  curve: z.object({ beta: z.array(z.number()), removed: z.array(count) }),
  histogram: z.array(bin.extend({ groups: count })),
  /** Images near those of another dataset. */
  leaks: count,
  /** Name of that dataset. */
  against: z.string().nullable(),
  decisions: count,
  /** Decisions that count only when balance runs again. */
  waiting: count,
  /** Groups that nobody decided yet, and of these those that were put off. */
  open: count,
  deferred: count,
});
export type BalanceFacts = z.infer<typeof balanceFacts>;

const leak = sampleView.extend({ other: sampleView.nullable(), distance: z.number().nullable(), removed: z.boolean() });
export const leakPage = z.object({ leaks: z.array(leak), next: cursor.nullable() });
export type LeakPage = z.infer<typeof leakPage>;

export const decided = z.object({
  decision: count,
  kind: decisionKind,
  /** The first of them, and how many there are. */
  samples: z.array(count),
  count,
  /** False where it counts when balance runs again. */
  atOnce: z.boolean(),
  /** The group of the first sample in the newest balance. */
  group: count.nullable(),
  /** Groups of which now no image stays. */
  emptied: z.array(count),
});
export type Decided = z.infer<typeof decided>;

export const decisionRow = z.object({
  decision: count,
  kind: decisionKind,
  annotator: z.string(),
  decidedAt: z.string(),
  undoneAt: z.string().nullable(),
  /** The first of them, and how many there are. */
  samples: z.array(count),
  count,
});
export type DecisionRow = z.infer<typeof decisionRow>;

// --- clusters -------------------------------------------------------------------------------------------------------

const distribution = z.object({ min: z.number(), median: z.number(), max: z.number(), gini: z.number() });
const nearest = sampleView.extend({ similarity: z.number() });
const largeCluster = z.object({
  cluster: count,
  size: count,
  sizeBefore: count,
  meanSimilarity: z.number(),
  /** Nearest to the centre first. */
  nearest: z.array(nearest),
});
export type LargeCluster = z.infer<typeof largeCluster>;

export const clusterFacts = z.object({
  clusters: count,
  teacher: z.string(),
  inertia: z.number(),
  iterations: z.number(),
  images: count,
  /** Null for a clustering of an older version. */
  quality: z
    .object({
      meanSimilarity: z.number(),
      empty: count,
      sizes: distribution,
      sizesBefore: distribution,
      largest: z.array(largeCluster),
    })
    .nullable(),
  /** Numbers of clusters by size, after and before balance; null where the files are gone. */
  histogram: z.array(bin.extend({ after: count, before: count })).nullable(),
  /**
   * `[n]` each: sizes of the clusters of some ranks, the largest first (rank 1), after and before balance, each in its own
   * order; null where the files are gone.
   */
  tail: z.object({ rank: z.array(count), after: z.array(count), before: z.array(count) }).nullable(),
});
export type ClusterFacts = z.infer<typeof clusterFacts>;

// --- data -----------------------------------------------------------------------------------------------------------

export const dataFacts = z.object({
  name: z.string(),
  source: z.string(),
  format: z.string(),
  importedAt: z.string(),
  complete: z.boolean(),
  images: count,
  skipped: count,
  /** Most frequent first; `detail` is what a reason says of one item alone. */
  reasons: z.array(
    z.object({ reason: z.string(), count, first: z.array(z.object({ path: z.string(), detail: z.string() })) }),
  ),
  first: z.array(sampleView),
});
export type DataFacts = z.infer<typeof dataFacts>;

export const qualityFlag = z.enum([
  'too-small',
  'odd-aspect',
  'blurred',
  'dark',
  'bright',
  'uniform',
  'copy',
  'no-caption',
  'boilerplate',
  'disagreement',
]);
export type QualityFlag = z.infer<typeof qualityFlag>;

export const qualityFacts = z.object({
  images: count,
  /** With at least one flag. */
  flagged: count,
  /** Images without the numbers that a flag needs: never measured at import, never embedded. */
  notMeasured: z.object({ picture: count, agreement: count }),
  thresholds: z.object({
    minSide: z.number(),
    maxAspect: z.number(),
    minSharpness: z.number(),
    minBrightness: z.number(),
    maxBrightness: z.number(),
    minContrast: z.number(),
    maxRepeats: z.number(),
  }),
  /** Most frequent first; those without an image are left out. */
  flags: z.array(z.object({ flag: qualityFlag, count, examples: z.array(sampleView) })),
});
export type QualityFacts = z.infer<typeof qualityFacts>;

/** A teacher that was used here before: what `embed --teacher` takes, and its name for people. */
