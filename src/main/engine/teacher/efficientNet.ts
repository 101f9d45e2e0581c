/**
 * @file EfficientNet-Lite (Tan & Le 2019; the Lite variants of 2020 leave out squeeze-and-excitation and use ReLU6), up to the mean
 * of its last feature map. The normalisations of inference are folded into the convolutions when the weights are loaded.
 */

import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import type { Weights } from '../clip/weights.ts';
import { DistilleryError } from '../errors.ts';
import { tf } from '../runtime/backend.ts';

export interface EfficientNet {
  name: string;
  /** Side of the square picture, in pixels. */
  imageSize: number;
  /** Over the widths and depths of Lite0. */
  width: number;
  depth: number;
}

export const lite0: EfficientNet = { name: 'efficientnet-lite0', imageSize: 224, width: 1, depth: 1 };
export const lite2: EfficientNet = { name: 'efficientnet-lite2', imageSize: 260, width: 1.1, depth: 1.2 };
/** Numbers of a feature vector; the same for all variants. */
export const featureWidth = 1280;

interface Block {
  kernel: number;
  stride: number;
  expand: number;
  input: number;
  output: number;
}

/** Blocks, kernel, stride of the first, expansion, channels in and out: table 1 of the paper. */
const stages = [
  [1, 3, 1, 1, 32, 16],
  [2, 3, 2, 6, 16, 24],
  [2, 5, 2, 6, 24, 40],
  [3, 3, 2, 6, 40, 80],
  [3, 5, 1, 6, 80, 112],
  [4, 5, 2, 6, 112, 192],
  [1, 3, 1, 6, 192, 320],
] as const;

/** Of PyTorch and TensorFlow differ; these weights come from the latter. */
const normEpsilon = 1e-3;

function blocksOf({ width, depth }: EfficientNet): Block[] {
  return stages.flatMap(([count, kernel, stride, expand, input, output], stage) => {
    // Lite scales neither the first stage's and the last one's depth, nor the stem and the head
    const repeats = stage === 0 || stage === stages.length - 1 ? count : Math.ceil(count * depth);
    const from = stage === 0 ? input : scaled(input, width);
    const to = scaled(output, width);
    return Array.from({ length: repeats }, (_, i) => ({
      ...{ kernel, expand, output: to },
      ...(i === 0 ? { stride, input: from } : { stride: 1, input: to }),
    }));
  });
}

/** To a multiple of 8, at most 10% below. */
function scaled(channels: number, width: number): number {
  if (width === 1) return channels;
  const wanted = channels * width;
  const rounded = Math.max(8, Math.floor((wanted + 4) / 8) * 8);
  return rounded < 0.9 * wanted ? rounded + 8 : rounded;
}

/** Normalised pixels `[n, side, side, 3]` -> `[n, 1280]`. */
export function imageFeatures(net: EfficientNet, params: Record<string, Tensor>, pixels: Tensor): Tensor2D {
  const get = (name: string): Tensor => {
    const tensor = params[name];
    if (tensor === undefined) throw new Error(`The parameter ${name} is missing.`);
    return tensor;
  };
  const spatial = (x: Tensor4D, name: string, stride: number, perChannel: boolean): Tensor4D => {
    const kernel = get(`${name}.weight`) as Tensor4D;
    const y = perChannel ? tf.depthwiseConv2d(x, kernel, stride, 'same') : tf.conv2d(x, kernel, stride, 'same');
    return tf.relu6(tf.add(y, get(`${name}.bias`)));
  };
  /** A convolution of one pixel is a matrix product. */
  const pointwise = (x: Tensor4D, name: string): Tensor4D => {
    const weight = get(`${name}.weight`) as Tensor2D; // [in, out]
    const [n, h, w, c] = x.shape;
    const product = tf.matMul(tf.reshape(x, [n * h * w, c]), weight);
    return tf.reshape(tf.add(product, get(`${name}.bias`)), [n, h, w, weight.shape[1]]);
  };
  let x = spatial(pixels as Tensor4D, 'stem', 2, false);
  for (const [i, { stride, expand, input, output }] of blocksOf(net).entries()) {
    const name = `blocks.${i}`;
    const wide = expand === 1 ? x : tf.relu6(pointwise(x, `${name}.expand`));
    const narrow = pointwise(spatial(wide, `${name}.depthwise`, stride, true), `${name}.project`);
    x = stride === 1 && input === output ? tf.add(narrow, x) : narrow;
  }
  return tf.mean(tf.relu6(pointwise(x, 'head')), [1, 2]);
}

