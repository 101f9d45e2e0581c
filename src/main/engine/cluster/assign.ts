/**
 * @file The nearest centre of each row, exactly: the device multiplies rows with centres and reduces tiles of 32 products
 * to their maxima; centres that its error bound cannot tell from the best are compared in float64.
 * So a label depends neither on blocks and threads nor on the device and its arithmetic. Ties: the lowest centre.
 */

import { ByteCache } from '../cache.ts';
import { tf } from '../runtime/backend.ts';
import {
  fastestArithmetic,
  makeOperand,
  marginOf,
  multiply,
  TILE,
  type Arithmetic,
  type Operand,
} from '../runtime/similarity.ts';
import type { ChunkedRows } from '../store/chunkedRows.ts';
import { innerProduct } from '../vectors.ts';

const ROW_PANEL = 2048;
const CENTRE_PANEL = 2048;
const CACHE_BYTES = 1 << 29;
/** More exact comparisons than this for each row cost more than bfloat16 saves. */
const MOST_RIVALS = 4;

/** Called for each row whose label changes. */
export type OnChange = (vectors: Float32Array, localRow: number, label: number, before: number) => void;

export class Assigner {
  readonly #rows: ChunkedRows;
  #arithmetic: Arithmetic;
  readonly #panels = new ByteCache<Operand[]>(CACHE_BYTES, disposeAll);

  /** Dispose it. */
  constructor(rows: ChunkedRows, arithmetic?: Arithmetic) {
    this.#rows = rows;
    this.#arithmetic = arithmetic ?? fastestArithmetic();
  }

