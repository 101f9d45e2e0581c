/**
 * @file Sums of the members of each cluster, exact and therefore independent of the order: coordinates are rounded to
 * multiples of 2^-30 (float32 coordinates from 2^-7 up are such multiples already), and up to 8 million of them
 * add up in float64 without rounding. So moving an image is one subtraction and one addition, and a sum does not
 * remember its history: a resumed run goes on with the same bits.
 */

import { usableMemory } from '../memoryBudget.ts';
import type { StageContext } from '../progress.ts';
import type { ChunkedRows } from '../store/chunkedRows.ts';
import { movementAngle } from './bounds.ts';
import { forEachRow } from './walk.ts';

/** Adding and subtracting it rounds a float64 in [-1, 1] to a multiple of 2^-30. */
const ROUND = 1.5 * 2 ** (52 - 30);

export class ClusterSums {
  readonly #dim: number;
  /** `[k, dim]` */
  readonly #sums: Float64Array;

  constructor(clusters: number, dim: number) {
    this.#dim = dim;
    this.#sums = new Float64Array(clusters * dim);
  }

  /** Moves a row into cluster `to`, out of `from` (-1: it was in none). */
  move(vectors: Float32Array, row: number, to: number, from: number): void {
    const [sums, dim] = [this.#sums, this.#dim];
    const [start, target, source] = [row * dim, to * dim, from * dim];
    // two loops, local names: this is where the time of the first iteration goes
    if (from < 0) for (let t = 0; t < dim; t++) sums[target + t]! += vectors[start + t]! + ROUND - ROUND;
    else {
      for (let t = 0; t < dim; t++) {
        const value = vectors[start + t]! + ROUND - ROUND;
        sums[target + t]! += value;
        sums[source + t]! -= value;
      }
    }
  }

  /**
   * Scales the sums to length 1 into `centres` `[k, dim]`; a cluster without direction keeps its centre.
   * `moved` `[k]` gets the angles by which they move.
   */
  writeCentres(centres: Float32Array, moved: Float64Array): void {
    for (let start = 0; start < this.#sums.length; start += this.#dim) {
      const cluster = start / this.#dim;
      moved[cluster] = 0;
      const sum = this.#sums.subarray(start, start + this.#dim);
      let squares = 0;
      for (const value of sum) squares += value * value;
      if (squares === 0) continue;
      const scale = 1 / Math.sqrt(squares);
      let difference = 0;
      for (let t = 0; t < sum.length; t++) {
        const value = Math.fround(sum[t]! * scale);
        difference += (value - centres[start + t]!) ** 2;
        centres[start + t] = value;
      }
      moved[cluster] = movementAngle(Math.sqrt(difference));
    }
  }
}

/** A quarter of the memory that is free: sums take 8 GB for a million clusters of 1,024 dimensions. */
export const sumsBudget = (): number => Math.max(2 ** 30, usableMemory() / 4);

/**
 * Means of the members of each cluster, scaled to length 1. Where the sums of all clusters do not fit into the budget,
 * they are made block by block of clusters, with a pass over the rows for each; sums are exact, so the result is the same.
 */
export class ClusterMeans {
  /** Members of each cluster `[k]`. */
  readonly counts: Int32Array;
  readonly #rows: ChunkedRows;
  readonly #sums: ClusterSums | undefined;
  readonly #block: number;

  constructor(rows: ChunkedRows, clusters: number, budgetBytes = sumsBudget()) {
    this.counts = new Int32Array(clusters);
    this.#rows = rows;
    this.#block = Math.max(1, Math.floor(budgetBytes / (8 * rows.dim)));
    if (clusters <= this.#block) this.#sums = new ClusterSums(clusters, rows.dim);
  }

  /** As of sums. */
  move(vectors: Float32Array, row: number, to: number, from: number): void {
    this.counts[to]!++;
    if (from >= 0) this.counts[from]!--;
    this.#sums?.move(vectors, row, to, from);
  }

  /** Into `centres` `[k, dim]`, and `moved` as of sums, from the assignment `labels` `[n]` to which the moves have led. */
  async writeCentres(
    centres: Float32Array,
    moved: Float64Array,
    labels: Int32Array,
    context: StageContext,
  ): Promise<void> {
    if (this.#sums) {
      this.#sums.writeCentres(centres, moved);
      return;
    }
    const { dim } = this.#rows;
    for (let first = 0; first < this.counts.length; first += this.#block) {
      const clusters = Math.min(this.#block, this.counts.length - first);
      const sums = new ClusterSums(clusters, dim);
      const add = (vectors: Float32Array, local: number, row: number): void => {
        const cluster = labels[row]! - first;
        if (cluster >= 0 && cluster < clusters) sums.move(vectors, local, cluster, -1);
      };
      await forEachRow(this.#rows, add, context);
      sums.writeCentres(
        centres.subarray(first * dim, (first + clusters) * dim),
        moved.subarray(first, first + clusters),
      );
    }
  }

  get empty(): number[] {
    const found: number[] = [];
    for (const [cluster, count] of this.counts.entries()) if (count === 0) found.push(cluster);
    return found;
  }
}
