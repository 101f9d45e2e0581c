/** @file Pictures for the steps: prepared in threads while a step computes, cropped at random from (seed, step, sample). */

import type { ClipConfig } from '../clip/config.ts';
import { blankPixels } from '../clip/normalise.ts';
import { createPixelPool, type PixelPool } from '../clip/pixelPool.ts';
import { DistilleryError } from '../errors.ts';
import { mapOrdered } from '../ordered.ts';
import { nameOfPicture } from '../pictureSource.ts';
import type { StageContext } from '../progress.ts';
import type { DistillOptions } from './options.ts';
import { batchRows } from './sampling.ts';
import type { TrainingSet } from './trainingSet.ts';

export interface PictureBatch {
  step: number;
  /** Rows of the training set, `[batch]`. */
  rows: Uint32Array;
  /** Bytes R, G, B, `[batch, h, w, 3]` */
  pixels: Uint8Array;
}

const crop = 0xc407; // separates this stream from the other random choices

/** The batches of steps `from` to `to` in order; one batch is prepared ahead. */
export async function* pictureBatches(
  set: TrainingSet,
  config: ClipConfig,
  options: DistillOptions,
  { from, to }: { from: number; to: number },
  context: StageContext,
): AsyncGenerator<PictureBatch, void, undefined> {
  const steps = Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
  const pool = createPixelPool(config, steps.length * options.batch);
  const reported = new Set<number>();
  const blank = blankPixels(config);
  try {
    yield* mapOrdered(steps, 2, (step) => loadBatch(pool, step));
  } finally {
    await pool.close();
  }

  async function loadBatch(pool: PixelPool, step: number): Promise<PictureBatch> {
    const { batch, seed, augment } = options;
    const rows = batchRows(step, set.ids.length, batch, seed);
    const pixels = new Uint8Array(batch * blank.length);
    let lost = 0;
    const load = async (row: number, place: number): Promise<void> => {
      const cropSeed = augment ? { cropSeed: [crop, seed, step, set.ids[row]!] } : {};
      const result = await pool.load(set.pictures[row]!, { keepAs: row, ...cropSeed });
      pixels.set('pixels' in result ? result.pixels : blank, place * blank.length);
      if ('pixels' in result) return;
      lost++;
      if (!reported.has(row)) {
        // one bad file does not stop a run: it is a grey picture from here on, and named once
        reported.add(row);
        context.log(`${nameOfPicture(set.pictures[row]!)} is left out: ${result.problem}`);
      }
    };
    await Promise.all(Array.from(rows, load));
    if (2 * lost > batch) {
      throw new DistilleryError(
        `${lost} of ${batch} pictures of step ${step} cannot be read. Is their disk there? Run the same command again.`,
      );
    }
    return { step, rows, pixels };
  }
}
