/** @file The points of a map as typed arrays: decoded from the bytes of `map.points`, found again by place. */

import { mapHeader, type MapHeader } from '../../preload/search.ts';

export interface MapPoints extends MapHeader {
  /** `[n, 2]`, in the map's own units. */
  positions: Float32Array;
  /** Ids, `[n]`. */
  samples: Int32Array;
  /** `[n]`; -1: in none. */
  cluster: Int32Array;
  /** `[n]`; 0: none, else number in `labels` + 1. */
  label: Uint16Array;
  /** `[n]`; 1: removed by balance. */
  removed: Uint8Array;
}

/** @throws for bytes that are not in the layout of the contract */
export function decodeMap(bytes: Uint8Array): MapPoints {
  // columns are views, and those need an offset that is a multiple of their size
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const { buffer, byteOffset } = aligned;
  const headerLength = new DataView(buffer, byteOffset).getUint32(0, true);
  const text = new TextDecoder().decode(aligned.subarray(4, 4 + headerLength));
  const header = mapHeader.parse(JSON.parse(text));
  const n = header.images;
  let at = byteOffset + 4 + Math.ceil(headerLength / 4) * 4;
  const take = (size: number): number => {
    at += size;
    return at - size;
  };
  if (at + n * 19 !== byteOffset + aligned.byteLength) throw new Error(`The map of ${n} points is damaged.`);
  return {
    ...header,
    positions: new Float32Array(buffer, take(8 * n), 2 * n),
    samples: new Int32Array(buffer, take(4 * n), n),
    cluster: new Int32Array(buffer, take(4 * n), n),
    label: new Uint16Array(buffer, take(2 * n), n),
    removed: new Uint8Array(buffer, take(n), n),
  };
}

export interface Box {
  left: number;
  bottom: number;
  right: number;
  top: number;
}

/** The smallest box around all points. */
export function boundsOf(positions: Float32Array): Box {
  const box = { left: Infinity, bottom: Infinity, right: -Infinity, top: -Infinity };
  for (let i = 0; i < positions.length; i += 2) {
    const [x, y] = [positions[i]!, positions[i + 1]!];
    if (x < box.left) box.left = x;
    if (x > box.right) box.right = x;
    if (y < box.bottom) box.bottom = y;
    if (y > box.top) box.top = y;
  }
  return positions.length === 0 ? { left: 0, bottom: 0, right: 0, top: 0 } : box;
}

/** Points in square cells, so that the nearest one is found without a look at all. */
export class PointGrid {
  readonly #positions: Float32Array;
  readonly #box: Box;
  readonly #side: number;
  readonly #columns: number;
  readonly #rows: number;
  /** First point of each cell in `#order`, and the end. */
  readonly #starts: Uint32Array;
  readonly #order: Uint32Array;

  constructor(positions: Float32Array) {
    const n = positions.length / 2;
    const box = boundsOf(positions);
    const [width, height] = [box.right - box.left, box.top - box.bottom];
    this.#positions = positions;
    this.#box = box;
    // about two points a cell, were they spread evenly
    this.#side = Math.max(Math.sqrt((width * height * 2) / Math.max(1, n)), Math.max(width, height) / 2048, 1e-12);
    this.#columns = Math.floor(width / this.#side) + 1;
    this.#rows = Math.floor(height / this.#side) + 1;
    this.#starts = new Uint32Array(this.#columns * this.#rows + 1);
    this.#order = new Uint32Array(n);
    const cells = new Uint32Array(n);
    for (let i = 0; i < n; i++) {
      cells[i] = this.#row(positions[2 * i + 1]!) * this.#columns + this.#column(positions[2 * i]!);
      this.#starts[cells[i]! + 1]!++;
    }
    for (let cell = 1; cell < this.#starts.length; cell++) this.#starts[cell]! += this.#starts[cell - 1]!;
    const next = this.#starts.slice();
    for (let i = 0; i < n; i++) this.#order[next[cells[i]!]!++] = i;
  }

  /** Number of the point nearest to a place, within `radius`; undefined where none is. */
  nearest(x: number, y: number, radius: number): number | undefined {
    let [best, distance] = [-1, radius ** 2];
    const positions = this.#positions;
    for (let row = this.#row(y - radius); row <= this.#row(y + radius); row++) {
      for (let column = this.#column(x - radius); column <= this.#column(x + radius); column++) {
        const cell = row * this.#columns + column;
        for (let at = this.#starts[cell]!; at < this.#starts[cell + 1]!; at++) {
          const i = this.#order[at]!;
          const squares = (positions[2 * i]! - x) ** 2 + (positions[2 * i + 1]! - y) ** 2;
          if (squares < distance || (squares === distance && best === -1)) [best, distance] = [i, squares];
        }
      }
    }
    return best === -1 ? undefined : best;
  }

  #column(x: number): number {
    return Math.min(this.#columns - 1, Math.max(0, Math.floor((x - this.#box.left) / this.#side)));
  }

  #row(y: number): number {
    return Math.min(this.#rows - 1, Math.max(0, Math.floor((y - this.#box.bottom) / this.#side)));
  }
}

/** Numbers of the points inside of a closed line `[m, 2]`, by the even-odd rule; ascending. */
export function pointsInside(positions: Float32Array, line: Float32Array): number[] {
  const box = boundsOf(line);
  const inside: number[] = [];
  for (let i = 0; i < positions.length / 2; i++) {
    const [x, y] = [positions[2 * i]!, positions[2 * i + 1]!];
    if (x < box.left || x > box.right || y < box.bottom || y > box.top) continue;
    if (isInside(x, y, line)) inside.push(i);
  }
  return inside;
}

function isInside(x: number, y: number, line: Float32Array): boolean {
  let inside = false;
  for (let i = 0, j = line.length - 2; i < line.length; j = i, i += 2) {
    const [xi, yi, xj, yj] = [line[i]!, line[i + 1]!, line[j]!, line[j + 1]!];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}
