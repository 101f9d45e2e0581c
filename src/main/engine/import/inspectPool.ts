/** @file Threads that look at pictures: all but the database. Few pictures are looked at here, as a thread takes a while to start. */

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { DistilleryError } from '../errors.ts';
import { decodingBudget } from '../memoryBudget.ts';
import { inspect, type Inspected, type Inspection } from './inspect.ts';
import type { InspectReply, InspectRequest } from './inspectWorker.ts';

export interface InspectPool {
  /** Pictures to be looked at together. */
  width: number;
  /** Rejects only when the pool itself fails. */
  inspect: (item: Inspected) => Promise<Inspection>;
  close: () => Promise<void>;
}

const mostThreads = 16;
/** A picture takes some milliseconds, the start of a thread about 100. */
const picturesPerThread = 64;
/** While one is decoded others are read. */
const atOncePerThread = 4;

/** A pool for `pictures` of them, null where nobody knows. */
export function createInspectPool(pictures: number | null): InspectPool {
  const most = Math.min(availableParallelism(), mostThreads);
  const threads = Math.min(most, Math.floor((pictures ?? Infinity) / picturesPerThread));
  if (threads === 0) {
    return { width: atOncePerThread, inspect: (item) => inspect(item), close: () => Promise.resolve() };
  }
  const memory = decodingBudget();
  const waiting = new Map<number, { resolve: (inspection: Inspection) => void; reject: (error: Error) => void }>();
  let failure: Error | undefined;
  const failAll = (error: unknown): void => {
    failure = new DistilleryError('A thread that looks at pictures ended. Run the same command again.', {
      cause: error,
    });
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  const workers = Array.from({ length: threads }, () => {
    const worker = new Worker(new URL('./inspectWorker.ts', import.meta.url), { workerData: memory.shared });
    worker.on('message', ({ id, inspection }: InspectReply) => {
      waiting.get(id)?.resolve(inspection);
      waiting.delete(id);
    });
    worker.on('error', failAll);
    return worker;
  });
  let next = 0;
  return {
    width: threads * atOncePerThread,
    inspect: ({ file, part, checksum, modified, problem }) =>
      new Promise((resolve, reject) => {
        if (failure) throw failure;
        const id = next++;
        waiting.set(id, { resolve, reject });
        const request: InspectRequest = { id, item: { file, part, checksum, modified, problem } };
        workers[id % threads]!.postMessage(request);
      }),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
      failAll('closed');
    },
  };
}
