/**
 * @file The nearest centre of each row, exactly: the device multiplies rows with centres and finds the two largest products
 * of each; centres that its error bound cannot tell from the best are compared in float64.
 * So a label depends neither on blocks and threads nor on the device and its arithmetic. Ties: the lowest centre.
 */

import { ByteCache } from '../cache.ts';
import { ExactProducts } from '../exactProducts.ts';
import { tf, usesGpu } from '../runtime/backend.ts';
import {
  fastestArithmetic,
  gatherRows,
  PANEL_ROWS,
  sliceRows,
  TILE,
  type Arithmetic,
  type Operand,
} from '../runtime/similarity.ts';
import { wholeRows, type Sketch } from '../runtime/sketch.ts';
import type { ChunkedRows } from '../store/chunkedRows.ts';
import { Bounds, movementOf, type Movement } from './bounds.ts';
import { CentrePanels, PANEL, sketchedOperand } from './centrePanels.ts';
import { Contest, type Own } from './contest.ts';
import { Sketching } from './sketching.ts';

/** Products that are on the device at once: few enough for a processor's caches, enough to keep a GPU busy. */
const PRODUCTS = usesGpu() ? 2 ** 26 : 2 ** 21;
const ROWS = { least: PANEL_ROWS, most: 16384 };
const CACHE_BYTES = usesGpu() ? 2 ** 31 : 2 ** 29;
/** More exact comparisons than this for each row cost more than bfloat16 saves. */
const MOST_RIVALS = 4;

/** Called for each row whose label changes. */
export type OnChange = (vectors: Float32Array, localRow: number, label: number, before: number) => void;

export interface AssignerOptions {
  /** The faster one where it is left out. */
  arithmetic?: Arithmetic | undefined;
  /** Keeps what tells which centres a row need not meet again, for assignments that follow one another. */
  bounds?: boolean;
  /** Whether rows with a centre meet sketches of the others; where it is left out, when that saves time. */
  sketches?: boolean | undefined;
}

/** Rows of a chunk that meet the same centres. */
interface Group {
  contest: Contest;
  operand: Operand;
  /** Centres, in their order. */
  meets: number;
}

/** Rows of a block of products with so many centres. */
const rowsAtOnce = (centres: number): number =>
  Math.max(ROWS.least, Math.min(ROWS.most, Math.floor(PRODUCTS / Math.min(centres, PANEL))));

