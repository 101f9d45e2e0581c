/** @file The losses of CLIP-CID (Yang et al., AAAI 2025, equations 3 to 8), on L2-normalised embeddings. */

import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../runtime/backend.ts';

export type Reduction = 'mean' | 'sum';

/** log sum_j exp(x_ij) over `axis` of `[n, m]`; its gradient is the softmax, in one expression. */
export function logSumExp(x: Tensor2D, axis: 0 | 1): Tensor1D {
  const operation = tf.customGrad((input, save) => {
    const x = input as Tensor;
    const max = tf.max(x, axis, true);
    const lse = tf.add(tf.log(tf.sum(tf.exp(tf.sub(x, max)), axis, true)), max);
    (save as (tensors: Tensor[]) => void)([x, lse]);
    return {
      value: tf.squeeze(lse, [axis]),
      gradFunc: (dy: Tensor, saved: Tensor[]) => tf.mul(tf.expandDims(dy, axis), tf.exp(tf.sub(saved[0]!, saved[1]!))),
    };
  });
  return operation(x) as Tensor1D;
}

function reduce(perSample: Tensor, reduction: Reduction): Scalar {
  return reduction === 'mean' ? tf.mean(perSample) : tf.sum(perSample);
}

/**
 * Symmetric contrastive loss: 1/2 [-log softmax(scale a b^T)_ii - log softmax(scale b a^T)_ii] over the batch.
 * @param a, b `[n, d]`, matching rows are pairs
 * @param scale 1 / tau
 */
export function contrast(a: Tensor2D, b: Tensor2D, scale: Scalar | number, reduction: Reduction): Scalar {
  const logits: Tensor2D = tf.mul(tf.matMul(a, b, false, true), scale); // [n, n]
  const matching = tf.mul(tf.sum(tf.mul(a, b), 1), scale); // [n], the diagonal
  const both = tf.mul(tf.add(logSumExp(logits, 1), logSumExp(logits, 0)), 0.5);
  return reduce(tf.sub(both, matching), reduction);
}

export interface ClusterTerms {
  /** -log softmax_j(labelScale w_j . e_i)_{y_i} */
  label: Scalar;
  /** KL between softmax_j(w_j . e_i / tau) of student and teacher. */
  divergence: Scalar;
}

export interface ClusterOptions {
  labelScale: number;
  tau: number;
  /** `student-teacher`: KL(p^s || p^t), as the paper prints it. */
  kl: 'student-teacher' | 'teacher-student';
  reduction: Reduction;
}

/**
 * Cluster discrimination over the scored classes.
 * @param student, teacher `[n, d]` image embeddings
 * @param classes `[c, d]` rows of W
 * @param labels `[n]` int32, rows of `classes`
 */
export function clusterTerms(
  student: Tensor2D,
  teacher: Tensor2D,
  classes: Tensor2D,
  labels: Tensor1D,
  { labelScale, tau, kl, reduction }: ClusterOptions,
): ClusterTerms {
  const similarity: Tensor2D = tf.matMul(student, classes, false, true); // [n, c]
  const own = tf.sum(tf.mul(student, tf.gather(classes, labels)), 1); // [n], w_{y_i} . e_i
  const label = tf.sub(logSumExp(scaled(similarity, labelScale), 1), scaled(own, labelScale));
  const logStudent = logSoftmax(scaled(similarity, 1 / tau));
  const logTeacher = logSoftmax(scaled(tf.matMul(teacher, classes, false, true), 1 / tau));
  const [logP, logQ] = kl === 'student-teacher' ? [logStudent, logTeacher] : [logTeacher, logStudent];
  const divergence = tf.sum(tf.mul(tf.exp(logP), tf.sub(logP, logQ)), 1);
  return { label: reduce(label, reduction), divergence: reduce(divergence, reduction) };
}

function scaled<T extends Tensor>(x: T, factor: number): T {
  return factor === 1 ? x : tf.mul(x, factor);
}

function logSoftmax(x: Tensor2D): Tensor2D {
  return tf.sub(x, tf.expandDims(logSumExp(x, 1), 1));
}
