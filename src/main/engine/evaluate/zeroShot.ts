/** @file Zero-shot classification with prompt ensembles (Radford et al. 2021, section 3.1.4). */

import { DistilleryError } from '../errors.ts';
import { answerOf, forEachRow, rankOf } from './products.ts';

/**
 * One vector per class: its prompts' vectors normalised, averaged, normalised again.
 * @param prompts text vectors, class by class, `[classes * templates, dim]`
 * @returns `[classes, dim]`, L2-normalised
 * @throws {DistilleryError} when the prompts of a class cancel out or are not finite.
 */
export function classVectors(prompts: Float32Array, templates: number, dim: number): Float32Array {
  const classes = prompts.length / (templates * dim);
  const vectors = new Float32Array(classes * dim);
  const sum = new Float64Array(dim);
  for (let index = 0; index < classes; index++) {
    sum.fill(0);
    for (let t = 0; t < templates; t++) {
      const prompt = prompts.subarray((index * templates + t) * dim, (index * templates + t + 1) * dim);
      const length = norm(prompt);
      for (let i = 0; i < dim; i++) sum[i]! += prompt[i]! / length;
    }
    const length = norm(sum);
    if (!(length > 0 && length < Infinity)) {
      throw new DistilleryError(`The prompts of class ${index} have no mean direction (length ${length}).`);
    }
    for (let i = 0; i < dim; i++) vectors[index * dim + i] = sum[i]! / length;
  }
  return vectors;
}

function norm(vector: Float32Array | Float64Array): number {
  let squares = 0;
  for (const value of vector) squares += value * value;
  return Math.sqrt(squares);
}

/**
 * Place of the right class of each image among all classes, from 0; equal scores go to the lower class index.
 * @param features image vectors `[n, dim]`, L2-normalised
 * @param classes class vectors `[c, dim]`, L2-normalised
 * @param labels right class of each image `[n]`
 * @param guesses filled with the answered class of each image `[n]`
 */
export function zeroShotRanks(
  features: Float32Array,
  classes: Float32Array,
  labels: Int32Array,
  dim: number,
  guesses?: Int32Array,
): Int32Array {
  const ranks = new Int32Array(labels.length);
  forEachRow(features, classes, dim, (row, scores) => {
    const label = labels[row]!;
    const rank = rankOf(scores, label);
    ranks[row] = rank;
    if (guesses) guesses[row] = answerOf(scores, label, rank);
  });
  return ranks;
}
