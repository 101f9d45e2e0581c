/**
 * @file Which centres a row need not meet again, by the triangle inequality of angles: a centre that moved by less than
 * the gap between a row's own centre and all others cannot have become the nearest. This joins Hamerly's bound (2010: one
 * number a row for all other centres) with that of Kaukoranta, Franti and Nevalainen (2000: only centres that moved count).
 */

/** More than what rounding does to products of vectors of length 1 +- 1e-7. */
const SLACK = 1e-6;

/** Centres in falling order of their movement. */
export interface Movement {
  /** Numbers of the centres `[k]`. */
  order: Uint32Array;
  /** Their angles, `[k]`. */
  angles: Float64Array;
  /** The same by number of the centre. */
  byCentre: Float64Array;
}

/** Upper bound of the angle between a centre before and after, from the length of their difference. */
export const movementAngle = (length: number): number =>
  length === 0 ? 0 : 2 * Math.asin(Math.min(1, length / 2 + SLACK));

export function movementOf(byCentre: Float64Array): Movement {
  const order = Uint32Array.from(byCentre.keys()).sort((a, b) => byCentre[b]! - byCentre[a]! || a - b);
  return { order, angles: Float64Array.from(order, (centre) => byCentre[centre]!), byCentre };
}

const atMost = (product: number): number => Math.acos(Math.max(-1, Math.min(1, product - SLACK)));
const atLeast = (product: number): number => Math.acos(Math.max(-1, Math.min(1, product + SLACK)));

export class Bounds {
  /** No other centre is nearer than this angle `[n]`. */
  readonly #others: Float32Array;
  /** The own centre is no farther than this angle `[n]`. */
  readonly #own: Float32Array;

  constructor(rows: number) {
    this.#others = new Float32Array(rows);
    this.#own = new Float32Array(rows).fill(Math.PI);
  }

  /** True when no centre can have become nearer to the row than its own; then the bounds follow the movement. */
  settled(row: number, label: number, { angles, byCentre }: Movement): boolean {
    const own = this.#own[row]! + byCentre[label]! + SLACK;
    const others = this.#others[row]! - angles[0]! - SLACK;
    if (own >= others) return false;
    this.#own[row] = own;
    this.#others[row] = others;
    return true;
  }

  /** How many of the centres in their order the row must meet, from its exact product with its own centre. */
  needs(row: number, product: number, { angles }: Movement): number {
    const own = atMost(product);
    this.#own[row] = own;
    const gap = this.#others[row]! - own - SLACK;
    if (gap <= 0) return angles.length;
    let [low, high] = [0, angles.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (angles[middle]! >= gap) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * After a row met the first `met` centres of the order (all, where there is none).
   * @param product with its own centre, NaN where it is not known.
   * @param second no other centre that it met has a larger product.
   */
  update(row: number, product: number, second: number, met: number, movement: Movement | undefined): void {
    this.#own[row] = Number.isNaN(product) ? Math.PI : atMost(product);
    const unmet = movement && met < movement.angles.length ? this.#others[row]! - movement.angles[met]! : Infinity;
    this.#others[row] = Math.min(atLeast(second), unmet) - SLACK;
  }
}
