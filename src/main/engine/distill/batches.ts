/** @file Pictures for the steps: decoded in sharp's threads while a step computes, cropped at random from (seed, step, sample). */

import type { ClipConfig } from '../clip/config.ts';
import { decode, loadPixels, randomResizedCrop, type Decoded } from '../clip/preprocess.ts';
import { messageOf } from '../errors.ts';
import { mapOrdered } from '../ordered.ts';
import { randomStream } from '../random.ts';
import type { StageContext } from '../progress.ts';
import type { DistillOptions } from './options.ts';
import { batchRows } from './sampling.ts';
import type { TrainingSet } from './trainingSet.ts';

export interface PictureBatch {
  step: number;
  /** Rows of the training set, `[batch]`. */
  rows: Uint32Array;
  /** `[batch, h, w, 3]` */
  pixels: Float32Array;
}

/** Decoded pictures stay in memory up to this size; small sets are decoded once. */
const cacheBytes = 1 << 30;
const crop = 0xc407; // separates this stream from the other random choices

/** The batches of steps `from` to `to` in order; one batch is prepared ahead. */
export async function* pictureBatches(
  set: TrainingSet,
  config: ClipConfig,
  options: DistillOptions,
  steps: { from: number; to: number },
  context: StageContext,
): AsyncGenerator<PictureBatch, void, undefined> {
  const loader = new PictureLoader(set, config, options, context);
  const { from, to } = steps;
  const wanted = Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
  yield* mapOrdered(wanted, 2, (step) => loader.batch(step));
}

class PictureLoader {
  private readonly cache = new Map<number, Decoded | Float32Array>();
  private cachedBytes = 0;
  private readonly reported = new Set<number>();
  private readonly set: TrainingSet;
  private readonly config: ClipConfig;
  private readonly options: DistillOptions;
  private readonly context: StageContext;

  constructor(set: TrainingSet, config: ClipConfig, options: DistillOptions, context: StageContext) {
    this.set = set;
    this.config = config;
    this.options = options;
    this.context = context;
  }

  async batch(step: number): Promise<PictureBatch> {
    const { batch, seed } = this.options;
    const rows = batchRows(step, this.set.ids.length, batch, seed);
    const size = this.config.vision.imageSize ** 2 * 3;
    const pixels = new Float32Array(batch * size);
    let at = 0;
    for await (const picture of mapOrdered(rows, 8, (row) => this.picture(row, step))) {
      pixels.set(picture, size * at++);
    }
    return { step, rows, pixels };
  }

  /** A picture that cannot be read any more is grey, and named once: one bad file does not stop a run. */
  private async picture(row: number, step: number): Promise<Float32Array> {
    try {
      if (!this.options.augment) {
        return await this.remember(
          row,
          () => loadPixels(this.set.files[row]!, this.config),
          (pixels) => pixels.byteLength,
        );
      }
      const decoded = await this.remember(
        row,
        () => decode(this.set.files[row]!),
        ({ data }) => data.byteLength,
      );
      return randomResizedCrop(decoded, this.config, randomStream(crop, this.options.seed, step, this.set.ids[row]!));
    } catch (error) {
      if (!this.reported.has(row)) this.context.log(`${this.set.files[row]!} is left out: ${messageOf(error)}`);
      this.reported.add(row);
      return new Float32Array(this.config.vision.imageSize ** 2 * 3);
    }
  }

  private async remember<T extends Decoded | Float32Array>(
    row: number,
    load: () => Promise<T>,
    bytes: (value: T) => number,
  ): Promise<T> {
    const cached = this.cache.get(row);
    if (cached) return cached as T;
    const value = await load();
    if (this.cachedBytes + bytes(value) <= cacheBytes) {
      this.cache.set(row, value);
      this.cachedBytes += bytes(value);
    }
    return value;
  }
}
