/** @file What a compiled program is made of. */

import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-node-gpu';

export type DType = 'float32' | 'int32';
export type TypedArray = Float32Array | Int32Array;

export interface TensorSpec {
  shape: readonly number[];
  dtype: DType;
}

/** What a run supplies. The function sees bytes as float32 numbers from 0 to 255: tfjs has no tensors of bytes. */
export interface InputSpec {
  shape: readonly number[];
  dtype: DType | 'uint8';
}
export type InputArray = TypedArray | Uint8Array;

/** How a function changes a variable when it runs; all reads see the values from before. */
export type Update =
  | { kind: 'assign'; variable: string; value: Tensor }
  /** Adds `value` to the variable. */
  | { kind: 'add'; variable: string; value: Tensor }
  /** Replaces the rows `indices` (each at most once) of `[k, d]` by `rows` `[c, d]`. */
  | { kind: 'scatter'; variable: string; indices: Tensor1D; rows: Tensor }
  /**
   * One AdamW step (Loshchilov & Hutter 2019, bias corrections as PyTorch):
   * p -= lr * decay * p, then Adam with the moments in variables `m` and `v`. Pass the corrected
   * rate lr * sqrt(1 - b2^t) / (1 - b1^t) and epsilon eps * sqrt(1 - b2^t): TensorFlow adds epsilon before the correction.
   */
  | {
      kind: 'adamW';
      variable: string;
      m: string;
      v: string;
      gradient: Tensor;
      /** lr * weight decay of this step; leave out where nothing decays. */
      decay?: Scalar;
      correctedRate: Scalar;
      correctedEpsilon: Scalar;
      beta1: number;
      beta2: number;
    };

export interface TracedFunction {
  inputs: Record<string, InputSpec>;
  /** Plain tfjs; called once, with tensors that have shapes and no numbers (reading one throws). */
  build: (
    inputs: Record<string, Tensor>,
    variables: Record<string, Tensor>,
  ) => { outputs: Record<string, Tensor>; updates?: Update[] };
}

export interface ProgramSpec {
  /** State that lives in the session; shared by all functions. */
  variables: Record<string, TensorSpec>;
  functions: Record<string, TracedFunction>;
  /** bf16: matrix products take bfloat16 and give float32; everything else stays float32. */
  precision?: 'fp32' | 'bf16';
}

export interface Program {
  /** Sets variables; those that are not given become zeros. Needed before the first run. */
  initialise: (values: Record<string, TypedArray>) => void;
  /** Replaces the values of some variables. */
  write: (values: Record<string, TypedArray>) => void;
  /**
   * Runs a function and then its updates; outputs are fresh arrays in row-major order, bool as int32 0 or 1.
   * @throws {DistilleryError} on a missing input or one of the wrong size.
   */
  run: (name: string, inputs: Record<string, InputArray>) => Record<string, TypedArray>;
  /** Current values of variables (all by default). */
  read: (names?: readonly string[]) => Record<string, TypedArray>;
  dispose: () => void;
}
