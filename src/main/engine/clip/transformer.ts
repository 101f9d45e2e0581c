/** @file The stack of residual attention blocks that both towers share. */

import type { Tensor, Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../runtime/backend.ts';
import type { TransformerConfig } from './config.ts';
import { attend, gelu, layerNorm, linear } from './layers.ts';

export type Parameters = Record<string, Tensor>;

/** Token rows `[n * t, w]` of n sequences, each of t tokens one after another. */
export interface Sequences {
  rows: Tensor2D;
  n: number;
  t: number;
}

/** The one token of each sequence that is read at the end. */
export interface Pick {
  /** Rows `[n * t, w]` -> those of the picked tokens `[n, w]`. */
  rows: (rows: Tensor2D) => Tensor2D;
  /** Their rows of the mask, `[n, 1, 1, t]`; null without a mask. */
  mask: Tensor | null;
}

/** @throws when a parameter is missing, naming it. */
export function parameter(params: Parameters, name: string): Tensor {
  const tensor = params[name];
  if (tensor === undefined) throw new Error(`The parameter ${name} is missing.`);
  return tensor;
}

/** LayerNorm with the parameters `name.weight` and `name.bias`. */
export function namedNorm(params: Parameters, name: string, x: Tensor2D, epsilon: number): Tensor2D {
  return layerNorm(x, parameter(params, `${name}.weight`), parameter(params, `${name}.bias`), epsilon);
}

/**
 * Runs all blocks. With `pick`, the last block computes queries and the MLP for the picked tokens only, which gives
 * the same numbers for them at a fraction of its cost; the result then is `[n, w]` instead of `[n * t, w]`.
 * @param mask added to the attention scores, `[t, t]`; null without one
 */
export function runBlocks(
  tower: TransformerConfig & { quickGelu: boolean },
  params: Parameters,
  prefix: string,
  sequences: Sequences,
  mask: Tensor | null,
  pick: Pick | null,
): Tensor2D {
  let { rows } = sequences;
  for (let layer = 0; layer < tower.layers; layer++) {
    const name = `${prefix}.resblocks.${layer}`;
    const last = layer === tower.layers - 1;
    rows = block(tower, params, name, { ...sequences, rows }, mask, last ? pick : null);
  }
  return rows;
}

function block(
  tower: TransformerConfig & { quickGelu: boolean },
  params: Parameters,
  name: string,
  sequences: Sequences,
  mask: Tensor | null,
  pick: Pick | null,
): Tensor2D {
  const get = (part: string) => parameter(params, `${name}.${part}`);
  const scaled = (x: Tensor2D, branch: string): Tensor2D =>
    tower.layerScale === null ? x : tf.mul<Tensor2D>(x, get(`${branch}.gamma`));

  const normed = namedNorm(params, `${name}.ln_1`, sequences.rows, tower.normEpsilon);
  const weight = get('attn.in_proj_weight') as Tensor2D;
  const bias = get('attn.in_proj_bias');
  const heads = { ...sequences, rows: normed, heads: tower.heads };
  const attended = pick === null ? attendAll(heads, weight, bias, mask) : attendPicked(heads, weight, bias, pick);
  const from = pick === null ? sequences.rows : pick.rows(sequences.rows);
  const x: Tensor2D = tf.add(
    from,
    scaled(linear(attended, get('attn.out_proj.weight'), get('attn.out_proj.bias')), 'ls_1'),
  );

  const hidden = linear(
    namedNorm(params, `${name}.ln_2`, x, tower.normEpsilon),
    get('mlp.c_fc.weight'),
    get('mlp.c_fc.bias'),
  );
  const back = linear(gelu(hidden, tower.quickGelu), get('mlp.c_proj.weight'), get('mlp.c_proj.bias'));
  return tf.add(x, scaled(back, 'ls_2'));
}

/** Every token attends: `[n * t, w]` -> `[n * t, w]`. Queries, keys and values come from one product. */
function attendAll(
  { rows, n, t, heads }: Sequences & { heads: number },
  weight: Tensor2D,
  bias: Tensor,
  mask: Tensor | null,
): Tensor2D {
  const width = rows.shape[1];
  const [q, k, v] = splitHeads(linear(rows, weight, bias), 3, n, t, heads) as [Tensor, Tensor, Tensor];
  return tf.reshape(tf.transpose(attend(q, k, v, mask), [0, 2, 1, 3]), [n * t, width]);
}

/** One token of each sequence attends to all: `[n * t, w]` -> `[n, w]`. */
function attendPicked(
  { rows, n, t, heads }: Sequences & { heads: number },
  weight: Tensor2D,
  bias: Tensor,
  pick: Pick,
): Tensor2D {
  const width = rows.shape[1];
  const [queryWeight, otherWeight] = tf.split(weight, [width, 2 * width]) as [Tensor2D, Tensor2D];
  const [queryBias, otherBias] = tf.split(bias, [width, 2 * width]) as [Tensor, Tensor];
  const q = tf.reshape(linear(pick.rows(rows), queryWeight, queryBias), [n, heads, 1, width / heads]);
  const [k, v] = splitHeads(linear(rows, otherWeight, otherBias), 2, n, t, heads) as [Tensor, Tensor];
  return tf.reshape(attend(q, k, v, pick.mask), [n, width]);
}

/** `[n * t, parts * w]` -> parts of `[n, h, t, d]`; after the transposition each part is a view. */
function splitHeads(x: Tensor2D, parts: number, n: number, t: number, heads: number): Tensor[] {
  const headWidth = x.shape[1] / parts / heads;
  return tf.unstack(tf.transpose(tf.reshape(x, [n, t, parts, heads, headWidth]), [2, 0, 3, 1, 4]));
}
