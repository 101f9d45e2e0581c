/**
 * @file The nearest centre of each row of a panel, while centres come panel by panel: the device's products, whose error
 * is bounded, rule most centres out; those that they cannot tell from the best are compared in float64.
 */

import { marginOf, multiply, TILE, type Block, type Operand } from '../runtime/similarity.ts';
import { wholeRows, type Sketch } from '../runtime/sketch.ts';

/** Rows that have a centre already: its number and exact product `[rows]`. */
export interface Own {
  labels: Int32Array;
  products: Float64Array;
}

export interface Winners {
  /** The nearest centre of each row. */
  labels: Int32Array;
  /** Exact product with it; NaN where nothing came near it and it was not needed. */
  products: Float64Array;
  /** No other centre that was met has a larger product than this. */
  seconds: Float64Array;
  /** How many products were computed exactly. */
  compared: number;
}

export class Contest {
  /** Rows of the panel, as numbers within the chunk. */
  readonly rows: Uint32Array;
  readonly #own: Own | undefined;
  /** Largest product of each row so far, within `#margin` of the exact one. */
  readonly #best: Float32Array;
  /** Largest product of each row that was ruled out. */
  readonly #rest: Float32Array;
  readonly #sketch: Sketch;
  #margin = 0;
  /** Candidates, `[length]` each. */
  #row: Int32Array;
  #centre: Int32Array;
  #product: Float32Array;
  #length = 0;

  /** With a shorter sketch, products are upper bounds: only rows with a centre of their own can rule others out. */
  constructor(rows: Uint32Array, own?: Own, sketch: Sketch = wholeRows) {
    this.rows = rows;
    this.#own = own;
    this.#sketch = sketch;
    this.#best = own ? Float32Array.from(own.products) : new Float32Array(rows.length).fill(-Infinity);
    this.#rest = new Float32Array(rows.length).fill(-Infinity);
    this.#row = new Int32Array(rows.length * 2);
    this.#centre = new Int32Array(rows.length * 2);
    this.#product = new Float32Array(rows.length * 2);
  }

  /** Products of the panel with a panel of centres, whose numbers are `ids` `[centres]`. */
  meet(panel: Operand, centres: Operand, ids: Uint32Array): void {
    this.#margin = Math.max(this.#margin, marginOf(panel, centres) + this.#sketch.margin);
    const block = multiply(panel, centres);
    try {
      const { values, places, seconds } = block.leaders();
      const close: number[] = [];
      for (let row = 0; row < this.rows.length; row++) {
        const value = values[row]!;
        if (!this.#sketch.basis && value > this.#best[row]!) this.#best[row] = value;
        const least = this.#least(row);
        if (seconds[row]! >= least) {
          close.push(row);
          continue;
        }
        if (value >= least) this.#add(row, ids[places[row]!]!, value);
        this.#rest[row] = Math.max(this.#rest[row]!, value >= least ? seconds[row]! : value);
      }
      if (close.length > 0) this.#meetAll(block, Int32Array.from(close), ids.subarray(0, centres.rows));
    } finally {
      block.dispose();
    }
  }

  /** Adds all that come near the best of rows with several. */
  #meetAll(block: Block, rows: Int32Array, ids: Uint32Array): void {
    const { tiles } = block;
    const maxima = block.maxima(rows);
    const found: number[] = [];
    for (let at = 0; at < maxima.length; at++) {
      const row = rows[Math.floor(at / tiles)]!;
      if (maxima[at]! >= this.#least(row)) found.push(row * tiles + (at % tiles));
      else if (maxima[at]! > this.#rest[row]!) this.#rest[row] = maxima[at]!;
    }
    const indices = Int32Array.from(found);
    const products = block.read(indices);
    for (let at = 0; at < indices.length; at++) {
      const row = Math.floor(indices[at]! / tiles);
      const start = (indices[at]! % tiles) * TILE;
      const least = this.#least(row);
      for (let t = 0; t < TILE && start + t < ids.length; t++) {
        const product = products[at * TILE + t]!;
        if (product >= least) this.#add(row, ids[start + t]!, product);
        else if (product > this.#rest[row]!) this.#rest[row] = product;
      }
    }
  }

  /**
   * After the last panel. Ties: the lowest centre.
   * @param exact product of a row of the chunk and a centre
   */
  decide(exact: (row: number, centre: number) => number): Winners {
    const { rows } = this;
    const own = this.#own;
    const rivals = new Int32Array(rows.length);
    for (let at = 0; at < this.#length; at++) if (this.#isRival(at)) rivals[this.#row[at]!]!++;
    const labels = own ? own.labels.slice() : new Int32Array(rows.length).fill(-1);
    const products = own ? own.products.slice() : new Float64Array(rows.length).fill(-Infinity);
    const seconds = Float64Array.from(this.#rest, (rest) => rest + this.#margin);
    let compared = 0;
    for (let at = 0; at < this.#length; at++) {
      const [row, centre] = [this.#row[at]!, this.#centre[at]!];
      if (centre === own?.labels[row]) continue;
      if (!this.#isRival(at)) {
        seconds[row] = Math.max(seconds[row]!, this.#product[at]! + this.#margin);
        continue;
      }
      if (!own && rivals[row] === 1) {
        labels[row] = centre;
        products[row] = NaN;
        continue;
      }
      const best = products[row]!;
      if (this.#product[at]! + this.#margin < best) {
        seconds[row] = Math.max(seconds[row]!, this.#product[at]! + this.#margin);
        continue;
      }
      compared++;
      const product = exact(rows[row]!, centre);
      const wins = product > best || (product === best && centre < labels[row]!);
      seconds[row] = Math.max(seconds[row]!, wins ? best : product);
      if (!wins) continue;
      products[row] = product;
      labels[row] = centre;
    }
    return { labels, products, seconds, compared };
  }

  /** A centre below this cannot be nearer than the best one: each product is off by at most the margin. */
  #least(row: number): number {
    return this.#best[row]! - (this.#sketch.basis ? 1 : 2) * this.#margin;
  }

  #isRival(at: number): boolean {
    return this.#product[at]! >= this.#least(this.#row[at]!);
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
