/** @file Embeddings to measure with: made from a seed, and shaped like those of a CLIP. */

import { normalStream, randomStream } from '../../src/main/engine/random.ts';
import type { RowSource } from '../../src/main/engine/store/chunkedRows.ts';
import { normaliseRows } from '../../src/main/engine/store/embeddings.ts';
import { readNpy } from '../../src/main/engine/store/npy.ts';

const IMAGES_PER_TOPIC = 50;
const COPIED = 0.3;

/**
 * Unit rows `[n, dim]`: a direction that all share (cosine of strangers about 0.4), topics of uneven size, and for
 * 30% of the images another one that they resemble, a fifth of these exactly. The variance of coordinate i falls
 * as i^-decay: with 1, a quarter of 512 coordinates holds 80% of it; with 0 nothing can be compressed.
 */
export function syntheticEmbeddings(images: number, dim: number, seed: number, decay: number): Float32Array {
  const [normal, uniform] = [normalStream(seed, 1), randomStream(seed, 2)];
  const scale = Float64Array.from({ length: dim }, (_, t) => (t + 1) ** (-decay / 2));
  const topicCount = Math.max(8, Math.floor(images / IMAGES_PER_TOPIC));
  const topics = Float32Array.from({ length: topicCount * dim }, (_, at) => normal() * scale[at % dim]!);
  const shared = scale.map((deviation) => deviation * normal());
  const rows = new Float32Array(images * dim);
  for (let image = 0; image < images; image++) {
    const row = rows.subarray(image * dim, (image + 1) * dim);
    if (image > 0 && uniform() < COPIED) {
      const other = Math.floor(uniform() * image) * dim;
      const change = uniform() < 0.2 ? 0 : 0.02 + 0.4 * uniform();
      for (let t = 0; t < dim; t++) row[t] = rows[other + t]! + change * normal() * scale[t]!;
    } else {
      const topic = Math.floor(uniform() ** 2 * topicCount) * dim;
      for (let t = 0; t < dim; t++) row[t] = shared[t]! + topics[topic + t]! + 0.7 * normal() * scale[t]!;
    }
  }
  // after the copies: they resemble what was drawn, not what was scaled
  normaliseRows(rows, dim, (row) => `row ${row}`);
  return rows;
}

/** Unit rows of an .npy file, read in ranges; float16 rows are of length 1 again after rounding. */
export function fileRows(file: string, count: number, dim: number): RowSource {
  return {
    count,
    dim,
    read: async (from, to) => {
      const { data } = await readNpy(file, from, to);
      if (data instanceof Float32Array) return data;
      const rows = new Float32Array(data.length);
      rows.set(data as Float16Array);
      normaliseRows(rows, dim, (row) => `row ${from + row}`);
      return rows;
    },
  };
}
