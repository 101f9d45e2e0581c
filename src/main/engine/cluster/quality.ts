/** @file What a clustering is worth: how near images lie to their centres, how even the clusters are, and the largest of them. */

import { Smallest } from './smallest.ts';

/** Quantiles by linear interpolation. */
export interface Spread {
  min: number;
  p5: number;
  p25: number;
  median: number;
  p75: number;
  p95: number;
  max: number;
}

export interface SizeDistribution extends Spread {
  /** 0: all clusters are equally large, towards 1: one holds everything. */
  gini: number;
  /** Share of the images in the largest 1% of the clusters (at least one cluster). */
  largestPercent: number;
}

export interface LargeCluster<Nearest> {
  cluster: number;
  size: number;
  sizeBefore: number;
  meanSimilarity: number;
  /** The images nearest to the centre, the nearest first. */
  nearest: Nearest[];
}

export interface Quality<Nearest> {
  /** Mean over the images of the cosine to their centre. */
  meanSimilarity: number;
  /** Of the means of the clusters that are not empty. */
  similarity: Spread;
  sizes: SizeDistribution;
  /** All images of the dataset on the same centres, before balance. */
  sizesBefore: SizeDistribution;
  /** Clusters without an image. */
  empty: number;
  largest: LargeCluster<Nearest>[];
}

export interface Assignment {
  /** `[n]` */
  labels: Int32Array;
  /** Cosine of each image and its centre `[n]`. */
  similarities: Float32Array;
  /** `[k]` */
  sizes: Int32Array;
  sizesBefore: Int32Array;
}

const LARGEST = 20;
const NEAREST = 4;

/** `nearest` are rows of the assignment. */
export function qualityOf({ labels, similarities, sizes, sizesBefore }: Assignment): Quality<{
  row: number;
  similarity: number;
}> {
  const sums = new Float64Array(sizes.length);
  const most = new Smallest(Math.min(LARGEST, sizes.length));
  for (const [cluster, size] of sizes.entries()) most.offer(-size, cluster);
  const largest = most.sorted().filter(({ value }) => value < 0);
  const nearest = new Map(largest.map(({ row: cluster }) => [cluster, new Smallest(NEAREST)]));
  let total = 0;
  for (const [row, cluster] of labels.entries()) {
    const similarity = similarities[row]!;
    sums[cluster]! += similarity;
    total += similarity;
    nearest.get(cluster)?.offer(-similarity, row);
  }
  const means = sums.map((sum, cluster) => sum / sizes[cluster]!);
  return {
    meanSimilarity: total / labels.length,
    similarity: spread(means.filter((mean) => !Number.isNaN(mean))),
    sizes: sizeDistribution(sizes),
    sizesBefore: sizeDistribution(sizesBefore),
    empty: sizes.filter((size) => size === 0).length,
    largest: largest.map(({ row: cluster }) => ({
      cluster,
      size: sizes[cluster]!,
      sizeBefore: sizesBefore[cluster]!,
      meanSimilarity: means[cluster]!,
      nearest: nearest
        .get(cluster)!
        .sorted()
        .map(({ row, value }) => ({ row, similarity: -value })),
    })),
  };
}

/** Of at least one value. */
function spread(values: Float64Array): Spread {
  const sorted = values.toSorted();
  const quantile = (share: number): number => {
    const place = share * (sorted.length - 1);
    const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
    return low + (high - low) * (place - Math.floor(place));
  };
  return {
    min: quantile(0),
    p5: quantile(0.05),
    p25: quantile(0.25),
    median: quantile(0.5),
    p75: quantile(0.75),
    p95: quantile(0.95),
    max: quantile(1),
  };
}

function sizeDistribution(sizes: Int32Array): SizeDistribution {
  const sorted = Float64Array.from(sizes).sort();
  const clusters = sorted.length;
  let [total, weighted] = [0, 0];
  for (const [at, size] of sorted.entries()) {
    total += size;
    // half the mean difference of two clusters over the mean size
    weighted += (2 * at + 1 - clusters) * size;
  }
  const top = sorted.subarray(clusters - Math.ceil(clusters / 100)).reduce((sum, size) => sum + size, 0);
  return { ...spread(sorted), gini: weighted / (clusters * total), largestPercent: top / total };
}
