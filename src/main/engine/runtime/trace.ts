/**
 * @file Tracing: while a function of plain tfjs runs, every call of its backend's `executeOp` is recorded instead of computed.
 * The tensors that it sees have shapes and no numbers, so a trace takes milliseconds and no memory.
 *
 * The backend of tfjs-node keeps a map from tensors to handles of libtensorflow (ids >= 0). Tensors of a trace get ids
 * below -1 instead, which tfjs never hands to the library, also not when it disposes them.
 */

import type { DataId, Tensor, TensorInfo } from '@tensorflow/tfjs-node-gpu';
import { DistilleryError } from '../errors.ts';
import { tf } from './backend.ts';
import { TF, type AttributeValue, type Operation, type Ref, type Signature } from './record.ts';
import { outputSignatures } from './shapes.ts';
import { checkOnce, checkUpdate } from './updates.ts';
import type { InputSpec, TensorSpec, TracedFunction, TypedArray, Update } from './types.ts';

interface Handle {
  id: number;
  shape: number[];
  dtype: number;
  values: TypedArray | Uint8Array | null;
}

interface BackendAttribute {
  name: string;
  type: number;
  value: number | boolean | string | number[];
}

interface Binding {
  TF_ATTR_STRING: number;
  TF_ATTR_INT: number;
  TF_ATTR_FLOAT: number;
  TF_ATTR_BOOL: number;
  TF_ATTR_TYPE: number;
  executeOp: (op: string, attributes: BackendAttribute[], inputs: number[], outputs: number) => Metadata[];
  tensorDataSync: (id: number) => TypedArray | Uint8Array;
}

interface Metadata {
  id: number;
  shape: readonly number[];
  dtype: number;
}

/** What this file uses of tfjs-node's backend object. */
interface NodeBackend {
  binding: Binding;
  tensorMap: { get: (id: DataId) => Handle };
  getInputTensorIds: (tensors: (TensorInfo | { valueArray: BigInt64Array | Int32Array })[]) => number[];
  createOutputTensor: (metadata: Metadata) => Tensor;
  executeSingleOutput: (op: string, attributes: BackendAttribute[], inputs: TensorInfo[]) => Tensor;
}

/** Type attributes that tfjs leaves to eager execution to infer: attribute -> input that has the type. */
const leftToInference: Record<string, Record<string, number>> = { ExpandDims: { T: 0, Tdim: 1 } };

export interface TracedUpdate {
  update: Update;
  refs: Partial<
    Record<'value' | 'indices' | 'rows' | 'gradient' | 'decay' | 'correctedRate' | 'correctedEpsilon', Ref>
  >;
}

export interface Trace {
  operations: Operation[];
  inputs: Map<string, Ref>;
  outputs: Map<string, Ref>;
  updates: TracedUpdate[];
}

/** Records what `traced.build` computes. @throws {DistilleryError} when it reads numbers or uses an unknown operation. */
export function trace(traced: TracedFunction, variables: Record<string, TensorSpec>): Trace {
  const backend = tf.backend() as unknown as NodeBackend;
  const recorder = new Recorder(backend);
  return recorder.during(() => {
    tf.engine().startScope();
    try {
      const inputs = mapValues(traced.inputs, (spec, name) => recorder.input(name, spec));
      const state = mapValues(variables, (spec, name) => recorder.variable(name, spec));
      const { outputs, updates = [] } = traced.build(inputs, state);
      checkOnce(updates);
      return {
        operations: recorder.operations,
        inputs: recorder.inputs,
        outputs: new Map(Object.entries(outputs).map(([name, tensor]) => [name, recorder.refOf(tensor)])),
        updates: updates.map((update) => recorder.updateOf(update, variables)),
      };
    } finally {
      tf.engine().endScope();
      recorder.disposeKept();
    }
  });
}

class Recorder {
  readonly operations: Operation[] = [];
  /** Where a run's arrays enter. */
  readonly inputs = new Map<string, Ref>();
  /** Which operation's output an id of the trace stands for; id = -2 - index. */
  private readonly refs: Ref[] = [];
  private readonly tensors: Tensor[] = [];
  private readonly constants = new WeakMap<DataId, number>();
  private readonly backend: NodeBackend;
  private readonly binding: Binding;

