/** @file AdamW with the parameter groups of CLIP-CID, as updates of a compiled program. */

import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../runtime/backend.ts';
import type { Update } from '../runtime/types.ts';
import type { DistillOptions } from './options.ts';
import { firstMoment, secondMoment, type Parameter } from './parameters.ts';

/** Fed at each step; see schedule.ts for the corrections. */
export const rateInputs = ['decay', 'rate', 'centresRate', 'epsilon'] as const;
export type Rates = Record<(typeof rateInputs)[number], Scalar>;

/** ln 100: the logit scale never exceeds 100 (Radford et al. 2021). */
const maxLogitScale = Math.log(100);

/** @param scored rows of W that this step changes, `[c]`; undefined when it changes all */
export function adamW(
  name: string,
  { group, decays }: Parameter,
  gradient: Tensor,
  variables: Record<string, Tensor>,
  rates: Rates,
  options: DistillOptions,
  scored?: Tensor1D,
): Update[] {
  if (group === 'scale') return clampedAdam(name, gradient, variables, rates, options);
  if (group === 'centres' && scored) return rowAdam(name, gradient as Tensor2D, scored, variables, rates, options);
  return [
    {
      kind: 'adamW',
      variable: name,
      m: firstMoment(name),
      v: secondMoment(name),
      gradient,
      ...(decays && options.weightDecay > 0 ? { decay: rates.decay } : {}),
      correctedRate: group === 'centres' ? rates.centresRate : rates.rate,
      correctedEpsilon: rates.epsilon,
      beta1: options.beta1,
      beta2: options.beta2,
    },
  ];
}

interface Moments {
  value: Tensor;
  m: Tensor;
  v: Tensor;
}

/** One Adam step in plain operations: for a scalar, or for some rows of a matrix. */
function adamStep(
  { value, m, v }: Moments,
  gradient: Tensor,
  rate: Scalar,
  epsilon: Scalar,
  options: DistillOptions,
): Moments {
  const nextM = tf.add(tf.mul(m, options.beta1), tf.mul(gradient, 1 - options.beta1));
  const nextV = tf.add(tf.mul(v, options.beta2), tf.mul(tf.square(gradient), 1 - options.beta2));
  const step = tf.mul(tf.div(nextM, tf.add(tf.sqrt(nextV), epsilon)), rate);
  return { value: tf.sub(value, step), m: nextM, v: nextV };
}

function clampedAdam(
  name: string,
  gradient: Tensor,
  variables: Record<string, Tensor>,
  rates: Rates,
  options: DistillOptions,
): Update[] {
  const before = { value: variables[name]!, m: variables[firstMoment(name)]!, v: variables[secondMoment(name)]! };
  const after = adamStep(before, gradient, rates.rate, rates.epsilon, options);
  return [
    { kind: 'assign', variable: name, value: tf.clipByValue(after.value, 0, maxLogitScale) },
    { kind: 'assign', variable: firstMoment(name), value: after.m },
    { kind: 'assign', variable: secondMoment(name), value: after.v },
  ];
}

/** Only the scored rows move, with their own moments (as partial_fc does): the cost follows the sample, not k. */
function rowAdam(
  name: string,
  gradient: Tensor2D,
  rows: Tensor1D,
  variables: Record<string, Tensor>,
  rates: Rates,
  options: DistillOptions,
): Update[] {
  const names = { value: name, m: firstMoment(name), v: secondMoment(name) };
  const part = (variable: string): Tensor => tf.gather(variables[variable]!, rows);
  const before = { value: part(names.value), m: part(names.m), v: part(names.v) };
  const after = adamStep(before, gradient, rates.centresRate, rates.epsilon, options);
  return (['value', 'm', 'v'] as const).map((key) => {
    return { kind: 'scatter', variable: names[key], indices: rows, rows: after[key] };
  });
}
