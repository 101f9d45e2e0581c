/** @file The Vision Transformer of CLIP (Dosovitskiy et al. 2021; Radford et al. 2021), as open_clip builds it. */

import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../runtime/backend.ts';
import type { ClipConfig } from './config.ts';
import { linear } from './layers.ts';
import { namedNorm, parameter, runBlocks, type Parameters, type Pick } from './transformer.ts';
import { gridSize } from './weights.ts';

/**
 * Embeds pictures.
 * @param pixels normalised R, G, B, `[n, h, w, 3]`
 * @returns `[n, embedDim]`, not of unit length
 */
export function encodeImage(config: ClipConfig, params: Parameters, pixels: Tensor): Tensor2D {
  const { vision } = config;
  const n = pixels.shape[0];
  const grid = gridSize(config);
  const t = grid * grid + 1;
  const get = (name: string) => parameter(params, `visual.${name}`);

  const classToken = tf.add(tf.zeros([n, 1, vision.width]), get('class_embedding'));
  const patches = tf.reshape(embedPatches(config, get('conv1.weight'), pixels), [n, t - 1, vision.width]);
  const tokens: Tensor3D = tf.add(tf.concat([classToken, patches], 1), get('positional_embedding'));
  let rows: Tensor2D = tf.reshape(tokens, [n * t, vision.width]);
  if (vision.preNorm) rows = namedNorm(params, 'visual.ln_pre', rows, vision.normEpsilon);

  const tower = { ...vision, quickGelu: config.quickGelu };
  const norm = (x: Tensor2D) => namedNorm(params, 'visual.ln_post', x, vision.normEpsilon);
  const pooled =
    vision.pool === 'tok'
      ? norm(runBlocks(tower, params, 'visual.transformer', { rows, n, t }, null, firstToken(n, t)))
      : meanOfPatches(runBlocks(tower, params, 'visual.transformer', { rows, n, t }, null, null));
  return tf.matMul(pooled, get('proj'));

  function meanOfPatches(all: Tensor2D): Tensor2D {
    const mean = (x: Tensor2D): Tensor2D =>
      tf.mean(tf.slice(tf.reshape(x, [n, t, vision.width]), [0, 1, 0], [n, t - 1, vision.width]), 1);
    return vision.normAfterPool ? norm(mean(all)) : mean(norm(all));
  }
}

/** The convolution of stride p as one product: `[n, h, w, 3]` -> `[n * grid * grid, width]`. */
function embedPatches(config: ClipConfig, weight: Tensor, pixels: Tensor): Tensor2D {
  const { patchSize: p, width } = config.vision;
  const n = pixels.shape[0];
  const grid = gridSize(config);
  const seen = grid * p === pixels.shape[1] ? pixels : tf.slice(pixels, [0, 0, 0, 0], [n, grid * p, grid * p, 3]);
  // a row of a patch, p pixels of 3 channels, stays together
  const patches = tf.transpose(tf.reshape(seen, [n * grid, p, grid, p * 3]), [0, 2, 1, 3]);
  const kernel = tf.transpose(weight, [0, 2, 3, 1]); // [width, p, p, 3]
  return linear(tf.reshape(patches, [n * grid * grid, p * p * 3]), tf.reshape(kernel, [width, p * p * 3]));
}

function firstToken(n: number, t: number): Pick {
  return {
    rows: (rows) => {
      const width = rows.shape[1];
      return tf.reshape(tf.slice(tf.reshape(rows, [n, t, width]), [0, 0, 0], [n, 1, width]), [n, width]);
    },
    mask: null,
  };
}