  constructor(backend: NodeBackend) {
    this.backend = backend;
    this.binding = backend.binding;
  }

  /** Puts the recorder in the backend's place while `work` runs. */
  during<T>(work: () => T): T {
    const { backend, binding } = this;
    const recording = Object.create(binding, {
      executeOp: {
        value: (op: string, attributes: BackendAttribute[], inputs: number[], outputs: number) =>
          this.execute(op, attributes, inputs, outputs),
      },
      tensorDataSync: { value: (id: number) => this.readOutside(id) },
    }) as Binding;
    const gather = tf.getKernel('GatherV2', 'tensorflow');
    const gatherKernel = gather.kernelFunc;
    // the stock kernel reads the indices back to check their range; in a session the operation checks it itself
    gather.kernelFunc = ({ inputs, attrs }) =>
      this.gather(inputs as Record<'x' | 'indices', TensorInfo>, attrs as Record<'axis' | 'batchDims', number>);
    backend.binding = recording;
    const createOutputTensor = backend.createOutputTensor.bind(backend);
    backend.createOutputTensor = (metadata) => {
      const tensor = createOutputTensor(metadata);
      this.tensors.push(tensor);
      return tensor;
    };
    backend.getInputTensorIds = (tensors) => tensors.map((tensor) => this.idOf(tensor));
    try {
      return work();
    } finally {
      backend.binding = binding;
      // the methods of the prototype come back
      Reflect.deleteProperty(backend, 'getInputTensorIds');
      Reflect.deleteProperty(backend, 'createOutputTensor');
      gather.kernelFunc = gatherKernel;
    }
  }

  /** Tensors that the function kept alive with tf.keep, to return them from inside a gradient. */
  disposeKept(): void {
    for (const tensor of this.tensors) if (!tensor.isDisposed) tensor.dispose();
  }

  /** A tensor that a run supplies; bytes are cast at once. */
  input(name: string, { shape, dtype }: InputSpec): Tensor {
    const given = this.source('input', name, { shape, dtype: TF[dtype] });
    const ref = this.refs[-2 - given.id]!;
    this.inputs.set(name, ref);
    if (dtype !== 'uint8') return this.backend.createOutputTensor(given);
    const attributes: Operation['attributes'] = {
      SrcT: { kind: 'type', value: TF.uint8 },
      DstT: { kind: 'type', value: TF.float32 },
    };
    const outputs = [{ shape, dtype: TF.float32 }];
    return this.backend.createOutputTensor(this.add({ op: 'Cast', attributes, inputs: [ref], outputs })[0]!);
  }

  variable(name: string, { shape, dtype }: TensorSpec): Tensor {
    return this.backend.createOutputTensor(this.source('variable', name, { shape, dtype: TF[dtype] }));
  }

  refOf(tensor: TensorInfo): Ref {
    return this.refs[-2 - this.idOf(tensor)]!;
  }

  updateOf(update: Update, variables: Record<string, TensorSpec>): TracedUpdate {
    const tensors = Object.entries(update).filter((entry): entry is [string, Tensor] => entry[1] instanceof tf.Tensor);
    const refs: TracedUpdate['refs'] = Object.fromEntries(tensors.map(([part, tensor]) => [part, this.refOf(tensor)]));
    checkUpdate(update, variables, (part) => this.signatureOf(refs[part]!));
    return { update, refs };
  }

  private source(op: 'input' | 'variable', name: string, signature: Signature): Metadata {
    return this.add({ op, name, attributes: {}, inputs: [], outputs: [signature] })[0]!;
  }

  private signatureOf({ node, output }: Ref): Signature {
    return this.operations[node]!.outputs[output]!;
  }

  private readOutside(id: number): TypedArray | Uint8Array {
    if (id >= -1) return this.binding.tensorDataSync(id);
    throw new DistilleryError('A compiled function read the numbers of a tensor; in a trace only shapes are known.');
  }

