/** @file The smallest of many values without sorting them all: a heap whose root is the worst that is kept. */

export interface Ranked {
  value: number;
  row: number;
}

/** Keeps the `most` entries with the smallest values; of equal values the lowest rows. */
export class Smallest {
  readonly #most: number;
  readonly #heap: Ranked[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  offer(value: number, row: number): void {
    const heap = this.#heap;
    if (heap.length < this.#most) {
      heap.push({ value, row });
      this.#rise(heap.length - 1);
    } else if (heap.length > 0 && (value < heap[0]!.value || (value === heap[0]!.value && row < heap[0]!.row))) {
      heap[0] = { value, row };
      this.#sink();
    }
  }

  /** Ascending. */
  sorted(): Ranked[] {
    return this.#heap.toSorted(compare);
  }

  #rise(start: number): void {
    const heap = this.#heap;
    for (let at = start; at > 0;) {
      const parent = (at - 1) >> 1;
      if (compare(heap[at]!, heap[parent]!) <= 0) return;
      [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
      at = parent;
    }
  }

  #sink(): void {
    const heap = this.#heap;
    for (let at = 0; ;) {
      let largest = at;
      for (let child = 2 * at + 1; child <= 2 * at + 2 && child < heap.length; child++) {
        if (compare(heap[child]!, heap[largest]!) > 0) largest = child;
      }
      if (largest === at) return;
      [heap[at], heap[largest]] = [heap[largest]!, heap[at]!];
      at = largest;
    }
  }
}

const compare = (a: Ranked, b: Ranked): number => a.value - b.value || a.row - b.row;
