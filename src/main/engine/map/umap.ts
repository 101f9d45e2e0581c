/**
 * @file UMAP of some rows, and a place among them for all others. McInnes, Healy and Melville, arXiv 1802.03426; the layout is
 * umap-js of Google PAIR, on exact neighbours and from the principal components, so that it does not depend on luck.
 */

import type { Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { UMAP } from 'umap-js';
import { UsageError } from '../errors.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import { randomStream } from '../random.ts';
import { tf } from '../runtime/backend.ts';
import { nearestChosen } from './nearest.ts';

/** Neighbours of each row, itself included. */
const neighbours = 15;
/** Chosen rows that place another one. */
const placedBy = 5;
/** Half the width of the first layout, as the library has it: its steps are made for that. */
const startRadius = 10;
/** Keeps the random numbers apart from other choices. */
const LAYOUT = 2;
const rowsAtOnce = 2048;

/**
 * @param rows unit rows `[m, d]` @param start positions `[m, 2]` to begin from
 * @returns positions `[m, 2]`
 * @throws {UsageError} for fewer rows than have neighbours
 */
export async function umapLayout(
  rows: Float32Array,
  start: Float32Array,
  seed: number,
  context: StageContext,
): Promise<Float32Array> {
  const count = start.length / 2;
  if (count <= neighbours) {
    throw new UsageError(`UMAP needs more than ${neighbours} images, here are ${count}. Use --method pca.`);
  }
  const umap = new UMAP({ nNeighbors: neighbours, random: randomStream(seed, LAYOUT) });
  const { indices, distances } = await ownNeighbours(rows, count, context);
  umap.setPrecomputedKNN(indices, distances);
  // with neighbours given, only the number of the rows matters
  const epochs = umap.initializeFit(Array.from({ length: count }, () => []));
  const positions = umap.getEmbedding();
  const scale = startRadius / start.reduce((most, value) => Math.max(most, Math.abs(value)), Number.MIN_VALUE);
  // the library moves these very arrays; exact copies need a little room, or nothing could part them
  const jitter = randomStream(seed, LAYOUT, 1);
  for (const [row, place] of positions.entries()) {
    for (const axis of [0, 1]) place[axis] = start[2 * row + axis]! * scale + (jitter() - 0.5) * 1e-3;
  }
  for (let epoch = 0; epoch < epochs; epoch++) {
    umap.step();
    context.onProgress({ stage: 'map: layout', done: epoch + 1, total: epochs, unit: 'epochs' });
    await checkpoint(context);
  }
  return Float32Array.from(positions.flat());
}

async function ownNeighbours(
  rows: Float32Array,
  count: number,
  context: StageContext,
): Promise<{ indices: number[][]; distances: number[][] }> {
  const dim = rows.length / count;
  const chosen = tf.tensor2d(rows, [count, dim]);
  const [indices, distances]: [number[][], number[][]] = [[], []];
  try {
    for (let from = 0; from < count; from += rowsAtOnce) {
      const to = Math.min(from + rowsAtOnce, count);
      const near = nearestChosen(chosen, rows.subarray(from * dim, to * dim), neighbours);
      for (let row = from; row < to; row++) {
        const at = (row - from) * neighbours;
        const found = [...near.rows.subarray(at, at + neighbours)];
        const lengths = [...near.distances.subarray(at, at + neighbours)];
        // the row itself comes first, also where copies are as near
        const self = found.indexOf(row);
        found.splice(self === -1 ? neighbours - 1 : self, 1);
        lengths.splice(self === -1 ? neighbours - 1 : self, 1);
        indices.push([row, ...found]);
        distances.push([0, ...lengths]);
      }
      context.onProgress({ stage: 'map: neighbours', done: to, total: count, unit: 'images' });
      await checkpoint(context);
    }
  } finally {
    chosen.dispose();
  }
  return { indices, distances };
}

/**
 * Positions `[n, 2]` of rows `[n, d]`: the mean of those of the nearest chosen ones, the nearer the heavier.
 * @param layout positions of the chosen rows `[m, 2]`
 */
export function placeAmong(chosen: Tensor2D, layout: Float32Array, rows: Float32Array): Float32Array {
  const dim = chosen.shape[1];
  const count = rows.length / dim;
  const k = Math.min(placedBy, chosen.shape[0]);
  const positions = new Float32Array(2 * count);
  for (let from = 0; from < count; from += rowsAtOnce) {
    const to = Math.min(from + rowsAtOnce, count);
    const near = nearestChosen(chosen, rows.subarray(from * dim, to * dim), k);
    for (let row = from; row < to; row++) {
      let [x, y, whole] = [0, 0, 0];
      for (let at = (row - from) * k; at < (row - from + 1) * k; at++) {
        // a copy of a chosen row lies on it; float32 products see distances down to about 1e-3
        const weight = 1 / (near.distances[at]! ** 2 + 1e-6);
        x += weight * layout[2 * near.rows[at]!]!;
        y += weight * layout[2 * near.rows[at]! + 1]!;
        whole += weight;
      }
      positions[2 * row] = x / whole;
      positions[2 * row + 1] = y / whole;
    }
  }
  return positions;
}
