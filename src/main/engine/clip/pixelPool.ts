/**
 * @file Threads that decode pictures while the main thread computes. Resizing as Pillow does it is plain
 * JavaScript, and a session that runs blocks the thread it is in.
 */

import type { EmbeddingConfig } from './towers.ts';
import type { PictureSource } from '../pictureSource.ts';
import { decodingBudget } from '../memoryBudget.ts';
import { createThreadPool, mostThreads } from '../threadPool.ts';
import type { PixelRequest, PixelWorkerData } from './pixelWorker.ts';

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

/** A pool for about `pictures` of them: a thread takes a while to start and pays off after some. */
export function createPixelPool(config: EmbeddingConfig, pictures: number): PixelPool {
  const threads = Math.min(mostThreads(), Math.ceil(pictures / 16));
  const workerData: PixelWorkerData = { config, keptBytes: keptBytes / threads, memory: decodingBudget().shared };
  const { ask, close } = createThreadPool<PixelRequest, Pixels>(new URL('./pixelWorker.ts', import.meta.url), {
    ...{ threads, workerData },
    task: 'decodes pictures',
  });
  return {
    load: (picture, { cropSeed, keepAs, hash } = {}) =>
      ask({ picture, cropSeed, keep: keepAs !== undefined, hash }, keepAs),
    close,
  };
}
