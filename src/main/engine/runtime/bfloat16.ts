/**
 * @file Matrix products in bfloat16 outside compiled programs. tfjs knows no such type, so its two ops go to the binding.
 * Such a tensor can be multiplied, cast back and disposed, and tidy() and memory() count it; nothing else may read it.
 */

import type { DataId, Tensor2D, TensorInfo } from '@tensorflow/tfjs-node-gpu';
import { tf } from './backend.ts';

/** DT_BFLOAT16 in tensorflow/core/framework/types.proto. */
const BFLOAT16 = 14;

interface Metadata {
  id: number;
  shape: number[];
  dtype: number;
}

/** What tfjs-node's backend offers beyond its published type. */
interface NodeBackend {
  binding: {
    TF_FLOAT: number;
    TF_ATTR_TYPE: number;
    TF_ATTR_BOOL: number;
    executeOp: (name: string, attributes: object[], inputs: number[], outputs: number) => Metadata[];
  };
  tensorMap: { set: (dataId: DataId, info: Metadata & { values: null; refCount: number }) => void };
  getInputTensorIds: (tensors: TensorInfo[]) => number[];
}

const backend = (): NodeBackend => tf.backend() as unknown as NodeBackend;
const type = (name: string, value: number) => ({ name, type: backend().binding.TF_ATTR_TYPE, value });
const flag = (name: string, value: boolean) => ({ name, type: backend().binding.TF_ATTR_BOOL, value });

function execute(name: string, attributes: object[], inputs: Tensor2D[]): Tensor2D {
  const { binding, tensorMap, getInputTensorIds } = backend();
  const [made] = binding.executeOp(name, attributes, getInputTensorIds.call(backend(), inputs), 1) as [Metadata];
  const dataId = {};
  tensorMap.set(dataId, { ...made, values: null, refCount: 1 });
  return tf.engine().makeTensorFromTensorInfo({ dataId, shape: made.shape, dtype: 'float32' }) as Tensor2D;
}

function cast(x: Tensor2D, from: number, to: number): Tensor2D {
  return execute('Cast', [type('SrcT', from), type('DstT', to), flag('Truncate', false)], [x]);
}

/** Rounds a float32 matrix to the nearest bfloat16. */
export const toBfloat16 = (x: Tensor2D): Tensor2D => cast(x, backend().binding.TF_FLOAT, BFLOAT16);

/** The float32 values of a bfloat16 matrix. */
export const fromBfloat16 = (x: Tensor2D): Tensor2D => cast(x, BFLOAT16, backend().binding.TF_FLOAT);

/** a b^T of bfloat16 matrices `[m, d]` and `[n, d]`: summed in float32, rounded to bfloat16, `[m, n]`. */
export const matMulBfloat16 = (a: Tensor2D, b: Tensor2D): Tensor2D =>
  execute('MatMul', [flag('transpose_a', false), flag('transpose_b', true), type('T', BFLOAT16)], [a, b]);
