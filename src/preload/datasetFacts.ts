/** @file What the views of clusters and data are told of a dataset. Part of the contract. */

import { z } from 'zod';
import { count, inWorkspace } from './common.ts';
import { bin, sampleView } from './samples.ts';

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

export const datasetRequests = {
  'clustering.facts': { params: inWorkspace.extend({ clustering: count }), result: clusterFacts },
  'data.facts': { params: inWorkspace.extend({ dataset: count }), result: dataFacts },
  /** Looks at every image of the dataset, so it is asked for apart. */
  'data.quality': { params: inWorkspace.extend({ dataset: count }), result: qualityFacts },
} as const;
