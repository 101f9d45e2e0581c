/**
 * @file Which pairs belong to the k nearest of one of their images (ties: the lower row first). Three passes over the
 * pairs, in any order: `count`, then `collect` where an image has more than k, then ask `keeps`.
 * Memory: k entries for each image with more than k neighbours, none for the others.
 */

export class NearestOfEach {
  readonly #k: number;
  readonly #degree: Int32Array;
  /** Position of a crowded image's heap. */
  #slot = new Int32Array(0);
  #size = new Int32Array(0);
  /** Heaps with the farthest neighbour on top, `[crowded, k]`. */
  #distance = new Float64Array(0);
  #row = new Int32Array(0);

  constructor(images: number, k: number) {
    this.#k = k;
    this.#degree = new Int32Array(images);
  }

  count(i: number, j: number): void {
    this.#degree[i]!++;
    this.#degree[j]!++;
  }

  /** Makes room to collect; false when no image has more than k neighbours and all pairs are kept. */
  prepare(): boolean {
    const crowded = this.#degree.reduce((sum, degree) => sum + (degree > this.#k ? 1 : 0), 0);
    if (crowded === 0) return false;
    let next = 0;
    this.#slot = this.#degree.map((degree) => (degree > this.#k ? next++ : -1));
    this.#size = new Int32Array(crowded);
    this.#distance = new Float64Array(crowded * this.#k);
    this.#row = new Int32Array(crowded * this.#k);
    return true;
  }

  collect(i: number, j: number, distance: number): void {
    this.#offer(i, j, distance);
    this.#offer(j, i, distance);
  }

  /** True when j is among the k nearest of i, or i among those of j. */
  keeps(i: number, j: number, distance: number): boolean {
    return this.#holds(i, j, distance) || this.#holds(j, i, distance);
  }

  #holds(image: number, neighbour: number, distance: number): boolean {
    const slot = this.#slot.length === 0 ? -1 : this.#slot[image]!;
    if (slot < 0) return true;
    const top = slot * this.#k;
    return distance < this.#distance[top]! || (distance === this.#distance[top]! && neighbour <= this.#row[top]!);
  }

  #offer(image: number, neighbour: number, distance: number): void {
    const slot = this.#slot[image]!;
    if (slot < 0) return;
    const base = slot * this.#k;
    if (this.#size[slot]! < this.#k) {
      this.#siftUp(base, this.#size[slot]!++, distance, neighbour);
    } else if (this.#holds(image, neighbour, distance)) {
      this.#siftDown(base, distance, neighbour);
    }
  }

  #siftUp(base: number, at: number, distance: number, row: number): void {
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isNearer(base + parent, distance, row)) break;
      this.#move(base, parent, at);
      at = parent;
    }
    this.#put(base + at, distance, row);
  }

  /** Replaces the top. */
  #siftDown(base: number, distance: number, row: number): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#k) break;
      const other = base + child + 1;
      if (child + 1 < this.#k && this.#isNearer(base + child, this.#distance[other]!, this.#row[other]!)) child++;
      if (this.#isNearer(base + child, distance, row)) break;
      this.#move(base, child, at);
      at = child;
    }
    this.#put(base + at, distance, row);
  }

  /** True when the entry is nearer than the given one. */
  #isNearer(entry: number, distance: number, row: number): boolean {
    return this.#distance[entry]! < distance || (this.#distance[entry]! === distance && this.#row[entry]! < row);
  }

  #move(base: number, from: number, to: number): void {
    this.#put(base + to, this.#distance[base + from]!, this.#row[base + from]!);
  }

  #put(entry: number, distance: number, row: number): void {
    this.#distance[entry] = distance;
    this.#row[entry] = row;
  }
}
