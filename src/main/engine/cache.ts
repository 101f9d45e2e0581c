/** @file Keeps the most recently used values within a number of bytes, so that memory is bounded by a budget and not by the data. */

/** Values by number, evicted oldest first. The two newest always stay: a caller that works on a pair may hold both. */
export class ByteCache<V> {
  readonly #budget: number;
  readonly #release: (value: V) => void;
  readonly #entries = new Map<number, { value: V; bytes: number }>();
  #bytes = 0;

  constructor(budgetBytes: number, release: (value: V) => void = () => undefined) {
    this.#budget = budgetBytes;
    this.#release = release;
  }

  get(key: number): V | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: number, value: V, bytes: number): void {
    this.#entries.set(key, { value, bytes });
    this.#bytes += bytes;
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.#budget || this.#entries.size <= 2) return;
      this.#drop(oldest, entry);
    }
  }

  clear(): void {
    for (const [key, entry] of this.#entries) this.#drop(key, entry);
  }

  #drop(key: number, entry: { value: V; bytes: number }): void {
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
    this.#release(entry.value);
  }
}
