/** @file A share of memory that threads take from and give back, so that many large pictures at once do not fill the machine. */

const unit = 1 << 20;

/** A part of a budget. */
export interface Hold {
  /** Another size from now on; waits for room as {@link MemoryBudget.take} does. */
  resize: (bytes: number) => Promise<void>;
  /** Gives all of it back; a second call does nothing. */
  release: () => void;
}

/** Counts in MiB. Whoever wants more than there is gets all of it: one large picture goes alone, it is not refused. */
export class MemoryBudget {
  /** `[free, total]`; hand it to a thread and make a budget of it there. */
  readonly shared: Int32Array<SharedArrayBuffer>;

  constructor(bytesOrShared: number | Int32Array<SharedArrayBuffer>) {
    if (typeof bytesOrShared !== 'number') {
      this.shared = bytesOrShared;
      return;
    }
    this.shared = new Int32Array(new SharedArrayBuffer(8));
    this.shared.fill(Math.max(1, Math.floor(bytesOrShared / unit)));
  }

  /** Waits until so many bytes are free. Large ones may be overtaken by small ones. */
  async take(bytes: number): Promise<Hold> {
    let held = await this.acquire(bytes);
    const release = (): void => {
      if (held === 0) return;
      Atomics.add(this.shared, 0, held);
      Atomics.notify(this.shared, 0);
      held = 0;
    };
    // giving back first: two that hold a part and wait for more would wait for ever
    const resize = async (size: number): Promise<void> => {
      release();
      held = await this.acquire(size);
    };
    return { resize, release };
  }

  private async acquire(bytes: number): Promise<number> {
    const wanted = Math.min(Math.ceil(bytes / unit), this.shared[1]!);
    for (;;) {
      const free = Atomics.load(this.shared, 0);
      if (free < wanted) await Atomics.waitAsync(this.shared, 0, free).value;
      else if (Atomics.compareExchange(this.shared, 0, free, free - wanted) === free) return wanted;
    }
  }
}

/** Bytes that a job may plan with: what is free, and no more than `DISTILLERY_MEMORY` bytes where that is set. */
export function usableMemory(): number {
  const limit = Number(process.env['DISTILLERY_MEMORY'] ?? NaN);
  return limit > 0 ? Math.min(process.availableMemory(), limit) : process.availableMemory();
}

/** What decoding may take in all: a quarter of the usable memory. */
export const decodingBudget = (): MemoryBudget => new MemoryBudget(Math.max(2 ** 30, usableMemory() / 4));
