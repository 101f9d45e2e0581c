/**
 * @file All pairs of images within beta, exactly. Chunks of the symmetric matrix of inner products are multiplied on the
 * device, panel by panel, half of the matrix only; tiles whose bound reaches the limit are read back; what they hold is
 * measured again in float64. So the filter decides how fast the answer comes, never what it is.
 * Memory: the chunks within the cache budget and one block of products.
 */

import { ByteCache } from '../cache.ts';
import { tf, usesGpu } from '../runtime/backend.ts';
import { computingMemory } from '../runtime/computingMemory.ts';
import {
  fastestArithmetic,
  makeOperand,
  marginOf,
  multiply,
  PANEL_ROWS,
  rowsReaching,
  TILE,
  type Arithmetic,
  type Block,
  type Operand,
} from '../runtime/similarity.ts';
import type { ChunkedRows } from '../store/chunkedRows.ts';
import { squaredDistance } from '../vectors.ts';
import { applySketch, type Sketch } from '../runtime/sketch.ts';
import { chooseSketch } from './sketch.ts';

/** Rows on the device: so much of a processor's memory, a quarter of what a GPU has free. */
const CACHE_BYTES = 1 << 29;

/** Called with row numbers i < j and their Euclidean distance. */
export type OnPair = (i: number, j: number, distance: number) => void;

interface Panel {
  operand: Operand;
  /** Row of the data set that the panel starts with. */
  from: number;
}

interface Chunk {
  /** First row of the data set. */
  from: number;
  rows: Float32Array;
  panels: Panel[];
}

/** Tiles of two panels with a product of at least the threshold. */
interface Found {
  left: Panel;
  right: Panel;
  /** Tiles of a row. */
  tiles: number;
  /** `row * tiles + tile` */
  indices: Int32Array;
  /** `[indices, TILE]` */
  products: Float32Array;
  threshold: number;
}

/** Which pairs are looked for: those whose later image is row `from` or one behind it. */
export interface Border {
  from: number;
  /** Only pairs across it: the earlier image lies before the border. */
  across: boolean;
}

const NO_BORDER: Border = { from: 0, across: false };

export interface SearchOptions {
  border?: Border | undefined;
  /** By default what is fastest here; none changes a result. */
  arithmetic?: Arithmetic;
  sketch?: Sketch;
  /** Whether maxima of rows say which maxima of tiles are read: from a GPU they must be copied, a processor has them. */
  byRows?: boolean;
}

export class NeighbourSearch {
  readonly chunks: number;
  readonly #beta: number;
  /** No pair within beta has a smaller inner product. */
  readonly #leastProduct: number;
  readonly #rows: ChunkedRows;
  readonly #sketch: Sketch;
  readonly #arithmetic: Arithmetic;
  readonly #border: Border;
  readonly #byRows: boolean;
  readonly #panels: ByteCache<Panel[]>;

  private constructor(
    rows: ChunkedRows,
    beta: number,
    options: { sketch: Sketch; arithmetic: Arithmetic; border: Border; byRows: boolean; cacheBytes: number },
  ) {
    const { sketch, arithmetic, border, byRows, cacheBytes } = options;
    this.#panels = new ByteCache(cacheBytes, disposePanels);
    this.#rows = rows;
    this.#border = border;
    this.#byRows = byRows;
    this.#beta = beta;
    this.#leastProduct = leastProduct(beta);
    this.#sketch = sketch;
    this.#arithmetic = arithmetic;
    this.chunks = border.across ? Math.ceil(border.from / rows.chunkRows) : rows.chunks;
  }

  /** Dispose it. */
  static async create(rows: ChunkedRows, beta: number, options: SearchOptions = {}): Promise<NeighbourSearch> {
    const { arithmetic = fastestArithmetic(), border = NO_BORDER, byRows = usesGpu() } = options;
    const sketch = options.sketch ?? (await chooseSketch(rows.source, leastProduct(beta), arithmetic));
    const cacheBytes = usesGpu() ? (await computingMemory()).free / 4 : CACHE_BYTES;
    return new NeighbourSearch(rows, beta, { sketch, arithmetic, border, byRows, cacheBytes });
  }

