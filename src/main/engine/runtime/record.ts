/** @file The record of one traced function: a list of TensorFlow operations with known shapes. */

import type { TypedArray } from './types.ts';

/** TensorFlow's numbers for element types (tensorflow/core/framework/types.proto). */
export const TF = {
  float32: 1,
  int32: 3,
  uint8: 4,
  string: 7,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  resource: 20,
} as const;

export interface Signature {
  shape: readonly number[];
  /** One of {@link TF}. */
  dtype: number;
}

export type AttributeValue =
  | { kind: 'int'; value: number }
  | { kind: 'ints'; value: number[] }
  | { kind: 'float'; value: number }
  | { kind: 'bool'; value: boolean }
  | { kind: 'string'; value: string }
  | { kind: 'type'; value: number };

/** Output `output` of operation `node` in the record. */
export interface Ref {
  node: number;
  output: number;
}

export interface Operation {
  /** TensorFlow's name of the kind, or `input`, `variable`, `constant`. */
  op: string;
  /** Name of an input or variable. */
  name?: string;
  /** Numbers of a constant, row-major. */
  value?: TypedArray | Uint8Array | BigInt64Array;
  attributes: Record<string, AttributeValue>;
  inputs: Ref[];
  outputs: Signature[];
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
