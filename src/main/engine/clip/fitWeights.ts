/** @file Tensors of a file against what a configuration expects: names, shapes and values. */

import { DistilleryError } from '../errors.ts';
import type { ClipConfig } from './config.ts';
import type { StoredTensor } from './safetensors.ts';
import { parameterShapes, type Weights } from './weights.ts';

/** Where a parameter comes from: one tensor, or several that follow each other along the first axis. */
export interface TensorSource {
  names: readonly string[];
  /** Of each of them. */
  shape: readonly number[];
  transposed: boolean;
}

/** Of open_clip's own state dict. */
export function openClipSources(config: ClipConfig): Map<string, TensorSource> {
  return new Map(
    [...parameterShapes(config)].map(([name, shape]) => [name, { names: [name], shape, transposed: false }]),
  );
}

/** Without the prefix of parallel training (`module.`) and of open_clip's CustomTextCLIP (`text.`). */
export function plainNames<T>(tensors: ReadonlyMap<string, T>): Map<string, T> {
  return new Map([...tensors].map(([name, tensor]) => [name.replace(/^module\./, '').replace(/^text\./, ''), tensor]));
}

/** @throws {DistilleryError} naming tensors that are missing, too many or of another shape */
export function checkFit(
  tensors: ReadonlyMap<string, { shape: readonly number[] }>,
  sources: ReadonlyMap<string, TensorSource>,
  file: string,
): void {
  const expected = new Map([...sources.values()].flatMap(({ names, shape }) => names.map((name) => [name, shape])));
  const missing = [...expected.keys()].filter((name) => !tensors.has(name));
  const unexpected = [...tensors.keys()].filter((name) => !expected.has(name));
  if (missing.length > 0 || unexpected.length > 0) {
    throw new DistilleryError(
      `${file} does not fit its configuration. Missing: ${listed(missing)}. Unexpected: ${listed(unexpected)}.`,
    );
  }
  for (const [name, shape] of expected) {
    const given = tensors.get(name)!.shape;
    // some checkpoints hold the logit scale as a list of one
    const same = name === 'logit_scale' ? given.every((size) => size === 1) : shape.join() === given.join();
    if (!same) throw new DistilleryError(shapeMessage(file, name, given, shape));
  }
}

/** The parameters of tensors that {@link checkFit} has passed. @throws {DistilleryError} where a value is no number */
export function takeWeights(
  tensors: ReadonlyMap<string, StoredTensor>,
  sources: ReadonlyMap<string, TensorSource>,
  config: ClipConfig,
  file: string,
): Weights {
  const shapes = parameterShapes(config);
  const weights: Weights = new Map();
  for (const [name, { names, shape, transposed }] of sources) {
    const parts = names.map((part) => {
      const { data } = tensors.get(part)!;
      const bad = data.findIndex((value) => !Number.isFinite(value));
      if (bad !== -1) throw new DistilleryError(`${file}: ${part} holds ${data[bad]!} at position ${bad}.`);
      return transposed ? transpose(data, shape) : data;
    });
    weights.set(name, { shape: shapes.get(name)!, data: parts.length === 1 ? parts[0]! : joined(parts) });
  }
  return weights;
}

/** `[a, b]` -> `[b, a]` */
export function transpose(data: Float32Array, shape: readonly number[]): Float32Array {
  const [rows, columns] = shape as [number, number];
  const turned = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) turned[j * rows + i] = data[i * columns + j]!;
  return turned;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function shapeMessage(file: string, name: string, given: readonly number[], expected: readonly number[]): string {
  const hint = /position(al)?_embedding/.test(name)
    ? ' Positional embeddings are not resized: use the image size and context length that the weights were trained with.'
    : '';
  return `${file}: ${name} is [${given.join(', ')}], the configuration expects [${expected.join(', ')}].${hint}`;
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
