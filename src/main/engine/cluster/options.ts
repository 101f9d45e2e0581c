/** @file Options of cluster, checked against the number of images. */

import { UsageError } from '../errors.ts';
import type { Exclusion } from '../quality/options.ts';

export type Initialisation = 'k-means++' | 'sample';

export interface ClusterOptions extends Exclusion {
  /** 'auto': about 225 images a cluster, as in the paper (1M clusters of 225M images). */
  clusters: number | 'auto';
  /** At most; fewer when no image changes its cluster any more. With mini-batches: passes. Default 20, of passes 3. */
  iterations?: number | undefined;
  /** Ends when an iteration lowers the inertia by no more than this share of it. Default 0: it is not looked at. */
  tolerance?: number | undefined;
  /** Centres are fitted on so many images chosen by the seed; all get the nearest centre in the end. */
  fitSample?: number | undefined;
  /** Centres move after so many images instead of after all (Sculley 2010). */
  miniBatch?: number | undefined;
  /** Default 0. */
  seed?: number | undefined;
  /** All images instead of those that the latest balance kept. */
  all?: boolean | undefined;
  /** By default k-means++ up to 1,024 clusters, whose cost grows with their square; beyond, images chosen at random. */
  init?: Initialisation | undefined;
}

const IMAGES_PER_CLUSTER = 225;
const DEFAULT_ITERATIONS = 20;
const DEFAULT_PASSES = 3;
/** Beyond both, a random sample of the larger of them decides the centres where nothing else is said. */
const FIT_ON = { images: 1 << 22, perCluster: 256 };
const MOST_FOR_PLUS_PLUS = 1024;

export interface Plan {
  clusters: number;
  iterations: number;
  tolerance: number;
  seed: number;
  init: Initialisation;
  /** Images that the centres are fitted on. */
  fitSample: number;
  /** Images of a batch; without it each iteration looks at all. */
  miniBatch?: number;
}

/** @throws {UsageError} for a value out of range, and for more clusters than images. */
export function planOf(options: ClusterOptions, images: number): Plan {
  const { seed = 0, tolerance = 0, miniBatch } = options;
  const iterations = options.iterations ?? (miniBatch === undefined ? DEFAULT_ITERATIONS : DEFAULT_PASSES);
  const auto = Math.max(1, Math.round(images / IMAGES_PER_CLUSTER));
  const clusters = options.clusters === 'auto' ? auto : options.clusters;
  atLeast('--clusters', clusters, 1);
  atLeast('--iterations', iterations, 1);
  if (!Number.isSafeInteger(seed)) throw new UsageError(`--seed is ${seed}; it is a whole number.`);
  if (clusters > images) {
    throw new UsageError(`${clusters} clusters need at least as many images; here are ${images}. Lower --clusters.`);
  }
  if (!(tolerance >= 0 && tolerance < 1)) {
    throw new UsageError(`--tolerance is ${tolerance}; it is a share of the inertia from 0 to less than 1.`);
  }
  if (miniBatch !== undefined) atLeast('--mini-batch', miniBatch, 1);
  const fitSample = options.fitSample ?? Math.max(FIT_ON.images, FIT_ON.perCluster * clusters);
  atLeast('--fit-sample', fitSample, 1);
  if (fitSample < clusters) {
    throw new UsageError(`--fit-sample is ${fitSample}; ${clusters} clusters need at least as many images.`);
  }
  const init: string = options.init ?? (clusters <= MOST_FOR_PLUS_PLUS ? 'k-means++' : 'sample');
  if (init !== 'k-means++' && init !== 'sample') {
    throw new UsageError(`--init is "${init}"; it is k-means++ or sample.`);
  }
  return {
    clusters,
    iterations,
    tolerance,
    seed,
    init,
    fitSample: Math.min(fitSample, images),
    ...(miniBatch === undefined ? {} : { miniBatch: Math.min(miniBatch, fitSample, images) }),
  };
}

function atLeast(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new UsageError(`${name} is ${value}; it is a whole number from ${least}.`);
}
