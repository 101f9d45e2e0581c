/** @file What the review of duplicates asks and is told beyond the groups themselves: part of the contract. */

import { z } from 'zod';
import { annotatorName as annotator, count, inWorkspace } from './common.ts';
import { cursor, decided, groupOrder, groupRow, reviewMember } from './duplicates.ts';
import { sampleView } from './samples.ts';

const distance = z.number().nonnegative();

const part = z.object({ size: count, examples: z.array(sampleView) });

const cutPreview = z.object({
  /** Links that are cut, and the longest of them with its two pictures. */
  links: count,
  longest: z.object({ distance: z.number(), first: sampleView, second: sampleView }),
  /** The largest parts first, up to 20 of them. */
  sides: z.array(part),
  parts: count,
});
export type CutPreview = z.infer<typeof cutPreview>;

const cluster = part.extend({ id: count });
export const clustersInside = z.object({
  /** The largest first; pictures by themselves are only counted. */
  clusters: z.array(cluster),
  /** Clusters of two and more, listed or not. */
  total: count,
  singles: count,
  /** Lengths of the links that join the group: the shortest, nine tenths, the longest. */
  lengths: z.object({ shortest: z.number(), most: z.number(), longest: z.number() }),
});
export type ClustersInside = z.infer<typeof clustersInside>;

export const keepRule = z.enum(['centroid', 'resolution', 'agreement', 'oldest']);
export type KeepRule = z.infer<typeof keepRule>;

const ruleLimits = z.object({
  maxDiameter: distance.optional(),
  maxSize: z.int().min(2).optional(),
  maxWeakest: distance.optional(),
});
export type RuleLimits = z.infer<typeof ruleLimits>;

const rulePreview = z.object({ groups: count, images: count, first: z.array(groupRow) });
export type RulePreview = z.infer<typeof rulePreview>;

export const ruleResult = z.object({
  decision: count.nullable(),
  groups: count,
  images: count,
  /** Images that stay now and did not before. */
  changed: count,
});
export type RuleResult = z.infer<typeof ruleResult>;

const opinion = z.object({ kept: z.array(count) });
export const agreement = z.object({
  annotators: z.tuple([z.string(), z.string()]),
  groups: count,
  images: count,
  /** Images that both keep, only the first, only the second, neither. */
  table: z.tuple([count, count, count, count]),
  observed: z.number().nullable(),
  expected: z.number().nullable(),
  /** Null where it is not defined. */
  kappa: z.number().nullable(),
  /** Open ones first, up to 500. */
  disagreements: z.array(
    z.object({ group: count, size: count, opinions: z.tuple([opinion, opinion]), settledBy: count.nullable() }),
  ),
  /** All of them, and those that nobody settled. */
  disagreeing: count,
  open: count,
});
export type Agreement = z.infer<typeof agreement>;

export const reviewRequests = {
  /** The undecided group after or before one in an order, around the end; put off ones come last. Null: all are decided. */
  'groups.undecided': {
    params: inWorkspace.extend({
      balance: count,
      order: groupOrder,
      descending: z.boolean(),
      minSize: count,
      from: count.nullable(),
      step: z.literal([1, -1]),
    }),
    result: count.nullable(),
  },
  /** Confirms the pictures of a group that stay now. */
  'decision.accept': { params: inWorkspace.extend({ group: count, annotator }), result: decided },
  /** Restores the decision that was taken back last, unless one was made since. */
  'decision.redo': { params: inWorkspace.extend({ dataset: count, annotator }), result: decided },
  /** What falls apart where all links beyond a distance are cut, or the longest one. */
  'cut.preview': { params: inWorkspace.extend({ group: count, distance: distance.nullable() }), result: cutPreview },
  'decision.cut': {
    params: inWorkspace.extend({ group: count, distance: distance.nullable(), annotator }),
    result: decided,
  },
  /** Parts of a group that hang together within a distance. */
  'clusters.inside': {
    params: inWorkspace.extend({ group: count, distance: distance.nullable(), limit: z.int().min(1).max(500) }),
    result: clustersInside,
  },
  /** Members of one such part, by distance to the group's centroid. */
  'clusters.members': {
    params: inWorkspace.extend({
      group: count,
      distance,
      cluster: count,
      after: cursor.nullable(),
      limit: z.int().min(1).max(1000),
    }),
    result: z.object({ members: z.array(reviewMember), next: cursor.nullable() }),
  },
  /** Groups that a bulk rule would decide, and the first 20. */
  'rule.preview': { params: inWorkspace.extend({ balance: count, limits: ruleLimits }), result: rulePreview },
  'rule.apply': {
    params: inWorkspace.extend({ dataset: count, keep: keepRule, limits: ruleLimits, annotator, dryRun: z.boolean() }),
    result: ruleResult,
  },
  /** Who decided, the busiest first. */
  'agreement.annotators': {
    params: inWorkspace.extend({ dataset: count }),
    result: z.array(z.object({ annotator: z.string(), decisions: count })),
  },
  'agreement.compare': {
    params: inWorkspace.extend({ dataset: count, annotators: z.tuple([annotator, annotator]) }),
    result: agreement,
  },
  /** Ends a disagreement by one annotator's opinion. */
  'agreement.settle': {
    params: inWorkspace.extend({ dataset: count, group: count, like: annotator, annotator }),
    result: decided,
  },
  'decisions.export': {
    params: inWorkspace.extend({ dataset: count, out: z.string().min(1).max(4096) }),
    result: z.object({ path: z.string(), rows: count }),
  },
  'decisions.import': {
    params: inWorkspace.extend({ dataset: count, file: z.string().min(1).max(4096) }),
    result: z.object({ imported: count, skipped: count, unknownSamples: count }),
  },
} as const;
