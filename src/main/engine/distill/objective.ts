/** @file L = L_base + L_cluster + L_instance on the embeddings of one batch, with every term beside it. */

import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { unitRows } from '../clip/encoder.ts';
import { tf } from '../runtime/backend.ts';
import { clusterTerms, contrast } from './losses.ts';
import type { DistillOptions } from './options.ts';

export interface Batch {
  /** `[n, D]`, unit length */
  teacherImage?: Tensor2D;
  teacherText?: Tensor2D;
  /** `[n]` rows of `classes` */
  labels?: Tensor1D;
}

export interface Learned {
  /** `[]`, ln(1 / tau) */
  logitScale: Scalar;
  /** `[D, d]`; none when the widths are equal */
  projection?: Tensor2D;
  /** `[c, D]` rows of W that this step scores */
  classes?: Tensor2D;
}

export type LossTerms = Partial<Record<LossName, Scalar>> & { overall: Scalar };
export const lossNames = ['overall', 'base', 'cluster', 'label', 'divergence', 'instance'] as const;
export type LossName = (typeof lossNames)[number];

/**
 * @param image, text the student's embeddings as its towers give them, `[n, d]`
 * @returns the terms that are switched on; `overall` is their sum
 */
export function objective(
  image: Tensor2D,
  text: Tensor2D,
  batch: Batch,
  learned: Learned,
  options: DistillOptions,
): LossTerms {
  const { reduction, gamma, alpha } = options;
  const studentImage = unitRows(image);
  const studentText = unitRows(text);
  const terms: Partial<Record<LossName, Scalar>> = {};
  if (options.base) terms.base = contrast(studentImage, studentText, tf.exp(learned.logitScale), reduction);

  const toTeacher = (x: Tensor2D): Tensor2D =>
    learned.projection ? unitRows(tf.matMul(x, learned.projection, false, true)) : x;
  if (options.cluster) {
    const classes = options.normaliseCentres ? unitRows(learned.classes!) : learned.classes!;
    const { label, divergence } = clusterTerms(toTeacher(studentImage), batch.teacherImage!, classes, batch.labels!, {
      labelScale: options.clusterLogitScale,
      tau: options.tau,
      kl: options.kl,
      reduction,
    });
    terms.label = label;
    terms.divergence = divergence;
    terms.cluster = weighted(alpha, label, divergence);
  }
  if (options.instance) {
    const scale = 1 / options.tau;
    const imageToText = contrast(toTeacher(studentImage), batch.teacherText!, scale, reduction);
    const textToImage = contrast(batch.teacherImage!, toTeacher(studentText), scale, reduction);
    terms.instance = weighted(gamma, imageToText, textToImage);
  }
  const parts = [terms.base, terms.cluster, terms.instance].filter((term) => term !== undefined);
  return { ...terms, overall: parts.reduce((sum, term) => tf.add(sum, term)) };
}

function weighted(share: number, a: Scalar, b: Scalar): Scalar {
  return tf.add(tf.mul(a, share), tf.mul(b, 1 - share));
}

/** 1 - |mean of the unit rows|^2: 0 when all embeddings are one point. */
export function spread(embeddings: Tensor2D): Tensor {
  const mean = tf.mean(unitRows(embeddings), 0);
  return tf.sub(1, tf.sum(tf.square(mean)));
}
