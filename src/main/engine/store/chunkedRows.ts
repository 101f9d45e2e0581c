/** @file Rows read chunk by chunk, the latest ones kept within a budget: never all of a large set at once. */

import { ByteCache } from '../cache.ts';
import { countRows, readRows, type EmbeddingSet } from './embeddings.ts';

/** Unit rows `[count, dim]` that can be read in ranges. */
export interface RowSource {
  count: number;
  dim: number;
  read: (from: number, to: number) => Promise<Float32Array>;
}

export const imageRows = (set: EmbeddingSet): RowSource => ({
  count: countRows(set),
  dim: set.manifest.dim,
  read: (from, to) => readRows(set, 'image', from, to),
});

/** Rows of `a`, then rows of `b`; both of the same width. */
export const rowsAfterRows = (a: RowSource, b: RowSource): RowSource => ({
  count: a.count + b.count,
  dim: a.dim,
  read: async (from, to) => {
    if (to <= a.count) return a.read(from, to);
    if (from >= a.count) return b.read(from - a.count, to - a.count);
    const [head, tail] = [await a.read(from, a.count), await b.read(0, to - a.count)];
    const rows = new Float32Array(head.length + tail.length);
    rows.set(head);
    rows.set(tail, head.length);
    return rows;
  },
});

const RUNS = 64;
const runRows = (count: number): number => Math.min(128, Math.max(32, Math.floor(count / 8 / RUNS)));

/**
 * A sample of 64 runs of consecutive rows from evenly spread places, `[rows, dim]`.
 * @param most rows of a run; without it an eighth of a small set, enough of a large one
 */
export async function sampleRows(
  { count, dim, read }: RowSource,
  most: number = runRows(count),
): Promise<Float32Array> {
  const length = Math.min(most, count);
  const rows = new Float32Array(RUNS * length * dim);
  for (let run = 0; run < RUNS; run++) {
    const from = Math.floor(((count - length) * run) / (RUNS - 1));
    rows.set(await read(from, from + length), run * length * dim);
  }
  return rows;
}

export class ChunkedRows {
  readonly count: number;
  readonly dim: number;
  readonly chunkRows: number;
  readonly chunks: number;
  readonly source: RowSource;
  readonly #cache: ByteCache<Float32Array>;

  constructor(source: RowSource, chunkRows: number, budgetBytes = 1 << 29) {
    this.count = source.count;
    this.dim = source.dim;
    this.chunkRows = chunkRows;
    this.chunks = Math.ceil(source.count / chunkRows);
    this.source = source;
    this.#cache = new ByteCache(budgetBytes);
  }

  /** First row of a chunk and the row after its last. */
  range(chunk: number): { from: number; to: number } {
    return { from: chunk * this.chunkRows, to: Math.min((chunk + 1) * this.chunkRows, this.count) };
  }

  /** Rows of a chunk `[to - from, dim]`. */
  async get(chunk: number): Promise<Float32Array> {
    const held = this.#cache.get(chunk);
    if (held) return held;
    const { from, to } = this.range(chunk);
    const rows = await this.source.read(from, to);
    this.#cache.set(chunk, rows, rows.byteLength);
    return rows;
  }
}
