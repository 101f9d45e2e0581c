/**
 * @file What a distillation will need, from counts alone: memory and arithmetic. For a form that is filled in; the run itself
 * takes what it takes.
 */

import type { ClipConfig, TransformerConfig } from '../clip/config.ts';
import { gridSize, parameterShapes } from '../clip/weights.ts';
import type { DistillOptions } from './options.ts';

/** What is to be trained, and on what. */
export interface Plan {
  config: ClipConfig;
  options: Pick<
    DistillOptions,
    'batch' | 'microBatch' | 'epochs' | 'maxSteps' | 'cluster' | 'instance' | 'negativeRate'
  >;
  /** Pairs to train on. */
  samples: number;
  /** Width of the teacher's embeddings; 0 without one. */
  teacherDim: number;
  /** Cluster centres; 0 without L_cluster. */
  classes: number;
}

/**
 * Node, libtensorflow and the decoding threads. With it the sum is 1.25 GB for tiny-64-small at a batch of 64, where 1.25 GB were
 * resident at most, and 6.4 GB for ViT-B-32 at a batch of 32 by 8, where 7.3 GB were; of them 1.8 GB only while a checkpoint is written.
 */
const programBytes = 0.75e9;
/** Decoded batches at once, in bytes: the one that computes, its copy in TensorFlow, and two that wait. */
const pixelBatches = 4;

export const countParameters = (config: ClipConfig): number =>
  [...parameterShapes(config).values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);

/** Steps of the whole run; the batch is never more than the set. */
export function countSteps({ options, samples }: Pick<Plan, 'options' | 'samples'>): number {
  const steps = options.epochs * Math.floor(samples / Math.min(options.batch, Math.max(1, samples)));
  return options.maxSteps === null ? steps : Math.min(steps, options.maxSteps);
}

/** Bytes, of the device that computes and the computer together. */
export function trainingBytes({ config, options, samples, teacherDim, classes }: Plan): number {
  const batch = Math.min(options.batch, samples);
  const micro = Math.min(options.microBatch ?? batch, batch);
  const usesTeacher = options.cluster || options.instance;
  const width = usesTeacher ? teacherDim : 0;
  // parameter, gradient and two moments; accumulated gradients beside them; a copy of all but gradients for a checkpoint
  const perParameter = (micro < batch ? 20 : 16) + 12;
  const student = perParameter * (countParameters(config) + width * config.embedDim);
  const centres = options.cluster ? 28 * classes * width : 0;
  const scores = options.cluster ? 4 * 6 * batch * classes * options.negativeRate : 0;
  const logits = 4 * 6 * batch * batch;
  // the gradient of the first product needs them in float32
  const pixels = config.vision.imageSize ** 2 * 3 * (batch * pixelBatches + 4 * micro);
  const set = samples * (4 * width * (options.instance ? 2 : 1) + 4 * config.text.contextLength + 300);
  return programBytes + student + centres + scores + logits + pixels + set + micro * activationBytes(config);
}

/** What the forward pass of one pair keeps for the backward one. */
export function activationBytes(config: ClipConfig): number {
  return 4 * (towerValues(config.vision, imageTokens(config)) + towerValues(config.text, config.text.contextLength));
}

/** Values that the blocks of a tower keep: see embed/batchSize.ts for what one block holds. */
function towerValues({ width, heads, mlpRatio, layers }: TransformerConfig, tokens: number): number {
  return layers * tokens * (8 * width + 2 * heads * tokens + (2 + 3 * mlpRatio) * width);
}

/** Multiplications and additions for one pair of a step: forward, and twice that backward; micro-batches run forward twice. */
export function pairOperations({ config, options }: Pick<Plan, 'config' | 'options'>): number {
  const forward =
    towerOperations(config.vision, imageTokens(config)) + towerOperations(config.text, config.text.contextLength);
  return forward * (options.microBatch !== null && options.microBatch < options.batch ? 4 : 3);
}

function towerOperations({ width, mlpRatio, layers }: TransformerConfig, tokens: number): number {
  const products = 4 * width ** 2 + 2 * mlpRatio * width ** 2; // weights of a block
  return 2 * layers * tokens * (products + 2 * tokens * width);
}

const imageTokens = (config: ClipConfig): number => gridSize(config) ** 2 + 1;
