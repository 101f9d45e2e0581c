/** @file Groups of duplicates, what balance did with them and what people say of them. Part of the contract. */

import { z } from 'zod';
import { annotatorName, count, inWorkspace } from './common.ts';
import { bin, sampleView } from './samples.ts';

export const member = sampleView.extend({
  keep: z.boolean(),
  /** Euclidean, to the group's centroid. */
  distance: z.number(),
});
export type Member = z.infer<typeof member>;

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

export const duplicateRequests = {
  'balance.facts': { params: inWorkspace.extend({ balance: count }), result: balanceFacts },
  'groups.page': {
    params: inWorkspace.extend({
      balance: count,
      order: groupOrder,
      descending: z.boolean(),
      minSize: count,
      after: cursor.nullable(),
      limit: z.int().min(1).max(1000),
    }),
    result: groupPage,
  },
  /** Groups of at least this size. */
  'groups.count': { params: inWorkspace.extend({ balance: count, minSize: count }), result: count },
  'group.detail': {
    params: inWorkspace.extend({
      group: count,
      after: cursor.nullable(),
      limit: z.int().min(1).max(1000),
    }),
    result: groupDetail,
  },
  'leaks.page': {
    params: inWorkspace.extend({
      balance: count,
      after: cursor.nullable(),
      limit: z.int().min(1).max(500),
    }),
    result: leakPage,
  },
  /** Says what becomes of members of a group. */
  decide: {
    params: inWorkspace.extend({
      group: count,
      kind: decisionKind,
      /** Empty: all members. */
      samples: z.array(count).max(100_000),
      annotator: annotatorName,
    }),
    result: decided,
  },
  /** Takes back the last decision that stands. */
  'decision.undo': {
    params: inWorkspace.extend({ dataset: count, annotator: annotatorName }),
    result: decided,
  },
  /** Newest first. */
  'decisions.list': {
    params: inWorkspace.extend({ dataset: count, limit: z.int().min(1).max(500) }),
    result: z.array(decisionRow),
  },
} as const;