  /**
   * Sets the label of every row to its nearest centre; centres `[k, dim]` of length 1.
   * @returns how many labels changed.
   */
  async assign(
    centres: Float32Array,
    labels: Int32Array,
    onChange: OnChange,
    afterChunk: (rows: number) => Promise<void>,
  ): Promise<number> {
    let changed = 0;
    let operands = makePanels(centres, this.#rows.dim, CENTRE_PANEL, this.#arithmetic);
    try {
      for (let chunk = 0; chunk < this.#rows.chunks; chunk++) {
        const { from, to } = this.#rows.range(chunk);
        const vectors = await this.#rows.get(chunk);
        const { found, compared } = this.#assignChunk(chunk, vectors, centres, operands);
        for (let row = from; row < to; row++) {
          const before = labels[row]!;
          const label = found[row - from]!;
          if (label === before) continue;
          changed++;
          labels[row] = label;
          onChange(vectors, row - from, label, before);
        }
        await afterChunk(to);
        if (this.#arithmetic === 'bfloat16' && compared > MOST_RIVALS * (to - from)) {
          // embeddings so alike that bfloat16 cannot tell centres apart; the result is the same either way
          this.#arithmetic = 'float32';
          this.#panels.clear();
          disposeAll(operands);
          operands = makePanels(centres, this.#rows.dim, CENTRE_PANEL, this.#arithmetic);
        }
      }
    } finally {
      disposeAll(operands);
    }
    return changed;
  }

  dispose(): void {
    this.#panels.clear();
  }

  /** Labels of a chunk, and how many products were compared exactly. */
  #assignChunk(
    chunk: number,
    vectors: Float32Array,
    centres: Float32Array,
    operands: Operand[],
  ): { found: Int32Array; compared: number } {
    const { dim } = this.#rows;
    let panels = this.#panels.get(chunk);
    if (!panels) {
      panels = makePanels(vectors, dim, ROW_PANEL, this.#arithmetic);
      this.#panels.set(chunk, panels, vectors.byteLength);
    }
    const found = new Int32Array(vectors.length / dim);
    let [first, compared] = [0, 0];
    for (const panel of panels) {
      const contest = new Contest(panel.rows);
      let centre = 0;
      for (const operand of operands) {
        contest.meet(panel, operand, centre);
        centre += operand.rows;
      }
      compared += contest.decide(vectors, first, centres, dim, found);
      first += panel.rows;
    }
    return { found, compared };
  }
}

function disposeAll(operands: Operand[]): void {
  tf.dispose(operands.map(({ tensor }) => tensor));
}

function makePanels(rows: Float32Array, dim: number, panelRows: number, arithmetic: Arithmetic): Operand[] {
  const panels: Operand[] = [];
  for (let start = 0; start < rows.length; start += panelRows * dim) {
    const part = rows.subarray(start, start + panelRows * dim);
    const matrix = tf.tensor2d(part, [part.length / dim, dim]);
    panels.push(makeOperand(matrix, arithmetic));
    matrix.dispose();
  }
  return panels;
}

/** The centres that may be the nearest of each row of a panel, while centres come panel by panel. */
class Contest {
  readonly #rows: number;
  /** Largest product of each row so far, within `#margin` of the exact one. */
  readonly #best: Float32Array;
  #margin = 0;
  /** Candidates in ascending order of centres, `[length]` each. */
  #row: Int32Array;
  #centre: Int32Array;
  #product: Float32Array;
  #length = 0;

  constructor(rows: number) {
    this.#rows = rows;
    this.#best = new Float32Array(rows).fill(-Infinity);
    this.#row = new Int32Array(rows * 2);
    this.#centre = new Int32Array(rows * 2);
    this.#product = new Float32Array(rows * 2);
  }

  /** Products of the panel with centres `first` and following. */
  meet(panel: Operand, centres: Operand, first: number): void {
    this.#margin = Math.max(this.#margin, marginOf(panel, centres));
    const block = multiply(panel, centres);
    try {
      const indices = this.#promisingTiles(block.maxima, block.tiles);
      const products = block.read(indices);
      for (let at = 0; at < indices.length; at++) {
        const row = Math.floor(indices[at]! / block.tiles);
        const start = (indices[at]! % block.tiles) * TILE;
        const least = this.#least(row);
        for (let t = 0; t < TILE && start + t < centres.rows; t++) {
          const product = products[at * TILE + t]!;
          if (product >= least) this.#add(row, first + start + t, product);
        }
      }
    } finally {
      block.dispose();
    }
  }

  /**
   * Writes the nearest centre of each row; the panel starts at row `first` of `vectors`.
   * @returns the number of exact products.
   */
  decide(vectors: Float32Array, first: number, centres: Float32Array, dim: number, labels: Int32Array): number {
    const rivals = new Int32Array(this.#rows);
    for (let at = 0; at < this.#length; at++) if (this.#isRival(at)) rivals[this.#row[at]!]!++;
    const exact = new Float64Array(this.#rows).fill(-Infinity);
    let compared = 0;
    for (let at = 0; at < this.#length; at++) {
      if (!this.#isRival(at)) continue;
      const row = this.#row[at]!;
      const centre = this.#centre[at]!;
      const alone = rivals[row] === 1;
      const product = alone ? 0 : innerProduct(vectors, first + row, centres, centre, dim);
      if (!alone) compared++;
      // candidates of a row come in ascending order: the first of equals stays
      if (product <= exact[row]!) continue;
      exact[row] = product;
      labels[first + row] = centre;
    }
    return compared;
  }

  /** A centre below this cannot be nearer than the best one: each product is off by at most the margin. */
  #least(row: number): number {
    return this.#best[row]! - 2 * this.#margin;
  }

  #isRival(at: number): boolean {
    return this.#product[at]! >= this.#least(this.#row[at]!);
  }

  #promisingTiles(maxima: Float32Array, tiles: number): Int32Array {
    const found: number[] = [];
    for (let row = 0; row < this.#rows; row++) {
      const start = row * tiles;
      let best = this.#best[row]!;
      for (let at = start; at < start + tiles; at++) if (maxima[at]! > best) best = maxima[at]!;
      this.#best[row] = best;
      const least = this.#least(row);
      for (let at = start; at < start + tiles; at++) if (maxima[at]! >= least) found.push(at);
    }
    return Int32Array.from(found);
  }

  #add(row: number, centre: number, product: number): void {
    if (this.#length === this.#row.length) this.#grow();
    this.#row[this.#length] = row;
    this.#centre[this.#length] = centre;
    this.#product[this.#length++] = product;
  }

  #grow(): void {
    const size = this.#row.length * 2;
    const [row, centre, product] = [new Int32Array(size), new Int32Array(size), new Float32Array(size)];
    row.set(this.#row);
    centre.set(this.#centre);
    product.set(this.#product);
    [this.#row, this.#centre, this.#product] = [row, centre, product];
  }
}
