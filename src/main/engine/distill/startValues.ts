/** @file Where training starts: the student's weights, the projection, W from the k-means centres. */

import type { ClipConfig } from '../clip/config.ts';
import { loadModel } from '../clip/model.ts';
import { initialWeights, parameterShapes, type Weights } from '../clip/weights.ts';
import { UsageError } from '../errors.ts';
import { normalStream } from '../random.ts';
import type { TypedArray } from '../runtime/types.ts';
import type { DistillOptions } from './options.ts';
import { CENTRES, LOGIT_SCALE, PROJECTION, projects, type Sizes } from './parameters.ts';
import type { TrainingSet } from './trainingSet.ts';

/** Values at step 0; Adam's moments, which start at zero, are left out. @throws {UsageError} when --init is another model */
export async function startValues(
  config: ClipConfig,
  options: DistillOptions,
  set: TrainingSet,
  sizes: Sizes,
): Promise<Record<string, TypedArray>> {
  const weights =
    options.init === null ? initialWeights(config, options.seed) : await initWeights(options.init, config);
  if (options.init === null) weights.set(LOGIT_SCALE, { shape: [], data: Float32Array.of(Math.log(1 / options.tau)) });
  const values: Record<string, TypedArray> = {};
  for (const [name, { data }] of weights) values[name] = data;
  if (set.clusters) values[CENTRES] = set.clusters.centres;
  if (projects(config, options, sizes))
    values[PROJECTION] = randomProjection(sizes.teacherDim, config.embedDim, options.seed);
  return values;
}

async function initWeights(reference: string, config: ClipConfig): Promise<Weights> {
  const { config: given, weights } = await loadModel(reference);
  if (JSON.stringify([...parameterShapes(given)]) !== JSON.stringify([...parameterShapes(config)])) {
    throw new UsageError(
      `--init ${reference} is another model than the student ${config.name}; give the matching --student.`,
    );
  }
  return weights;
}

/** `[D, d]`, normal with deviation 1 / sqrt(d), so that lengths stay about the same. */
function randomProjection(teacherDim: number, studentDim: number, seed: number): Float32Array {
  const next = normalStream(seed, 0x9703);
  return Float32Array.from({ length: teacherDim * studentDim }, () => next() * studentDim ** -0.5);
}