/**
 * The weights of the tower from those of PyTorch (`_conv_stem.weight`, `_bn0.running_mean`, `_blocks.0._expand_conv.weight`, ...).
 * @throws {DistilleryError} when a tensor is missing or has another shape
 */
export function foldWeights(
  net: EfficientNet,
  given: ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>,
): Weights {
  const weights: Weights = new Map();
  const fold = (to: string, conv: string, norm: string, shape: readonly number[]) => {
    const kernel = tensorOf(given, `${conv}.weight`, shape);
    const { scale, bias } = normOf(given, norm, shape[0]!);
    const [kh, kw] = [shape[2]!, shape[3]!];
    const inputs = shape[1]!;
    const perOutput = inputs * kh * kw;
    const data = new Float32Array(kernel.length);
    // [out, in, kh, kw] -> [kh, kw, in, out]; of a depthwise one `in` is 1 and [kh, kw, out, 1] has the same order
    for (let o = 0; o < shape[0]!; o++)
      for (let c = 0; c < inputs; c++)
        for (let k = 0; k < kh * kw; k++)
          data[(k * inputs + c) * shape[0]! + o] = kernel[o * perOutput + c * kh * kw + k]! * scale[o]!;
    const wanted = to.endsWith('depthwise') ? [kh, kw, shape[0]!, 1] : [kh, kw, inputs, shape[0]!];
    weights.set(`${to}.weight`, { shape: kh === 1 ? [inputs, shape[0]!] : wanted, data });
    weights.set(`${to}.bias`, { shape: [shape[0]!], data: bias });
  };
  fold('stem', '_conv_stem', '_bn0', [32, 3, 3, 3]);
  const blocks = blocksOf(net);
  for (const [i, { kernel, expand, input, output }] of blocks.entries()) {
    const from = `_blocks.${i}`;
    const wide = input * expand;
    if (expand !== 1) fold(`blocks.${i}.expand`, `${from}._expand_conv`, `${from}._bn0`, [wide, input, 1, 1]);
    fold(`blocks.${i}.depthwise`, `${from}._depthwise_conv`, `${from}._bn1`, [wide, 1, kernel, kernel]);
    fold(`blocks.${i}.project`, `${from}._project_conv`, `${from}._bn2`, [output, wide, 1, 1]);
  }
  fold('head', '_conv_head', '_bn1', [featureWidth, blocks.at(-1)!.output, 1, 1]);
  return weights;
}

/** x -> scale x + bias, out of mean, variance, gain and offset. */
function normOf(
  given: ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>,
  name: string,
  width: number,
): { scale: Float32Array; bias: Float32Array } {
  const [gain, offset, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map((part) =>
    tensorOf(given, `${name}.${part}`, [width]),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const scale = gain.map((value, i) => value / Math.sqrt(variance[i]! + normEpsilon));
  return { scale, bias: offset.map((value, i) => value - mean[i]! * scale[i]!) };
}

export function tensorOf(
  given: ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>,
  name: string,
  shape: readonly number[],
): Float32Array {
  const tensor = given.get(name);
  if (tensor?.shape.join() === shape.join()) return tensor.data;
  throw new DistilleryError(
    `The weights hold ${name} as ${tensor ? `[${tensor.shape.join(', ')}]` : 'nothing'}, [${shape.join(', ')}] is expected.`,
  );
}
