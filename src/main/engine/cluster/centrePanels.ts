/** @file Centres on the device, panel by panel in a given order; what does not fit into the budget is made again when it is met. */

import type { Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { ByteCache } from '../cache.ts';
import { tf } from '../runtime/backend.ts';
import { makeOperand, PANEL_ROWS, type Arithmetic, type Operand } from '../runtime/similarity.ts';
import { applySketch, wholeRows, type Sketch } from '../runtime/sketch.ts';

/** Centres of a panel. */
export const PANEL = PANEL_ROWS;
/** A million centres of 1,024 dimensions fit in bfloat16. */
const HELD_BYTES = 2 ** 32;

export interface PanelOptions {
  /** `[k]`; as they are where it is left out. */
  order?: Uint32Array | undefined;
  /** Panels are sketches of the centres. */
  sketch?: Sketch | undefined;
  heldBytes?: number;
}

export class CentrePanels {
  readonly centres: number;
  readonly #vectors: Float32Array;
  readonly #dim: number;
  readonly #arithmetic: Arithmetic;
  readonly #order: Uint32Array;
  readonly #sketch: Sketch;
  readonly #held: ByteCache<Operand>;

  /** Centres `[k, dim]`. Dispose it. */
  constructor(
    vectors: Float32Array,
    dim: number,
    arithmetic: Arithmetic,
    { order, sketch = wholeRows, heldBytes = HELD_BYTES }: PanelOptions = {},
  ) {
    this.centres = vectors.length / dim;
    this.#vectors = vectors;
    this.#dim = dim;
    this.#arithmetic = arithmetic;
    this.#sketch = sketch;
    this.#order = order ?? Uint32Array.from({ length: this.centres }, (_, centre) => centre);
    this.#held = new ByteCache<Operand>(heldBytes, ({ tensor }) => {
      tensor.dispose();
    });
  }

  /** Visits the panels of the first `count` centres of the order: place of its first centre, their numbers, the panel. */
  forEach(count: number, visit: (first: number, ids: Uint32Array, panel: Operand) => void): void {
    for (let first = 0; first < count; first += PANEL) {
      const ids = this.#order.subarray(first, first + PANEL);
      visit(first, ids, this.#panel(first / PANEL, ids));
    }
  }

  dispose(): void {
    this.#held.clear();
  }

  #panel(at: number, ids: Uint32Array): Operand {
    const held = this.#held.get(at);
    if (held) return held;
    const dim = this.#dim;
    const rows = new Float32Array(ids.length * dim);
    for (const [row, id] of ids.entries()) rows.set(this.#vectors.subarray(id * dim, (id + 1) * dim), row * dim);
    const matrix = tf.tensor2d(rows, [ids.length, dim]);
    const panel = sketchedOperand(matrix, this.#sketch, this.#arithmetic);
    this.#held.set(at, panel, ids.length * panel.width * (this.#arithmetic === 'bfloat16' ? 2 : 4));
    return panel;
  }
}

/** Of rows `[n, dim]`, which it disposes. */
export function sketchedOperand(matrix: Tensor2D, sketch: Sketch, arithmetic: Arithmetic): Operand {
  const sketched = applySketch(matrix, sketch);
  const operand = makeOperand(sketched, arithmetic);
  tf.dispose([matrix, sketched]);
  return operand;
}
