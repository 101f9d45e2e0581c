/** @file Runs the same plain tfjs function eagerly and compiled. */

import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { expect } from 'vitest';
import { tf } from '../../../src/main/engine/runtime/backend.ts';
import { compile } from '../../../src/main/engine/runtime/compile.ts';
import { TF } from '../../../src/main/engine/runtime/record.ts';
import { trace, type Trace } from '../../../src/main/engine/runtime/trace.ts';
import type { ProgramSpec, TensorSpec, TypedArray } from '../../../src/main/engine/runtime/types.ts';

export interface Given extends TensorSpec {
  values: TypedArray;
}

export type Build = (inputs: Record<string, Tensor>) => Record<string, Tensor>;

export const float32 = (shape: readonly number[], values: readonly number[]): Given => {
  return { shape, dtype: 'float32', values: Float32Array.from(values) };
};
export const int32 = (shape: readonly number[], values: readonly number[]): Given => {
  return { shape, dtype: 'int32', values: Int32Array.from(values) };
};

/** Different numbers in [-1, 1] that a person can follow: i * 0.37 folded. */
export function numbers(count: number, offset = 0): number[] {
  return Array.from({ length: count }, (_, i) => (((i + offset) * 0.37 + 1) % 2) - 1);
}

export interface Computed {
  shape: readonly number[];
  dtype: string;
  values: number[];
}

/** What tfjs computes, one operation at a time. */
export function eager(given: Record<string, Given>, build: Build): Record<string, Computed> {
  return tf.tidy(() => {
    const inputs = Object.entries(given).map(([name, { shape, dtype, values }]): [string, Tensor] => [
      name,
      tf.tensor(values, [...shape], dtype),
    ]);
    return Object.fromEntries(
      Object.entries(build(Object.fromEntries(inputs))).map(([name, tensor]) => [
        name,
        { shape: tensor.shape, dtype: tensor.dtype, values: Array.from(tensor.dataSync()) },
      ]),
    );
  });
}

/** What the compiled function gives, with the shapes and element types that its trace knows. */
export function compiled(
  given: Record<string, Given>,
  build: Build,
  precision: ProgramSpec['precision'] = 'fp32',
): Record<string, Computed> {
  const traced = { inputs: given, build: (inputs: Record<string, Tensor>) => ({ outputs: build(inputs) }) };
  const record = trace(traced, {});
  const program = compile({ variables: {}, functions: { f: traced }, precision });
  try {
    const results = program.run('f', valuesOf(given));
    return Object.fromEntries(
      Object.entries(results).map(([name, values]) => [
        name,
        { ...signatureOf(record, name), values: Array.from(values) },
      ]),
    );
  } finally {
    program.dispose();
  }
}

function signatureOf({ operations, outputs }: Trace, name: string): Pick<Computed, 'shape' | 'dtype'> {
  const { node, output } = outputs.get(name)!;
  const { shape, dtype } = operations[node]!.outputs[output]!;
  return { shape, dtype: Object.entries(TF).find(([, number]) => number === dtype)![0] };
}

export const valuesOf = (given: Record<string, Given>): Record<string, TypedArray> =>
  Object.fromEntries(Object.entries(given).map(([name, { values }]) => [name, values]));

/** Shapes and element types are the same, numbers differ by at most `tolerance` of the largest. */
export function expectEqual(
  actual: Record<string, Computed>,
  expected: Record<string, Computed>,
  tolerance = 1e-5,
): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, { shape, dtype, values }] of Object.entries(expected)) {
    expect({ name, shape: actual[name]!.shape, dtype: actual[name]!.dtype }).toEqual({ name, shape, dtype });
    expectClose(actual[name]!.values, values, tolerance);
  }
}

/** Also equal where both are NaN or the same infinity. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-5): void {
  expect(actual.length).toBe(expected.length);
  const finite = Array.from(expected).filter(Number.isFinite);
  const bound = tolerance * Math.max(1, ...finite.map(Math.abs));
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(actual[i], expected[i])) continue;
    if (!(Math.abs(actual[i]! - expected[i]!) <= bound)) {
      expect.fail(`number ${i}: ${actual[i]} instead of ${expected[i]} (tolerance ${bound})`);
    }
  }
}

export function expectCompiledEqualsEager(given: Record<string, Given>, build: Build, tolerance?: number): void {
  expectEqual(compiled(given, build), eager(given, build), tolerance);
}
