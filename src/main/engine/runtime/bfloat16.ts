/**
 * @file Matrix products in bfloat16 outside compiled programs; tfjs knows no such type.
 * A bfloat16 matrix can be multiplied, cut, cast back and disposed; nothing else may read it.
 */

import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { tf } from './backend.ts';
import { ElementType, execute } from './rawOps.ts';

const { float32, int32, bfloat16 } = ElementType;

/** Rounds a float32 matrix to the nearest bfloat16. */
export const toBfloat16 = (x: Tensor2D): Tensor2D =>
  execute('Cast', { SrcT: float32, DstT: bfloat16, Truncate: false }, [x])[0] as Tensor2D;

/** The float32 values of a bfloat16 matrix. */
export const fromBfloat16 = (x: Tensor2D): Tensor2D =>
  execute('Cast', { SrcT: bfloat16, DstT: float32, Truncate: false }, [x])[0] as Tensor2D;

/** a b^T of bfloat16 matrices `[m, d]` and `[n, d]`: summed in float32, rounded to bfloat16, `[m, n]`. */
export const matMulBfloat16 = (a: Tensor2D, b: Tensor2D): Tensor2D =>
  execute('MatMul', { transpose_a: false, transpose_b: true, T: bfloat16 }, [a, b])[0] as Tensor2D;

/** `size` `[rows, columns]` of a bfloat16 matrix from `begin` `[row, column]`; both int32 `[2]`. */
export const sliceBfloat16 = (x: Tensor2D, begin: Tensor1D, size: Tensor1D): Tensor2D =>
  execute('Slice', { T: bfloat16, Index: int32 }, [x, begin, size])[0] as Tensor2D;

/** Rows `indices` (int32 `[rows]`) of a bfloat16 matrix. */
export const gatherBfloat16 = (x: Tensor2D, indices: Tensor1D): Tensor2D =>
  execute('Gather', { Tparams: bfloat16, Tindices: int32, validate_indices: true }, [x, indices])[0] as Tensor2D;

/** Largest number of each row of a bfloat16 matrix, float32 `[rows]`. */
export function rowMaximaBfloat16(x: Tensor2D): Tensor1D {
  return tf.tidy(() => {
    const columns = tf.tensor1d([1], 'int32');
    const [maxima] = execute('Max', { T: bfloat16, Tidx: int32, keep_dims: false }, [x, columns]);
    return execute('Cast', { SrcT: bfloat16, DstT: float32, Truncate: false }, [maxima!])[0] as Tensor1D;
  });
}

/** A bfloat16 matrix with the same numbers in rows of `columns`. */
export function reshapeBfloat16(x: Tensor2D, columns: number): Tensor2D {
  return tf.tidy(() => {
    const shape = tf.tensor1d([-1, columns], 'int32');
    return execute('Reshape', { T: bfloat16, Tshape: int32 }, [x, shape])[0] as Tensor2D;
  });
}
