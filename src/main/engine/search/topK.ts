/** @file The k best of a stream of scored things, in a fixed order whatever the order they come in. */

export interface Scored {
  id: number;
  score: number;
}

/** Keeps the `k` highest scores; of equal ones those of the smaller id. A heap with the worst kept one at its root. */
export class TopK {
  readonly #k: number;
  readonly #heap: Scored[] = [];

  constructor(k: number) {
    this.#k = k;
  }

  /** A score below this one cannot enter any more. */
  get floor(): number {
    return this.#heap.length < this.#k ? -Infinity : this.#heap[0]!.score;
  }

  add(id: number, score: number): void {
    const heap = this.#heap;
    const one = { id, score };
    if (heap.length < this.#k) {
      heap.push(one);
      this.#up(heap.length - 1);
    } else if (heap.length > 0 && isWorse(heap[0]!, one)) {
      heap[0] = one;
      this.#down();
    }
  }

  /** Best first. */
  sorted(): Scored[] {
    return this.#heap.toSorted((a, b) => b.score - a.score || a.id - b.id);
  }

  #up(at: number): void {
    const heap = this.#heap;
    for (let child = at; child > 0;) {
      const parent = (child - 1) >> 1;
      if (!isWorse(heap[child]!, heap[parent]!)) return;
      this.#swap(child, parent);
      child = parent;
    }
  }

  #down(): void {
    const heap = this.#heap;
    for (let parent = 0; ;) {
      let worst = parent;
      for (const child of [2 * parent + 1, 2 * parent + 2]) {
        if (child < heap.length && isWorse(heap[child]!, heap[worst]!)) worst = child;
      }
      if (worst === parent) return;
      this.#swap(worst, parent);
      parent = worst;
    }
  }

  #swap(a: number, b: number): void {
    const held = this.#heap[a]!;
    this.#heap[a] = this.#heap[b]!;
    this.#heap[b] = held;
  }
}

const isWorse = (a: Scored, b: Scored): boolean => a.score < b.score || (a.score === b.score && a.id > b.id);
