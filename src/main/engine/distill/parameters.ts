/** @file What a distillation trains: the student, the projection to the teacher's width, the cluster centres W. */

import type { ClipConfig } from '../clip/config.ts';
import { parameterShapes } from '../clip/weights.ts';
import type { TensorSpec } from '../runtime/types.ts';
import type { DistillOptions } from './options.ts';

/** Not part of the exported student. */
export const PROJECTION = 'distill.projection'; // [teacher width, student width]
export const CENTRES = 'distill.centres'; // [k, teacher width]
export const LOGIT_SCALE = 'logit_scale';

export interface Parameter {
  shape: number[];
  /** `scale`: clamped after each step; `centres`: its own learning rate. */
  group: 'student' | 'scale' | 'centres';
  /** Weight decay, by open_clip's rule. */
  decays: boolean;
}

export interface Sizes {
  /** Width of the teacher's embeddings. */
  teacherDim: number;
  /** Cluster centres; 0 without L_cluster. */
  classes: number;
  /** Centres that a step scores. */
  scored: number;
  /** Tokens a caption. */
  tokens: number;
}

const usesTeacher = (options: DistillOptions): boolean => options.cluster || options.instance;

/** Whether a projection is trained: equal widths need none. */
export const projects = (config: ClipConfig, options: DistillOptions, sizes: Sizes): boolean =>
  usesTeacher(options) && sizes.teacherDim !== config.embedDim;

/** Every trained parameter. */
export function trainedParameters(config: ClipConfig, options: DistillOptions, sizes: Sizes): Map<string, Parameter> {
  const all = new Map<string, Parameter>();
  for (const [name, shape] of parameterShapes(config)) {
    if (name === LOGIT_SCALE) continue;
    all.set(name, { shape, group: 'student', decays: decays(name, shape) });
  }
  if (options.base && options.learnTau) all.set(LOGIT_SCALE, { shape: [], group: 'scale', decays: false });
  if (projects(config, options, sizes)) {
    all.set(PROJECTION, { shape: [sizes.teacherDim, config.embedDim], group: 'student', decays: true });
  }
  if (options.cluster) {
    all.set(CENTRES, { shape: [sizes.classes, sizes.teacherDim], group: 'centres', decays: false });
  }
  return all;
}

/** open_clip: no decay for vectors and scalars, norms, biases and the logit scale. */
function decays(name: string, shape: readonly number[]): boolean {
  return shape.length >= 2 && !/bn|ln|bias|logit_scale/.test(name);
}

export const firstMoment = (name: string): string => `adam.m/${name}`;
export const secondMoment = (name: string): string => `adam.v/${name}`;
export const accumulated = (name: string): string => `gradient/${name}`;

/** The program's variables: parameters and Adam's moments; gradients too when micro-batches accumulate them. */
export function trainingVariables(
  parameters: Map<string, Parameter>,
  accumulates: (name: string) => boolean,
): Record<string, TensorSpec> {
  const variables: Record<string, TensorSpec> = {};
  for (const [name, { shape }] of parameters) {
    variables[name] = { shape, dtype: 'float32' };
    variables[firstMoment(name)] = { shape, dtype: 'float32' };
    variables[secondMoment(name)] = { shape, dtype: 'float32' };
    if (accumulates(name)) variables[accumulated(name)] = { shape, dtype: 'float32' };
  }
  return variables;
}
