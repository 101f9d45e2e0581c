/** @file Threads that answer requests, for work that would block the one that computes. */

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { DistilleryError } from './errors.ts';

/** A message to a thread, or its reply: the reply has the number of the request. */
export type Numbered<T> = T & { id: number };

export interface ThreadPool<Request, Reply> {
  /** Rejects only when the pool itself fails. Threads take turns, or the same number always asks the same one. */
  ask: (request: Request, thread?: number) => Promise<Reply>;
  close: () => Promise<void>;
}

/** As many threads as there are processors, and no more than pay off. */
export const mostThreads = (): number => Math.min(availableParallelism(), 16);

/**
 * @param file answers each `Numbered<Request>` with a `Numbered<Reply>`
 * @param task what a thread does, to be told when one ends
 */
export function createThreadPool<Request extends object, Reply extends object>(
  file: URL,
  { threads, workerData, task }: { threads: number; workerData: unknown; task: string },
): ThreadPool<Request, Reply> {
  const waiting = new Map<number, { resolve: (reply: Reply) => void; reject: (error: Error) => void }>();
  let failure: Error | undefined;
  const failAll = (error: unknown): void => {
    failure = new DistilleryError(`A thread that ${task} ended. Run the same command again.`, { cause: error });
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  const workers = Array.from({ length: threads }, () => {
    const worker = new Worker(file, { workerData });
    worker.on('message', (reply: Numbered<Reply>) => {
      waiting.get(reply.id)?.resolve(reply);
      waiting.delete(reply.id);
    });
    worker.on('error', failAll);
    return worker;
  });
  let next = 0;
  return {
    ask: (request, thread) =>
      new Promise((resolve, reject) => {
        if (failure) throw failure;
        const id = next++;
        waiting.set(id, { resolve, reject });
        // in turn: the main thread may be busy for seconds and cannot hand out work when a thread is free
        workers[(thread ?? id) % threads]!.postMessage({ ...request, id } satisfies Numbered<Request>);
      }),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
      failAll('closed');
    },
  };
}