  private add(operation: Operation): Metadata[] {
    const node = this.operations.push(operation) - 1;
    return operation.outputs.map(({ shape, dtype }, output) => {
      const id = -1 - this.refs.push({ node, output });
      return { id, shape, dtype };
    });
  }

  private execute(op: string, attributes: BackendAttribute[], ids: number[], outputs: number): Metadata[] {
    const inputs = ids.map((id) => this.refs[-2 - id]!);
    const described = Object.fromEntries(attributes.map((attribute) => [attribute.name, this.describe(attribute)]));
    for (const [attribute, index] of Object.entries(leftToInference[op] ?? {})) {
      described[attribute] ??= { kind: 'type', value: this.signatureOf(inputs[index]!).dtype };
    }
    const signatures = outputSignatures({
      op,
      inputs: inputs.map((ref) => this.signatureOf(ref)),
      constant: (index) => this.constantInput(op, inputs[index]!),
      attributes: described,
      outputs,
    });
    return this.add({ op, attributes: described, inputs, outputs: signatures });
  }

  private constantInput(op: string, ref: Ref): number[] {
    const { value } = this.operations[ref.node]!;
    if (!value)
      throw new DistilleryError(
        `A compiled function gives ${op} a computed shape or axis; only constants are possible.`,
      );
    return Array.from(value as TypedArray, Number);
  }

  private describe({ name, type, value }: BackendAttribute): AttributeValue {
    const kinds = this.binding;
    if (Array.isArray(value)) {
      if (type === kinds.TF_ATTR_INT) return { kind: 'ints', value };
      throw new DistilleryError(`The compiler knows lists of whole numbers only, not the attribute ${name}.`);
    }
    if (type === kinds.TF_ATTR_INT) return { kind: 'int', value: value as number };
    if (type === kinds.TF_ATTR_FLOAT) return { kind: 'float', value: value as number };
    if (type === kinds.TF_ATTR_BOOL) return { kind: 'bool', value: Boolean(value) };
    if (type === kinds.TF_ATTR_STRING) return { kind: 'string', value: String(value) };
    if (type === kinds.TF_ATTR_TYPE) return { kind: 'type', value: value as number };
    throw new DistilleryError(`The attribute ${name} has type ${type}, which the compiler does not know.`);
  }

  /** Id of a tensor in the trace; one made outside, or written as numbers, becomes a constant. */
  private idOf(tensor: TensorInfo | { valueArray: BigInt64Array | Int32Array }): number {
    if (!('dataId' in tensor)) {
      const value = BigInt64Array.from(Array.from(tensor.valueArray, BigInt));
      return this.add({
        op: 'constant',
        value,
        attributes: {},
        inputs: [],
        outputs: [{ shape: [], dtype: TF.int64 }],
      })[0]!.id;
    }
    const handle = this.backend.tensorMap.get(tensor.dataId);
    if (handle.id < -1) return handle.id;
    const seen = this.constants.get(tensor.dataId);
    if (seen !== undefined) return seen;
    const value = (handle.values ?? this.binding.tensorDataSync(handle.id)).slice();
    const outputs = [{ shape: handle.shape, dtype: handle.dtype }];
    const { id } = this.add({ op: 'constant', value, attributes: {}, inputs: [], outputs })[0]!;
    this.constants.set(tensor.dataId, id);
    return id;
  }

  private gather(
    { x, indices }: Record<'x' | 'indices', TensorInfo>,
    { axis, batchDims }: Record<'axis' | 'batchDims', number>,
  ): Tensor {
    const type = (name: string, value: number): BackendAttribute => ({ name, type: this.binding.TF_ATTR_TYPE, value });
    const attributes = [
      { name: 'batch_dims', type: this.binding.TF_ATTR_INT, value: batchDims },
      type('Tparams', TF[x.dtype as 'float32' | 'int32']),
      type('Tindices', TF.int32),
      type('Taxis', TF.int32),
    ];
    return this.backend.executeSingleOutput('GatherV2', attributes, [x, indices, tf.scalar(axis, 'int32')]);
  }
}

function mapValues<A, B>(object: Record<string, A>, change: (value: A, name: string) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value, name)]));
}
