/** @file First guesses for --remove-fraction: a search within the right beta stores all that is needed to find it exactly. */

import type { Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { permutation } from '../random.ts';
import { tf } from '../runtime/backend.ts';
import type { ChunkedRows } from '../store/chunkedRows.ts';

const SAMPLE = 512;
const PANEL_ROWS = 4096;
/**
 * A group of s images loses s - 1, so of the images with a neighbour within beta between a half and all but one go:
 * to remove F, F to 2 F of the images need a neighbour.
 */
const SHARES = [1.6, 2];
const GROWTH = 1.25;

/** Values of beta to search within, one after the other until enough images go; the last is 2. */
export function* betasToTry(nearest: Float64Array, fraction: number): Generator<number> {
  let last = 0;
  for (const share of SHARES) {
    const at = Math.min(nearest.length - 1, Math.ceil(share * fraction * nearest.length));
    const beta = roundUp(nearest[at] ?? 2);
    if (beta > last) yield (last = beta);
  }
  while (last < 2) yield (last = roundUp(Math.max(last, 0.1) * GROWTH));
}

/** To three digits, so that a sample that differs in its last bits leads to the same stored search. */
const roundUp = (beta: number): number => Math.min(2, Math.ceil((beta + 1e-4) * 1000) / 1000);

/** Nearest-neighbour distances of a sample of images, ascending, good to three digits. */
export async function sampledNearest(rows: ChunkedRows, afterChunk: () => Promise<void>): Promise<Float64Array> {
  const { dim } = rows;
  const chosen = permutation(rows.count, SAMPLE).slice(0, SAMPLE).sort();
  const vectors = new Float32Array(chosen.length * dim);
  for (const [at, row] of chosen.entries()) vectors.set(await rows.source.read(row, row + 1), at * dim);
  const sample = tf.tensor2d(vectors, [chosen.length, dim]);
  // each image meets itself: the second largest product is its nearest neighbour's
  const [first, second] = [new Float64Array(chosen.length).fill(-1), new Float64Array(chosen.length).fill(-1)];
  try {
    for (let chunk = 0; chunk < rows.chunks; chunk++) {
      const all = await rows.get(chunk);
      for (let start = 0; start < all.length; start += PANEL_ROWS * dim) {
        merge(first, second, twoLargest(sample, all.subarray(start, start + PANEL_ROWS * dim)));
      }
      await afterChunk();
    }
  } finally {
    sample.dispose();
  }
  return second.map((product) => Math.sqrt(Math.max(0, 2 - 2 * product))).sort();
}

/** The two largest products of each sample row with rows `[m, d]`, as `[n, min(2, m)]`. */
function twoLargest(sample: Tensor2D, rows: Float32Array): { width: number; products: Float32Array } {
  const panel = tf.tensor2d(rows, [rows.length / sample.shape[1], sample.shape[1]]);
  const width = Math.min(2, panel.shape[0]);
  const largest = tf.tidy(() => tf.topk(tf.matMul(sample, panel, false, true), width).values);
  const products = largest.dataSync<'float32'>();
  tf.dispose([panel, largest]);
  return { width, products };
}

function merge(first: Float64Array, second: Float64Array, found: ReturnType<typeof twoLargest>): void {
  for (let at = 0; at < found.products.length; at++) {
    const row = Math.floor(at / found.width);
    const product = found.products[at]!;
    if (product > first[row]!) {
      second[row] = first[row]!;
      first[row] = product;
    } else if (product > second[row]!) second[row] = product;
  }
}
