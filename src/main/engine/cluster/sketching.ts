/**
 * @file When rows meet sketches of the centres instead of the centres. A sketch of a quarter of the length is multiplied in a
 * quarter of the time; its product is an upper bound, and what it leaves is compared exactly. Centres are means, of which
 * little lies outside of the leading dimensions, so that few are left.
 */

import { tf, usesGpu } from '../runtime/backend.ts';
import type { Arithmetic } from '../runtime/similarity.ts';
import { leadingSubspace, sketchOf, wholeRows, type Sketch } from '../runtime/sketch.ts';
import { sampleRows, type RowSource } from '../store/chunkedRows.ts';

/**
 * What a row costs with a sketch, in products of its length by the device, measured on two cores: reading it and its
 * product with its own centre, then each exact comparison. Decides how fast the answer comes, never what it is.
 */
const COST = { float32: { row: 1600, exact: 11 }, bfloat16: { row: 3200, exact: 22 } };
/** Exact comparisons of a row as a rule. */
const EXPECTED = 3;
/** Fewer rows than this are not worth a subspace. */
const LEAST_ROWS = 8192;
const SHARE = 4;
/** Neighbouring rows of a sample. */
const SAMPLE_RUN = 32;

export class Sketching {
  readonly #source: RowSource;
  readonly #wanted: boolean | undefined;
  #sketch: Sketch | undefined;
  #gaveUp = false;

  /** Dispose it. */
  constructor(source: RowSource, wanted?: boolean) {
    this.#source = source;
    this.#wanted = wanted;
  }

  /** Of the rows and of so many centres; whole rows where that is faster. */
  async sketchFor(centres: number, arithmetic: Arithmetic): Promise<Sketch> {
    const { count, dim } = this.#source;
    const wanted = this.#wanted ?? (count >= LEAST_ROWS && !usesGpu() && this.#pays(centres, EXPECTED, arithmetic));
    if (!wanted || this.#gaveUp) return wholeRows;
    if (!this.#sketch) {
      const rows = await sampleRows(this.#source, SAMPLE_RUN);
      const sample = tf.tensor2d(rows, [rows.length / dim, dim]);
      this.#sketch = sketchOf(leadingSubspace(sample, this.#width));
      sample.dispose();
    }
    return this.#sketch;
  }

  /** Whether shorter products save more than so many exact ones cost. */
  #pays(centres: number, exactPerRow: number, arithmetic: Arithmetic): boolean {
    const { dim } = this.#source;
    const { row, exact } = COST[arithmetic];
    return centres * (dim - this.#width - 1) > (row + exact * exactPerRow) * dim;
  }

  /** After so many exact comparisons a row. @returns whether whole rows are faster from now on. */
  giveUp(centres: number, exactPerRow: number, arithmetic: Arithmetic): boolean {
    if (this.#wanted !== undefined || this.#pays(centres, exactPerRow, arithmetic)) return false;
    this.#gaveUp = true;
    this.dispose();
    return true;
  }

  dispose(): void {
    this.#sketch?.basis?.dispose();
    this.#sketch = undefined;
  }

  get #width(): number {
    return Math.max(1, Math.floor(this.#source.dim / SHARE) - 1);
  }
}
