/** @file Options of cluster, checked against the number of images. */

import { UsageError } from '../errors.ts';

export type Initialisation = 'k-means++' | 'sample';

export interface ClusterOptions {
  /** 'auto': about 225 images a cluster, as in the paper (1M clusters of 225M images). */
  clusters: number | 'auto';
  /** At most; fewer when no image changes its cluster any more. Default 20. */
  iterations?: number | undefined;
  /** Default 0. */
  seed?: number | undefined;
  /** All images instead of those that the latest balance kept. */
  all?: boolean | undefined;
  /** By default k-means++ up to 1,024 clusters, whose cost grows with their square; beyond, images chosen at random. */
  init?: Initialisation | undefined;
}

const IMAGES_PER_CLUSTER = 225;
const DEFAULT_ITERATIONS = 20;
const MOST_FOR_PLUS_PLUS = 1024;

export interface Plan {
  clusters: number;
  iterations: number;
  seed: number;
  init: Initialisation;
}

/** @throws {UsageError} for a value out of range, and for more clusters than images. */
export function planOf(options: ClusterOptions, images: number): Plan {
  const { iterations = DEFAULT_ITERATIONS, seed = 0 } = options;
  const auto = Math.max(1, Math.round(images / IMAGES_PER_CLUSTER));
  const clusters = options.clusters === 'auto' ? auto : options.clusters;
  atLeast('--clusters', clusters, 1);
  atLeast('--iterations', iterations, 1);
  if (!Number.isSafeInteger(seed)) throw new UsageError(`--seed is ${seed}; it is a whole number.`);
  if (clusters > images) {
    throw new UsageError(`${clusters} clusters need at least as many images; here are ${images}. Lower --clusters.`);
  }
  const init: string = options.init ?? (clusters <= MOST_FOR_PLUS_PLUS ? 'k-means++' : 'sample');
  if (init !== 'k-means++' && init !== 'sample') {
    throw new UsageError(`--init is "${init}"; it is k-means++ or sample.`);
  }
  return { clusters, iterations, seed, init };
}

function atLeast(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new UsageError(`${name} is ${value}; it is a whole number from ${least}.`);
}
