/** @file A loaded model that embeds: both towers compiled, results of unit length. */

import type { Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { DistilleryError } from '../errors.ts';
import { tf } from '../runtime/backend.ts';
import { compile } from '../runtime/compile.ts';
import type { InputArray, TensorSpec, TracedFunction } from '../runtime/types.ts';
import { normalise, pixelInput } from './normalise.ts';
import { towersOf, type EmbeddingConfig, type EmbeddingParts, type Towers } from './towers.ts';

export interface Encoder {
  /** Width of an embedding. */
  dim: number;
  /** Bytes R, G, B `[n, h, w, 3]` with n <= batch -> `[n, dim]` of unit length. */
  encodeImages: (pixels: Uint8Array) => Float32Array;
  /** Token ids `[n, contextLength]` with n <= batch -> `[n, dim]` of unit length. */
  encodeTexts: (tokens: Int32Array) => Float32Array;
  dispose: () => void;
}

export function createEncoder(
  model: EmbeddingParts,
  { precision, batch }: { precision: 'fp32' | 'bf16'; batch: number },
): Encoder {
  const { config, weights } = model;
  const { imageSize } = config.vision;
  const { contextLength } = config.text;
  const towers = towersOf(model);
  const program = compile({
    precision,
    variables: Object.fromEntries(
      [...weights].map(([name, { shape }]): [string, TensorSpec] => [name, { shape, dtype: 'float32' }]),
    ),
    functions: {
      images: imageFunction(towers, config, batch),
      ...Object.fromEntries(
        towers.captionLengths.map((length) => [`texts${length}`, textFunction(towers, batch, length)]),
      ),
    },
  });
  program.initialise(Object.fromEntries([...weights].map(([name, { data }]) => [name, data])));
  const embed = (name: string, inputs: Record<string, InputArray>, n: number): Float32Array =>
    (program.run(name, inputs)['embeddings'] as Float32Array).slice(0, n * config.embedDim);

  return {
    dim: config.embedDim,
    encodeImages: (pixels) => {
      const perImage = imageSize * imageSize * 3;
      const n = rowCount(pixels.length, perImage, batch, `pictures of ${imageSize} x ${imageSize} x 3`);
      return embed('images', { pixels: padded(pixels, batch * perImage) }, n);
    },
    encodeTexts: (tokens) => {
      const n = rowCount(tokens.length, contextLength, batch, `captions of ${contextLength} ids`);
      const used = longest(tokens, contextLength);
      const length = towers.captionLengths.find((candidate) => candidate >= used)!;
      const cut = new Int32Array(batch * length);
      for (let row = 0; row < n; row++) {
        cut.set(tokens.subarray(row * contextLength, row * contextLength + length), row * length);
      }
      return embed(`texts${length}`, { tokens: cut }, n);
    },
    dispose: () => {
      program.dispose();
    },
  };
}

function imageFunction({ encodeImage }: Towers, config: EmbeddingConfig, batch: number): TracedFunction {
  return {
    inputs: { pixels: pixelInput(config, batch) },
    build: (inputs, params) => ({
      outputs: { embeddings: unitRows(encodeImage(params, normalise(inputs['pixels']!, config.preprocess))) },
    }),
  };
}

function textFunction({ encodeText }: Towers, batch: number, length: number): TracedFunction {
  return {
    inputs: { tokens: { shape: [batch, length], dtype: 'int32' } },
    build: (inputs, params) => ({ outputs: { embeddings: unitRows(encodeText(params, inputs['tokens']!)) } }),
  };
}

/** Rows over their lengths, `[n, d]`; a row of zeros stays zero. */
export function unitRows(x: Tensor2D): Tensor2D {
  return tf.mul(x, tf.rsqrt(tf.maximum(tf.sum(tf.square(x), 1, true), 1e-24)));
}

function rowCount(values: number, perRow: number, batch: number, what: string): number {
  const n = values / perRow;
  if (!Number.isInteger(n) || n > batch) {
    throw new DistilleryError(`Expected up to ${batch} ${what}, got ${values} values.`);
  }
  return n;
}

function padded(values: Uint8Array, length: number): Uint8Array {
  if (values.length === length) return values;
  const whole = new Uint8Array(length);
  whole.set(values);
  return whole;
}

/** Ids of the longest caption without its padding of zeros. */
function longest(tokens: Int32Array, contextLength: number): number {
  let used = 0;
  for (let i = 0; i < tokens.length; i++) if (tokens[i] !== 0) used = Math.max(used, (i % contextLength) + 1);
  return used;
}
