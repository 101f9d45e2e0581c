/** @file Multinomial logistic regression: products in float32 through TensorFlow, everything else in float64. */

import type { Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../runtime/backend.ts';
import { minimise } from './lbfgs.ts';
import { answerOf, forEachRow, rankOf, rowsOfBlock, valuesOf } from './products.ts';

export interface LogisticModel {
  /** `[dim, classes]` */
  weights: Float64Array;
  /** `[classes]` */
  intercept: Float64Array;
  classes: number;
  /** C * sum of the losses + |weights|^2 / 2. */
  objective: number;
  iterations: number;
  converged: boolean;
}

export interface LogisticOptions {
  dim: number;
  classes: number;
  /** Inverse strength of the penalty, scikit-learn's C. */
  c: number;
  maxIterations?: number;
  /** On the gradient of objective / (C * n), as scikit-learn counts it. */
  tolerance?: number;
  onIteration?: (iteration: number) => Promise<void>;
}

/**
 * Minimises C * sum_i -log softmax(x_i W + b)_{y_i} + |W|^2 / 2; the intercept b is not penalised. This is the objective of
 * scikit-learn's LogisticRegression for three and more classes; with two, its single weight vector makes our C count double.
 * @param features `[n, dim]`
 * @param labels class of each row, `[n]`
 */
export async function fitLogistic(
  features: Float32Array,
  labels: Int32Array,
  { dim, classes, c, maxIterations = 1000, tolerance = 1e-6, onIteration }: LogisticOptions,
): Promise<LogisticModel> {
  const n = labels.length;
  const penalty = 1 / (c * n);
  // An intercept that is not penalised takes up any shift of the rows: about their mean the minimum is the same one and
  // the way to it much shorter, as the vectors of a CLIP lie in a narrow cone.
  const centre = meanRow(features, dim);
  const blocks = rowBlocks(features, centre, dim, classes);
  // weights [dim, classes], then the intercept as one more row
  const objective = (x: Float64Array, gradient: Float64Array): number => {
    let value = lossAndGradient(blocks, labels, x, { dim, classes }, gradient) / n;
    for (let i = 0; i < x.length; i++) gradient[i]! /= n;
    for (let i = 0; i < dim * classes; i++) {
      value += 0.5 * penalty * x[i]! * x[i]!;
      gradient[i]! += penalty * x[i]!;
    }
    return value;
  };
  try {
    const start = new Float64Array((dim + 1) * classes);
    const found = await minimise(objective, start, {
      maxIterations,
      tolerance,
      ...(onIteration && { onIteration }),
    });
    const weights = found.x.slice(0, dim * classes);
    const intercept = found.x.slice(dim * classes);
    for (let i = 0; i < weights.length; i++) intercept[i % classes]! -= centre[Math.floor(i / classes)]! * weights[i]!;
    return {
      weights,
      intercept,
      classes,
      objective: found.value * c * n,
      iterations: found.iterations,
      converged: found.converged,
    };
  } finally {
    for (const block of blocks) block.rows.dispose();
  }
}

interface Block {
  from: number;
  /** `[rows, dim]` */
  rows: Tensor2D;
}

/** `[dim]` */
function meanRow(features: Float32Array, dim: number): Float64Array {
  const mean = new Float64Array(dim);
  for (let i = 0; i < features.length; i++) mean[i % dim]! += features[i]!;
  return mean.map((sum) => (sum * dim) / features.length);
}

/** Rows about their mean. */
function rowBlocks(features: Float32Array, centre: Float64Array, dim: number, classes: number): Block[] {
  const n = features.length / dim;
  const size = rowsOfBlock(classes);
  const blocks: Block[] = [];
  for (let from = 0; from < n; from += size) {
    const rows = Math.min(size, n - from);
    const shifted = features.slice(from * dim, (from + rows) * dim);
    for (let i = 0; i < shifted.length; i++) shifted[i]! -= centre[i % dim]!;
    blocks.push({ from, rows: tf.tensor2d(shifted, [rows, dim]) });
  }
  return blocks;
}

/** Sum of the losses at `x`; the gradient of that sum goes to `gradient`, both `[dim + 1, classes]`. */
function lossAndGradient(
  blocks: readonly Block[],
  labels: Int32Array,
  x: Float64Array,
  { dim, classes }: { dim: number; classes: number },
  gradient: Float64Array,
): number {
  gradient.fill(0);
  const weights = Float32Array.from(x.subarray(0, dim * classes));
  const intercept = x.subarray(dim * classes);
  let loss = 0;
  for (const { from, rows } of blocks) {
    const logits = valuesOf(() => tf.matMul(rows, tf.tensor2d(weights, [dim, classes])));
    // the residual softmax - onehot takes the place of the logits
    for (let row = 0; row * classes < logits.length; row++) {
      const own = logits.subarray(row * classes, (row + 1) * classes);
      loss += residual(own, intercept, labels[from + row]!);
      for (let k = 0; k < classes; k++) gradient[dim * classes + k]! += own[k]!;
    }
    const part = valuesOf(() => tf.matMul(rows, tf.tensor2d(logits, [rows.shape[0], classes]), true, false));
    for (let i = 0; i < part.length; i++) gradient[i]! += part[i]!;
  }
  return loss;
}

/** Turns one row of logits into softmax - onehot, in place, and returns its loss. */
function residual(row: Float32Array, intercept: Float64Array, label: number): number {
  let most = -Infinity;
  for (let k = 0; k < row.length; k++) most = Math.max(most, row[k]! + intercept[k]!);
  const target = row[label]! + intercept[label]!;
  let sum = 0;
  for (let k = 0; k < row.length; k++) sum += Math.exp(row[k]! + intercept[k]! - most);
  for (let k = 0; k < row.length; k++) row[k] = Math.exp(row[k]! + intercept[k]! - most) / sum;
  row[label]! -= 1;
  return most + Math.log(sum) - target;
}

/**
 * Place of the right class of each row among the model's scores, from 0; equal scores go to the lower class.
 * @param features `[n, dim]`
 * @param labels `[n]`
 * @param guesses filled with the answered class of each row `[n]`
 */
export function logisticRanks(
  model: LogisticModel,
  features: Float32Array,
  labels: Int32Array,
  dim: number,
  guesses?: Int32Array,
): Int32Array {
  const { classes, weights, intercept } = model;
  const items = new Float32Array(classes * dim);
  for (let k = 0; k < classes; k++) {
    for (let i = 0; i < dim; i++) items[k * dim + i] = weights[i * classes + k]!;
  }
  const ranks = new Int32Array(labels.length);
  forEachRow(features, items, dim, (row, scores) => {
    for (let k = 0; k < classes; k++) scores[k]! += intercept[k]!;
    const label = labels[row]!;
    const rank = rankOf(scores, label);
    ranks[row] = rank;
    if (guesses) guesses[row] = answerOf(scores, label, rank);
  });
  return ranks;
}
