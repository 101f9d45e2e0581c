/**
 * @file Pictures travel as bytes, a quarter of what float32 takes between threads, in waiting batches and to a GPU. The program that
 * computes with them normalises them.
 */

import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../runtime/backend.ts';
import type { InputSpec } from '../runtime/types.ts';
import type { PreprocessConfig } from './config.ts';
import type { EmbeddingConfig } from './towers.ts';

/** The input of a program for `n` pictures: bytes R, G, B. */
export function pixelInput({ vision }: Pick<EmbeddingConfig, 'vision'>, n: number): InputSpec {
  return { shape: [n, vision.imageSize, vision.imageSize, 3], dtype: 'uint8' };
}

/** (byte / 255 - mean) / std in single precision at every step, as torchvision: `[n, h, w, 3]` in and out. */
export function normalise(pixels: Tensor, { mean, std }: PreprocessConfig): Tensor {
  return tf.div(tf.sub(tf.div(pixels, 255), mean), std);
}

/** A picture of the mean colour, which is 0 after normalising but for the rounding to bytes: `[imageSize, imageSize, 3]`. */
export function blankPixels({ vision, preprocess }: Pick<EmbeddingConfig, 'vision' | 'preprocess'>): Uint8Array {
  return Uint8Array.from({ length: vision.imageSize ** 2 * 3 }, (_, i) => Math.round(255 * preprocess.mean[i % 3]!));
}