  /**
   * Emits each pair within beta of an image of the chunk and an image of the same or a later chunk, once, as the border allows.
   * `afterPanel` is awaited a few times a second with the number of pairs compared since, `workOf(chunk)` in all.
   */
  async searchChunk(chunk: number, onPair: OnPair, afterPanel: (compared: number) => Promise<void>): Promise<void> {
    const { from: border, across } = this.#border;
    const others = Array.from({ length: this.#rows.chunks - chunk }, (_, i) => chunk + i).filter(
      (other) => this.#rows.range(other).to > border,
    );
    // back and forth: the next chunk begins with what the last one left in the cache
    if (chunk % 2 === 1) others.reverse();
    for (const other of others) {
      const a = await this.#load(chunk);
      const b = other === chunk ? a : await this.#load(other);
      for (const [at, panel] of a.panels.entries()) {
        if (across && panel.from >= border) continue;
        const later = (other === chunk ? b.panels.slice(at) : b.panels).filter(({ from }) => from >= border);
        let compared = 0;
        let found: Found | undefined;
        for (const opposite of later) {
          const block = multiply(panel.operand, opposite.operand);
          // while a GPU multiplies
          if (found) this.#measure(a, b, found, onPair);
          found = this.#readPromising(block, panel, opposite);
          compared += pairsOf(panel, opposite);
        }
        if (found) this.#measure(a, b, found, onPair);
        await afterPanel(compared);
      }
    }
  }

  workOf(chunk: number): number {
    return workOf(this.#rows, chunk, this.#border);
  }

  dispose(): void {
    this.#panels.clear();
    this.#sketch.basis?.dispose();
  }

  async #load(chunk: number): Promise<Chunk> {
    const rows = await this.#rows.get(chunk);
    const { from } = this.#rows.range(chunk);
    let panels = this.#panels.get(chunk);
    if (!panels) {
      panels = this.#makePanels(rows, from);
      const size = this.#arithmetic === 'float32' ? 4 : 2;
      const bytes = panels.reduce((sum, { operand }) => sum + operand.rows * operand.width * size, 0);
      this.#panels.set(chunk, panels, bytes);
    }
    return { from, rows, panels };
  }

  #makePanels(rows: Float32Array, from: number): Panel[] {
    const { dim } = this.#rows;
    const count = rows.length / dim;
    const panels: Panel[] = [];
    const border = this.#border.from - from;
    let start = 0;
    while (start < count) {
      // a panel lies on one side of the border
      const end = Math.min(start + PANEL_ROWS, count, start < border ? border : Infinity);
      const whole = tf.tensor2d(rows.subarray(start * dim, end * dim), [end - start, dim]);
      const sketch = applySketch(whole, this.#sketch);
      panels.push({ operand: makeOperand(sketch, this.#arithmetic), from: from + start });
      tf.dispose([whole, sketch]);
      start = end;
    }
    return panels;
  }

  /** Reads the tiles back that may hold pairs, and releases the block. */
  #readPromising(block: Block, left: Panel, right: Panel): Found | undefined {
    const threshold = this.#leastProduct - this.#sketch.margin - marginOf(left.operand, right.operand);
    try {
      const indices = promisingTiles(block, left, right, threshold, this.#byRows);
      if (indices.length === 0) return undefined;
      return { left, right, tiles: block.tiles, indices, products: block.read(indices), threshold };
    } finally {
      block.dispose();
    }
  }

  #measure(a: Chunk, b: Chunk, { left, right, tiles, indices, products, threshold }: Found, onPair: OnPair): void {
    const { dim } = this.#rows;
    const beta = this.#beta;
    const limit = beta * beta * (1 + 1e-12);
    const end = right.from + right.operand.rows;
    for (let at = 0; at < indices.length; at++) {
      const i = left.from + Math.floor(indices[at]! / tiles);
      const first = right.from + (indices[at]! % tiles) * TILE;
      for (let t = 0; t < TILE; t++) {
        const j = first + t;
        if (products[at * TILE + t]! < threshold || j <= i || j >= end) continue;
        const distance = Math.sqrt(squaredDistance(a.rows, i - a.from, b.rows, j - b.from, dim, limit));
        if (distance <= beta) onPair(i, j, distance);
      }
    }
  }
}

/** Pairs that the search of a chunk compares, an image with itself included. */
export function workOf(rows: ChunkedRows, chunk: number, { from: border, across } = NO_BORDER): number {
  const { from, to } = rows.range(chunk);
  const before = Math.min(Math.max(0, border - from), to - from);
  const behind = to - from - before;
  const withLater = before * (rows.count - border);
  return across ? withLater : withLater + behind * (rows.count - to) + (behind * (behind + 1)) / 2;
}

/**
 * |a - b|^2 = |a|^2 + |b|^2 - 2 <a, b>, and float32 rows of length 1 are off by less than 1e-6.
 */
const leastProduct = (beta: number): number => 1 - (beta * beta) / 2 - 2e-6;

/** Tiles with a bound of at least the threshold; below the diagonal of a panel with itself there is nothing new. */
function promisingTiles(block: Block, left: Panel, right: Panel, threshold: number, byRows: boolean): Int32Array {
  const { tiles } = block;
  const chosen = byRows ? rowsReaching(block, left.operand.rows, threshold) : undefined;
  if (chosen?.length === 0) return chosen;
  const maxima = block.maxima(chosen);
  const rows = chosen?.length ?? left.operand.rows;
  const found: number[] = [];
  for (let at = 0; at < rows; at++) {
    const row = chosen ? chosen[at]! : at;
    const firstTile = left.from === right.from ? Math.floor(row / TILE) : 0;
    for (let tile = firstTile; tile < tiles; tile++) {
      if (maxima[at * tiles + tile]! >= threshold) found.push(row * tiles + tile);
    }
  }
  return Int32Array.from(found);
}

function pairsOf({ operand: { rows }, from }: Panel, right: Panel): number {
  return from === right.from ? (rows * (rows + 1)) / 2 : rows * right.operand.rows;
}

function disposePanels(panels: Panel[]): void {
  tf.dispose(panels.map(({ operand }) => operand.tensor));
}
