/** @file A thread that turns picture files into pixels, two at a time: one decodes while the other is resized. */

import { parentPort, workerData } from 'node:worker_threads';
import type { ClipConfig } from '../clip/config.ts';
import { loadPixels } from '../clip/preprocess.ts';
import { messageOf } from '../errors.ts';

export interface PixelRequest {
  id: number;
  file: string;
}

export type PixelReply = { id: number } & ({ pixels: Float32Array<ArrayBuffer> } | { problem: string });

const atOnce = 2;
const { config } = workerData as { config: ClipConfig };
const waiting: PixelRequest[] = [];
let working = 0;

parentPort!.on('message', (request: PixelRequest) => {
  waiting.push(request);
  if (working < atOnce) void work();
});

async function work(): Promise<void> {
  working++;
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { id, file } = next;
    try {
      const pixels = (await loadPixels(file, config)) as Float32Array<ArrayBuffer>;
      parentPort!.postMessage({ id, pixels } satisfies PixelReply, [pixels.buffer]);
    } catch (error) {
      parentPort!.postMessage({ id, problem: messageOf(error) } satisfies PixelReply);
    }
  }
  working--;
}
