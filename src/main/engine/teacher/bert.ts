/**
 * @file A BERT encoder (Devlin et al. 2019) with the mean of its tokens as the embedding of a sentence (Reimers & Gurevych 2019),
 * for all-MiniLM-L6-v2 (Wang et al. 2020).
 */

import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { attend, gelu, layerNorm, linear } from '../clip/layers.ts';
import type { Weights } from '../clip/weights.ts';
import { tf } from '../runtime/backend.ts';
import { tensorOf } from './efficientNet.ts';

export interface Bert {
  name: string;
  width: number;
  layers: number;
  heads: number;
  hidden: number;
  vocabulary: number;
  positions: number;
}

export const miniLm: Bert = {
  name: 'all-MiniLM-L6-v2',
  ...{ width: 384, layers: 6, heads: 12, hidden: 1536, vocabulary: 30522, positions: 512 },
};

const normEpsilon = 1e-12;
/** Added to the score of a padding token so that its softmax is 0 without infinities. */
const never = -1e9;

/** int32 ids `[n, t]`, 0 where there is no token -> `[n, width]`, not of unit length. */
export function sentenceFeatures(bert: Bert, params: Record<string, Tensor>, tokens: Tensor): Tensor2D {
  const get = (name: string): Tensor => {
    const tensor = params[name];
    if (tensor === undefined) throw new Error(`The parameter ${name} is missing.`);
    return tensor;
  };
  const [n, t] = tokens.shape as [number, number];
  const { width, heads } = bert;
  const norm = (x: Tensor2D, name: string) => layerNorm(x, get(`${name}.weight`), get(`${name}.bias`), normEpsilon);
  const dense = (x: Tensor, name: string) => linear(x, get(`${name}.weight`), get(`${name}.bias`));
  const byHead = (x: Tensor2D): Tensor => tf.transpose(tf.reshape(x, [n, t, heads, width / heads]), [0, 2, 1, 3]);

  const present: Tensor2D = tf.cast(tf.greater(tokens, 0), 'float32');
  const mask = tf.reshape(tf.mul(tf.sub(1, present), never), [n, 1, 1, t]);
  const ids: Tensor1D = tf.reshape(tokens, [n * t]);
  const words = tf.reshape(tf.gather(get('words'), ids), [n, t, width]);
  const places = tf.slice(get('positions') as Tensor2D, [0, 0], [t, width]);
  let x = norm(tf.reshape(tf.add(words, places), [n * t, width]), 'norm');
  for (let layer = 0; layer < bert.layers; layer++) {
    const name = `layers.${layer}`;
    const [q, k, v] = ['query', 'key', 'value'].map((part) => byHead(dense(x, `${name}.${part}`))) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const attended = tf.reshape(tf.transpose(attend(q, k, v, mask), [0, 2, 1, 3]), [n * t, width]);
    x = norm(tf.add(x, dense(attended, `${name}.attended`)), `${name}.attendedNorm`);
    x = norm(tf.add(x, dense(gelu(dense(x, `${name}.hidden`), false), `${name}.output`)), `${name}.outputNorm`);
  }
  const weighted = tf.mul(tf.reshape(x, [n, t, width]), tf.reshape(present, [n, t, 1]));
  return tf.div(tf.sum(weighted, 1), tf.maximum(tf.sum(present, 1, true), 1));
}

/**
 * The weights of the tower from those of the transformers library. There is one kind of sentence, so its embedding joins the positions.
 * @throws {DistilleryError} when a tensor is missing or has another shape
 */
export function bertWeights(
  bert: Bert,
  given: ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>,
): Weights {
  const weights: Weights = new Map();
  const take = (to: string, from: string, shape: number[]) =>
    weights.set(to, { shape, data: tensorOf(given, from, shape) });
  const both = (to: string, from: string, shape: number[]) => {
    take(`${to}.weight`, `${from}.weight`, shape);
    take(`${to}.bias`, `${from}.bias`, shape.slice(0, 1));
  };
  const { width, hidden, positions } = bert;
  take('words', 'embeddings.word_embeddings.weight', [bert.vocabulary, width]);
  const kind = tensorOf(given, 'embeddings.token_type_embeddings.weight', [2, width]);
  const places = tensorOf(given, 'embeddings.position_embeddings.weight', [positions, width]);
  weights.set('positions', { shape: [positions, width], data: places.map((value, i) => value + kind[i % width]!) });
  both('norm', 'embeddings.LayerNorm', [width]);
  for (let layer = 0; layer < bert.layers; layer++) {
    const [to, from] = [`layers.${layer}`, `encoder.layer.${layer}`];
    for (const part of ['query', 'key', 'value'])
      both(`${to}.${part}`, `${from}.attention.self.${part}`, [width, width]);
    both(`${to}.attended`, `${from}.attention.output.dense`, [width, width]);
    both(`${to}.attendedNorm`, `${from}.attention.output.LayerNorm`, [width]);
    both(`${to}.hidden`, `${from}.intermediate.dense`, [hidden, width]);
    both(`${to}.output`, `${from}.output.dense`, [width, hidden]);
    both(`${to}.outputNorm`, `${from}.output.LayerNorm`, [width]);
  }
  return weights;
}