export class Assigner {
  readonly #rows: ChunkedRows;
  readonly #bounds: Bounds | undefined;
  readonly #sketching: Sketching;
  readonly #exact: ExactProducts;
  #arithmetic: Arithmetic;
  /** What `#held` is made with. */
  #sketch = wholeRows;
  /** Chunks on the device. */
  readonly #held = new ByteCache<Operand>(CACHE_BYTES, ({ tensor }) => {
    tensor.dispose();
  });

  /** Dispose it. */
  constructor(rows: ChunkedRows, { arithmetic, bounds = false, sketches }: AssignerOptions = {}) {
    this.#rows = rows;
    this.#exact = new ExactProducts(rows.dim);
    this.#sketching = new Sketching(rows.source, sketches);
    // a GPU is fast enough in float32, which leaves fewer rows to the processor; and it meets all centres before that has told which ones count
    this.#arithmetic = arithmetic ?? (usesGpu() ? 'float32' : fastestArithmetic());
    if (bounds && !usesGpu()) this.#bounds = new Bounds(rows.count);
  }

  /**
   * Sets the label of every row to its nearest centre; centres `[k, dim]` of length 1.
   * @param moved angles by which the centres moved since the assignment before, which made `labels`.
   * @returns how many labels changed.
   */
  async assign(
    centres: Float32Array,
    labels: Int32Array,
    onChange: OnChange,
    afterChunk: (rows: number) => Promise<void>,
    moved?: Float64Array,
  ): Promise<number> {
    const movement = moved && this.#bounds ? movementOf(moved) : undefined;
    const { dim, chunks } = this.#rows;
    const count = centres.length / dim;
    // without a centre of its own, a row has nothing that upper bounds could rule out
    const known = labels.length > 0 && labels[0]! >= 0;
    this.#use(known ? await this.#sketching.sketchFor(count, this.#arithmetic) : wholeRows, this.#arithmetic);
    this.#exact.hold(centres);
    let changed = 0;
    let panels: CentrePanels | undefined;
    try {
      for (let chunk = 0; chunk < chunks; chunk++) {
        panels ??= new CentrePanels(centres, dim, this.#arithmetic, { order: movement?.order, sketch: this.#sketch });
        const { from, to } = this.#rows.range(chunk);
        const vectors = await this.#rows.get(chunk);
        const found = labels.slice(from, to);
        const compared = this.#assignChunk(chunk, vectors, panels, found, movement);
        for (let row = from; row < to; row++) {
          const before = labels[row]!;
          const label = found[row - from]!;
          if (label === before) continue;
          changed++;
          labels[row] = label;
          onChange(vectors, row - from, label, before);
        }
        await afterChunk(to);
        if (this.#tooMany(compared, to - from, count)) {
          panels.dispose();
          panels = undefined;
        }
      }
    } finally {
      panels?.dispose();
    }
    return changed;
  }

  dispose(): void {
    this.#held.clear();
    this.#sketching.dispose();
  }

  /** Takes another way where most centres had to be compared exactly; the result is the same either way. */
  #tooMany(compared: number, rows: number, centres: number): boolean {
    if (this.#sketch.basis) {
      if (!this.#sketching.giveUp(centres, compared / rows, this.#arithmetic)) return false;
      this.#use(wholeRows, this.#arithmetic);
      return true;
    }
    // embeddings so alike that bfloat16 cannot tell centres apart
    if (this.#arithmetic !== 'bfloat16' || compared <= MOST_RIVALS * rows) return false;
    this.#use(wholeRows, 'float32');
    return true;
  }

  #use(sketch: Sketch, arithmetic: Arithmetic): void {
    if (sketch !== this.#sketch || arithmetic !== this.#arithmetic) this.#held.clear();
    [this.#sketch, this.#arithmetic] = [sketch, arithmetic];
  }

  /** Sets the labels of a chunk. @returns how many products were compared exactly. */
  #assignChunk(
    chunk: number,
    vectors: Float32Array,
    panels: CentrePanels,
    labels: Int32Array,
    movement: Movement | undefined,
  ): number {
    const { from } = this.#rows.range(chunk);
    const groups = movement
      ? this.#groupsByNeed(chunk, vectors, labels, movement)
      : this.#groupsOfAll(chunk, vectors, labels, panels.centres);
    try {
      panels.forEach(groups[0]?.meets ?? 0, (first, ids, panel) => {
        for (const { contest, operand, meets } of groups) {
          if (meets <= first) break; // groups come in falling order
          const most = meets - first;
          if (most >= panel.rows) {
            contest.meet(operand, panel, ids);
            continue;
          }
          const part = sliceRows(panel, 0, most);
          contest.meet(operand, part, ids);
          part.tensor.dispose();
        }
      });
    } finally {
      tf.dispose(groups.map(({ operand }) => operand.tensor));
    }
    let compared = 0;
    for (const { contest, meets } of groups) {
      const winners = contest.decide((row, centre) => this.#exact.product(vectors, row, centre));
      compared += winners.compared;
      for (const [at, row] of contest.rows.entries()) {
        labels[row] = winners.labels[at]!;
        this.#bounds?.update(from + row, winners.products[at]!, winners.seconds[at]!, meets, movement);
      }
    }
    return compared;
  }

  #groupsOfAll(chunk: number, vectors: Float32Array, labels: Int32Array, meets: number): Group[] {
    const all = this.#operandOf(chunk, vectors);
    const groups: Group[] = [];
    const most = rowsAtOnce(meets);
    for (let start = 0; start < all.rows; start += most) {
      const rows = Uint32Array.from({ length: Math.min(most, all.rows - start) }, (_, at) => start + at);
      const own = this.#sketch.basis && ownOf(rows, labels, (row, label) => this.#exact.product(vectors, row, label));
      const contest = new Contest(rows, own, this.#sketch);
      groups.push({ contest, operand: sliceRows(all, start, rows.length), meets });
    }
    return groups;
  }

  /** Rows that must meet centres again, those that meet most first. */
  #groupsByNeed(chunk: number, vectors: Float32Array, labels: Int32Array, movement: Movement): Group[] {
    const { from } = this.#rows.range(chunk);
    const bounds = this.#bounds!;
    const needs = new Int32Array(labels.length);
    const products = new Float64Array(labels.length);
    const unsettled: number[] = [];
    for (const [row, label] of labels.entries()) {
      if (bounds.settled(from + row, label, movement)) continue;
      const product = this.#exact.product(vectors, row, label);
      products[row] = product;
      needs[row] = bounds.needs(from + row, product, movement);
      unsettled.push(row);
    }
    if (unsettled.length === 0) return [];
    const all = this.#operandOf(chunk, vectors);
    const order = Uint32Array.from(unsettled).sort((a, b) => needs[b]! - needs[a]! || a - b);
    const groups: Group[] = [];
    const most = rowsAtOnce(movement.order.length);
    for (let start = 0; start < order.length; start += most) {
      const rows = order.subarray(start, start + most);
      const own = ownOf(rows, labels, (row) => products[row]!);
      const meets = Math.min(movement.order.length, Math.ceil(needs[rows[0]!]! / TILE) * TILE);
      const contest = new Contest(rows, own, this.#sketch);
      groups.push({ contest, operand: gatherRows(all, rows), meets });
    }
    return groups;
  }

  #operandOf(chunk: number, vectors: Float32Array): Operand {
    let operand = this.#held.get(chunk);
    if (!operand) {
      const rows = vectors.length / this.#rows.dim;
      operand = sketchedOperand(tf.tensor2d(vectors, [rows, this.#rows.dim]), this.#sketch, this.#arithmetic);
      this.#held.set(chunk, operand, rows * operand.width * 4);
    }
    return operand;
  }
}

function ownOf(rows: Uint32Array, labels: Int32Array, productOf: (row: number, label: number) => number): Own {
  return {
    labels: Int32Array.from(rows, (row) => labels[row]!),
    products: Float64Array.from(rows, (row) => productOf(row, labels[row]!)),
  };
}
