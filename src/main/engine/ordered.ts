/** @file Streams with several items in work at once, results in order. */

/**
 * Runs `work` on up to `width` items at once and yields the results in the order of the items.
 * `width` items stay in work while the consumer is busy. Leaving early waits for what was started.
 */
export async function* mapOrdered<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  width: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const started: Promise<R>[] = [];
  try {
    for await (const item of items) {
      const result = work(item);
      // a failure surfaces when its turn comes; until then it is not an unhandled one
      result.catch(() => undefined);
      started.push(result);
      if (started.length >= width) yield await started.shift()!;
    }
    while (started.length > 0) yield await started.shift()!;
  } finally {
    await Promise.allSettled(started);
  }
}

/** Groups of `size` items; the last one may be smaller. */
export async function* inBatches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[], void, undefined> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
