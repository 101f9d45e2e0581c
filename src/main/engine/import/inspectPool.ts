/** @file Threads that look at pictures: all but the database. Few pictures are looked at here, as a thread takes a while to start. */

import { decodingBudget } from '../memoryBudget.ts';
import { createThreadPool, mostThreads } from '../threadPool.ts';
import { inspect, type Inspected, type Inspection } from './inspect.ts';
import type { InspectReply, InspectRequest } from './inspectWorker.ts';

export interface InspectPool {
  /** Pictures to be looked at together. */
  width: number;
  /** Rejects only when the pool itself fails. */
  inspect: (item: Inspected) => Promise<Inspection>;
  close: () => Promise<void>;
}

/** A picture takes some milliseconds, the start of a thread about 100. */
const picturesPerThread = 64;
/** While one is decoded others are read. */
const atOncePerThread = 4;

/** A pool for `pictures` of them, null where nobody knows. */
export function createInspectPool(pictures: number | null): InspectPool {
  const threads = Math.min(mostThreads(), Math.floor((pictures ?? Infinity) / picturesPerThread));
  if (threads === 0) {
    return { width: atOncePerThread, inspect: (item) => inspect(item), close: () => Promise.resolve() };
  }
  const { ask, close } = createThreadPool<InspectRequest, InspectReply>(
    new URL('./inspectWorker.ts', import.meta.url),
    {
      ...{ threads, workerData: decodingBudget().shared },
      task: 'looks at pictures',
    },
  );
  return {
    width: threads * atOncePerThread,
    inspect: async ({ file, part, checksum, modified, problem }) => {
      const { inspection } = await ask({ item: { file, part, checksum, modified, problem } });
      return inspection;
    },
    close,
  };
}
