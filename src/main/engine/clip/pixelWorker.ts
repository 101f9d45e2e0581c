/** @file A thread that turns picture files into pixels, two at a time: one decodes while the other is resized. */

import { parentPort, workerData } from 'node:worker_threads';
import type { EmbeddingConfig } from './towers.ts';
import { inferencePixels, randomResizedCrop, withPicture, type Decoded } from './preprocess.ts';
import { messageOf } from '../errors.ts';
import { MemoryBudget } from '../memoryBudget.ts';
import { nameOfPicture, type PictureSource } from '../pictureSource.ts';
import { randomStream } from '../random.ts';
import type { Numbered } from '../threadPool.ts';

export interface PixelRequest {
  picture: PictureSource;
  cropSeed: number[] | undefined;
  keep: boolean;
  hash: string | undefined;
}

export interface PixelWorkerData {
  config: EmbeddingConfig;
  /** Decoded pictures that this thread keeps, in bytes. */
  keptBytes: number;
  /** What all threads together decode into. */
  memory: MemoryBudget['shared'];
}

type Reply = Numbered<{ pixels: Uint8Array<ArrayBuffer> } | { problem: string }>;

const atOnce = 2;
const { config, keptBytes, memory: shared } = workerData as PixelWorkerData;
const memory = new MemoryBudget(shared);
const kept = new Map<string, Decoded>();
let bytes = 0;
const waiting: Numbered<PixelRequest>[] = [];
let working = 0;

parentPort!.on('message', (request: Numbered<PixelRequest>) => {
  waiting.push(request);
  if (working < atOnce) void work();
});

async function work(): Promise<void> {
  working++;
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { id } = next;
    try {
      const pixels = (await load(next)) as Uint8Array<ArrayBuffer>;
      parentPort!.postMessage({ id, pixels } satisfies Reply, [pixels.buffer]);
    } catch (error) {
      parentPort!.postMessage({ id, problem: messageOf(error) } satisfies Reply);
    }
  }
  working--;
}

async function load({ picture: source, cropSeed, keep, hash }: PixelRequest): Promise<Uint8Array> {
  const name = nameOfPicture(source);
  const pixelsOf = (picture: Decoded): Uint8Array =>
    cropSeed ? randomResizedCrop(picture, config, randomStream(...cropSeed)) : inferencePixels(picture, config);
  const known = kept.get(name);
  if (known) return pixelsOf(known);
  return withPicture(
    source,
    (picture) => {
      if (keep && !kept.has(name) && bytes + picture.data.byteLength <= keptBytes) {
        kept.set(name, picture);
        bytes += picture.data.byteLength;
      }
      return pixelsOf(picture);
    },
    { memory, hash },
  );
}
