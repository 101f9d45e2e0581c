/**
 * @file Threads that decode pictures while the main thread computes. Resizing as Pillow does it is plain
 * JavaScript, and a session that runs blocks the thread it is in.
 */

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { EmbeddingConfig } from './towers.ts';
import { DistilleryError } from '../errors.ts';
import type { PictureSource } from '../pictureSource.ts';
import { decodingBudget } from '../memoryBudget.ts';
import type { PixelReply, PixelRequest, PixelWorkerData } from './pixelWorker.ts';

export type Pixels = { pixels: Uint8Array } | { problem: string };

export interface LoadOptions {
  /** A random resized crop that follows from this seed, in place of the inference preprocessing. */
  cropSeed?: number[];
  /** Will be loaded again: its thread keeps the decoded picture while there is room. The number chooses the thread. */
  keepAs?: number;
  /** sha256 that the file had; another one is a problem. */
  hash?: string | undefined;
}

export interface PixelPool {
  /** Bytes R, G, B `[h, w, 3]`, or why there are none. Rejects only when the pool itself fails. */
  load: (picture: PictureSource, options?: LoadOptions) => Promise<Pixels>;
  close: () => Promise<void>;
}

/** Decoded pictures that all threads together keep; small sets are decoded once. */
const keptBytes = 1 << 30;

interface Waiting {
  resolve: (pixels: Pixels) => void;
  reject: (error: Error) => void;
}

/** A pool for about `pictures` of them: a thread takes a while to start and pays off after some. */
export function createPixelPool(config: EmbeddingConfig, pictures: number): PixelPool {
  const threads = Math.min(availableParallelism(), 16, Math.ceil(pictures / 16));
  const memory = decodingBudget().shared;
  const waiting = new Map<number, Waiting>();
  let failure: Error | undefined;
  const failAll = (error: unknown): void => {
    failure = new DistilleryError('A thread that decodes pictures ended. Run the same command again.', {
      cause: error,
    });
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  const workers = Array.from({ length: threads }, () => {
    const workerData: PixelWorkerData = { config, keptBytes: keptBytes / threads, memory };
    const worker = new Worker(new URL('./pixelWorker.ts', import.meta.url), { workerData });
    worker.on('message', ({ id, ...result }: PixelReply) => {
      waiting.get(id)?.resolve(result);
      waiting.delete(id);
    });
    worker.on('error', failAll);
    return worker;
  });
  let next = 0;
  return {
    load: (picture, { cropSeed, keepAs, hash } = {}) =>
      new Promise((resolve, reject) => {
        if (failure) throw failure;
        const id = next++;
        waiting.set(id, { resolve, reject });
        // in turn: the main thread may be busy for seconds and cannot hand out work when a thread is free
        const request: PixelRequest = { id, picture, cropSeed, keep: keepAs !== undefined, hash };
        workers[(keepAs ?? id) % threads]!.postMessage(request);
      }),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
      failAll('closed');
    },
  };
}
