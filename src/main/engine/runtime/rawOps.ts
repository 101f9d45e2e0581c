/** @file Ops of TensorFlow that tfjs does not offer, run eagerly through the binding under tfjs-node. */

import type { DataId, Tensor, TensorInfo } from '@tensorflow/tfjs-node-gpu';
import { tf } from './backend.ts';

/** Element types as tensorflow/core/framework/types.proto numbers them. */
export const ElementType = { float32: 1, int32: 3, bfloat16: 14 } as const;

interface Metadata {
  id: number;
  shape: number[];
  dtype: number;
}

/** What tfjs-node's backend has beyond its published type. */
interface NodeBackend {
  binding: {
    TF_ATTR_TYPE: number;
    TF_ATTR_BOOL: number;
    executeOp: (name: string, attributes: object[], inputs: number[], outputs: number) => Metadata[];
  };
  tensorMap: { set: (dataId: DataId, info: Metadata & { values: null; refCount: number }) => void };
  getInputTensorIds: (tensors: TensorInfo[]) => number[];
}

/** Attributes of an op: element types as numbers, flags as booleans. */
export type Attributes = Record<string, number | boolean>;

/**
 * Runs an op with floating-point outputs. tidy() and memory() count these, and call them float32 whatever they are.
 * @throws what TensorFlow says, for an op or attributes that it does not know.
 */
export function execute(name: string, attributes: Attributes, inputs: Tensor[], outputs = 1): Tensor[] {
  const backend = tf.backend() as unknown as NodeBackend;
  const { binding } = backend;
  const list = Object.entries(attributes).map(([key, value]) => ({
    name: key,
    type: typeof value === 'boolean' ? binding.TF_ATTR_BOOL : binding.TF_ATTR_TYPE,
    value,
  }));
  return binding.executeOp(name, list, backend.getInputTensorIds(inputs), outputs).map((made) => {
    const dataId = {};
    backend.tensorMap.set(dataId, { ...made, values: null, refCount: 1 });
    return tf.engine().makeTensorFromTensorInfo({ dataId, shape: made.shape, dtype: 'float32' });
  });
}
