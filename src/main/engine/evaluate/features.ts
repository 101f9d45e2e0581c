/** @file Features of images and texts: the next batch is decoded while the model works on this one. */

import { loadPixels } from '../clip/preprocess.ts';
import { DistilleryError, messageOf } from '../errors.ts';
import { mapOrdered } from '../ordered.ts';
import { nameOfPicture } from '../pictureSource.ts';
import { checkpoint } from '../progress.ts';
import type { Bench } from './bench.ts';
import type { Example } from './example.ts';

export interface ImageFeatures {
  /** `[kept, dim]`, L2-normalised */
  features: Float32Array;
  /** Places in `examples` of the rows, ascending. */
  kept: number[];
}

/** Files that are named one by one in the log; the rest is counted. */
const namedFailures = 20;

/**
 * Encodes the images of examples; one that cannot be read is left out and logged.
 * @throws {DistilleryError} when none can be read.
 */
export async function encodeImages(bench: Bench, examples: readonly Example[]): Promise<ImageFeatures> {
  const { encoder, config, context } = bench;
  const { batch } = bench.options;
  const kept: number[] = [];
  const parts: Float32Array[] = [];
  let failures = 0;
  const starts = Array.from({ length: Math.ceil(examples.length / batch) }, (_, i) => i * batch);
  const load = (from: number) =>
    Promise.all(examples.slice(from, from + batch).map(({ picture }) => loadPixels(picture, config).catch(messageOf)));
  let from = 0;
  for await (const loaded of mapOrdered(starts, 2, load)) {
    await checkpoint(context);
    const pictures: Float32Array[] = [];
    for (const [i, picture] of loaded.entries()) {
      if (typeof picture !== 'string') {
        kept.push(from + i);
        pictures.push(picture);
      } else if (++failures <= namedFailures)
        context.log(`skipped ${nameOfPicture(examples[from + i]!.picture)}: ${picture}`);
    }
    if (pictures.length > 0) parts.push(encoder.encodeImages(concatenate(pictures)));
    from += loaded.length;
    context.onProgress({ stage: 'encode images', done: from, total: examples.length, unit: 'images' });
  }
  if (failures > namedFailures) context.log(`skipped ${failures - namedFailures} more images that cannot be read`);
  if (kept.length === 0)
    throw new DistilleryError(`None of the ${examples.length} images of ${bench.data} can be read.`);
  return { features: checked(concatenate(parts), 'images'), kept };
}

/** Encodes texts, `[n, dim]`, L2-normalised. */
export async function encodeTexts(bench: Bench, texts: readonly string[]): Promise<Float32Array> {
  const { encoder, tokenizer, config, context } = bench;
  const { batch } = bench.options;
  const parts: Float32Array[] = [];
  for (let from = 0; from < texts.length; from += batch) {
    await checkpoint(context);
    const tokens = tokenizer.encode(texts.slice(from, from + batch), config.text.contextLength);
    parts.push(encoder.encodeTexts(tokens));
    context.onProgress({
      stage: 'encode texts',
      done: Math.min(texts.length, from + batch),
      total: texts.length,
      unit: 'texts',
    });
  }
  return checked(concatenate(parts), 'texts');
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function checked(features: Float32Array, what: string): Float32Array {
  if (!features.every(Number.isFinite)) {
    throw new DistilleryError(
      `The model gives embeddings of ${what} that are not finite; its weights are damaged or its training diverged.`,
    );
  }
  return features;
}
