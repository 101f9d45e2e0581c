/** @file The first centres: images chosen at random, or by k-means++ (Arthur & Vassilvitskii 2007). */

import { checkpoint, type StageContext } from '../progress.ts';
import { permutation, randomStream } from '../random.ts';
import { tf } from '../runtime/backend.ts';
import { float32InputError } from '../runtime/similarity.ts';
import type { ChunkedRows } from '../store/chunkedRows.ts';
import { squaredDistance } from '../vectors.ts';
import type { Plan } from './options.ts';
import { gather } from './walk.ts';

/** k-means++ looks at a sample of this many images for each cluster, and at no fewer than the second number. */
const SAMPLE = { perCluster: 16, least: 8192 };

/** Centres `[k, dim]`, from the seed. */
export async function initialCentres(
  rows: ChunkedRows,
  plan: Pick<Plan, 'clusters' | 'seed' | 'init'>,
  context: StageContext,
): Promise<Float32Array> {
  const { clusters, seed, init } = plan;
  const order = permutation(rows.count, seed);
  if (init === 'sample') return gather(rows, order.slice(0, clusters).sort());
  const size = Math.min(rows.count, Math.max(SAMPLE.least, clusters * SAMPLE.perCluster));
  const sample = await gather(rows, order.slice(0, size).sort());
  return plusPlus(sample, rows.dim, clusters, seed, context);
}

/**
 * Each next centre is an image drawn in proportion to its squared distance from the nearest centre so far.
 * The device's products only tell which distances cannot shrink; those that may are measured in float64.
 */
async function plusPlus(
  sample: Float32Array,
  dim: number,
  clusters: number,
  seed: number,
  context: StageContext,
): Promise<Float32Array> {
  const random = randomStream(seed, clusters);
  const count = sample.length / dim;
  const margin = 2 * (2 * float32InputError() + (dim + 2) * 2 ** -23) + 4e-6;
  const nearest = new Float64Array(count).fill(Infinity); // squared
  const centres = new Float32Array(clusters * dim);
  const matrix = tf.tensor2d(sample, [count, dim]);
  try {
    for (let cluster = 0; cluster < clusters; cluster++) {
      const next = cluster === 0 ? Math.floor(random() * count) : draw(nearest, random());
      const centre = sample.subarray(next * dim, (next + 1) * dim);
      centres.set(centre, cluster * dim);
      const products = multiplyVector(matrix, centre);
      for (let row = 0; row < count; row++) {
        const known = nearest[row]!;
        if (2 - 2 * products[row]! - margin >= known) continue;
        nearest[row] = Math.min(known, squaredDistance(sample, row, sample, next, dim, known));
      }
      if (cluster % 64 === 63) {
        context.onProgress({ stage: 'choose centres', done: cluster + 1, total: clusters, unit: 'clusters' });
        await checkpoint(context);
      }
    }
  } finally {
    matrix.dispose();
  }
  return centres;
}

function multiplyVector(matrix: ReturnType<typeof tf.tensor2d>, vector: Float32Array): Float32Array {
  const product = tf.tidy(() => tf.matMul(matrix, tf.tensor2d(vector, [vector.length, 1])));
  const values = product.dataSync<'float32'>();
  product.dispose();
  return values;
}

/** Position at which the running sum of the weights passes `share` of the total; where all are zero, any. */
function draw(weights: Float64Array, share: number): number {
  const target = share * weights.reduce((sum, weight) => sum + weight, 0);
  if (target === 0 && !weights.some((weight) => weight > 0)) return Math.floor(share * weights.length);
  let sum = 0;
  let last = 0;
  for (let at = 0; at < weights.length; at++) {
    if (weights[at] === 0) continue;
    sum += weights[at]!;
    last = at;
    if (sum > target) break;
  }
  return last;
}
