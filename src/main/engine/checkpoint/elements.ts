/** @file The elements of a tensor, gathered from its storage. */

import type { FloatType } from '../floats.ts';
import type { Tensor } from './torchObjects.ts';

export interface CheckpointTensor {
  shape: number[];
  /** As it was stored. */
  dtype: FloatType;
  data: Float32Array;
}

/** Row-major; a view of `values` where the tensor is all of it. */
export function elementsOf({ offset, shape, strides }: Tensor, values: Float32Array): Float32Array {
  const count = shape.reduce((product, size) => product * size, 1);
  if (isContiguous(shape, strides)) {
    return count === values.length ? values : values.slice(offset, offset + count);
  }
  const elements = new Float32Array(count);
  const index = shape.map(() => 0);
  let at = offset;
  for (let i = 0; i < count; i++) {
    elements[i] = values[at]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= shape[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return elements;
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}
