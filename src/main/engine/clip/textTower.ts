/** @file The text transformer of CLIP (Radford et al. 2021), as open_clip builds it. */

import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-node-gpu';
import { DistilleryError } from '../errors.ts';
import { tf } from '../runtime/backend.ts';
import type { ClipConfig, TextConfig } from './config.ts';
import { linear } from './layers.ts';
import { namedNorm, parameter, runBlocks, type Parameters, type Pick } from './transformer.ts';

/** Added to a score so that its softmax is 0 without infinities. */
const never = -1e9;

/**
 * Whether captions may be cut to their longest: under a causal mask no token sees a later one, so the padding
 * after the end token changes nothing.
 */
export function mayShorten(text: TextConfig): boolean {
  return text.causal && (text.pool === 'argmax' || text.pool === 'first' || (text.pool === 'eos' && text.eosId !== 0));
}

/**
 * Embeds captions.
 * @param tokens int32 ids `[n, t]`; t is the context length, or less where {@link mayShorten} and no end token is cut off
 * @returns `[n, embedDim]`, not of unit length
 * @throws {DistilleryError} for another t
 */
export function encodeText(config: ClipConfig, params: Parameters, tokens: Tensor): Tensor2D {
  const { text } = config;
  const [n, t] = tokens.shape as [number, number];
  if (t > text.contextLength || (t < text.contextLength && !mayShorten(text))) {
    throw new DistilleryError(`${config.name} takes captions of ${text.contextLength} tokens, got ${t}.`);
  }
  const ids: Tensor1D = tf.reshape(tokens, [n * t]);
  const words: Tensor3D = tf.reshape(tf.gather(parameter(params, 'token_embedding.weight'), ids), [n, t, text.width]);
  const positions = tf.slice(parameter(params, 'positional_embedding') as Tensor2D, [0, 0], [t, text.width]);
  const rows: Tensor2D = tf.reshape(tf.add(words, positions), [n * t, text.width]);

  const mask = text.causal ? causalMask(t) : null;
  const pick = pickToken(text, tokens as Tensor2D, mask);
  const tower = { ...text, quickGelu: config.quickGelu };
  const picked = runBlocks(tower, params, 'transformer', { rows, n, t }, mask, pick);
  return project(text, params, namedNorm(params, 'ln_final', picked, text.normEpsilon));
}

function project(text: TextConfig, params: Parameters, pooled: Tensor2D): Tensor2D {
  switch (text.projection) {
    case 'none':
      return pooled;
    case 'linear':
      return tf.matMul(pooled, parameter(params, 'text_projection'));
    case 'linear-bias':
      return linear(pooled, parameter(params, 'text_projection.weight'), parameter(params, 'text_projection.bias'));
  }
}

/** `[t, t]`: 0 where a token may look (itself and before), {@link never} elsewhere. */
function causalMask(t: number): Tensor2D {
  const mask = new Float32Array(t * t);
  for (let row = 0; row < t; row++) mask.fill(never, row * t + row + 1, (row + 1) * t);
  return tf.tensor2d(mask, [t, t]);
}

function pickToken(text: TextConfig, tokens: Tensor2D, mask: Tensor2D | null): Pick {
  const [n, t] = tokens.shape;
  const positions = pickedPositions(text, tokens);
  const starts = tf.tensor1d(
    Int32Array.from({ length: n }, (_, i) => i * t),
    'int32',
  );
  const indices = tf.add(starts, positions);
  return {
    rows: (rows) => tf.gather(rows, indices),
    mask: mask === null ? null : tf.reshape(tf.gather(mask, positions), [n, 1, 1, t]),
  };
}

/** `[n]` int32 */
function pickedPositions(text: TextConfig, tokens: Tensor2D): Tensor1D {
  const [n, t] = tokens.shape;
  switch (text.pool) {
    case 'argmax':
      return tf.argMax(tokens, 1);
    case 'eos':
      return tf.argMax(tf.cast(tf.equal(tokens, text.eosId), 'int32'), 1);
    case 'first':
      return tf.zeros([n], 'int32');
    case 'last':
      return tf.fill([n], t - 1, 'int32');
  }
}
