/** @file How much an approximate search found: random images are searched exactly against all. */

import { permutation } from '../random.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import { ChunkedRows, rowsAfterRows } from '../store/chunkedRows.ts';
import { NeighbourSearch } from './neighbours.ts';
import type { Pass } from './pass.ts';

const SAMPLE = 1000;
const SEED = 1;

export interface Recall {
  /** Share of the sample's exact pairs that the pass holds; 1 where there are none. */
  recall: number;
  /** Images that were searched exactly. */
  sample: number;
}

/** Pairs of a sampled image and one of its k nearest within beta: which of them does the pass hold? */
export async function measureRecall(
  pass: Pass,
  beta: number,
  { source, chunkRows, dim }: ChunkedRows,
  context: StageContext,
  size = SAMPLE,
): Promise<Recall> {
  const { images, topK } = pass.manifest;
  const sample = permutation(images, SEED).slice(0, size).sort();
  const vectors = new Float32Array(sample.length * dim);
  for (const [at, row] of sample.entries()) vectors.set(await source.read(row, row + 1), at * dim);
  const sampled = {
    ...{ count: sample.length, dim },
    read: (from: number, to: number) => Promise.resolve(vectors.slice(from * dim, to * dim)),
  };
  const rows = new ChunkedRows(rowsAfterRows(sampled, source), chunkRows);
  const nearest = Array.from(sample, () => new Nearest(Number(topK)));
  const border = { from: sample.length, across: true };
  const search = await NeighbourSearch.create(rows, beta, { border });
  try {
    for (let chunk = 0; chunk < search.chunks; chunk++) {
      const onPair = (i: number, j: number, distance: number) => {
        const other = j - sample.length;
        if (other !== sample[i]) nearest[i]!.add(other, distance);
      };
      await search.searchChunk(chunk, onPair, () => checkpoint(context));
    }
  } finally {
    search.dispose();
  }
  const positions = new Map(Array.from(sample, (row, at) => [row, at]));
  const wanted = nearest.map((list) => new Set(list.rows()));
  const pairs = wanted.reduce((sum, { size: found }) => sum + found, 0);
  let held = 0;
  const ask = (row: number, other: number): void => {
    const at = positions.get(row);
    if (at !== undefined && wanted[at]!.has(other)) held++;
  };
  await pass.forEach(beta, (i, j) => {
    ask(i, j);
    ask(j, i);
  });
  return { recall: pairs === 0 ? 1 : held / pairs, sample: sample.length };
}

/** The k nearest of one image; ties: the lower row. */
class Nearest {
  readonly #k: number;
  #found: { row: number; distance: number }[] = [];

  constructor(k: number) {
    this.#k = k;
  }

  add(row: number, distance: number): void {
    this.#found.push({ row, distance });
    if (this.#found.length > 2 * this.#k + 1024) this.#cut();
  }

  rows(): number[] {
    this.#cut();
    return this.#found.map(({ row }) => row);
  }

  #cut(): void {
    this.#found.sort((a, b) => a.distance - b.distance || a.row - b.row);
    this.#found.length = Math.min(this.#found.length, this.#k);
  }
}
