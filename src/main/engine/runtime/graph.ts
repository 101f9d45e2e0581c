/**
 * @file Writes traces as one TensorFlow graph: variables as resources shared by all functions, placeholders for inputs,
 * and the rewrites that make it fast: plain MatMul for two matrices (which TensorFlow fuses), bfloat16 products.
 */

import type { TypedArray as Numbers, ProgramSpec, TensorSpec, Update } from './types.ts';
import { encodeSavedModel, shapeProto, type Attribute, type NodeDef } from './proto.ts';
import { TF, type AttributeValue, type Operation, type Ref, type Signature } from './record.ts';
import type { Trace, TracedUpdate } from './trace.ts';

/** Names in the graph; `name:0` unless said otherwise. */
export interface FunctionNames {
  inputs: Map<string, string>;
  outputs: Map<string, { fetch: string; signature: Signature }>;
  /** Fetched so that the updates run. */
  done: string | undefined;
}

export interface VariableNames {
  /** Placeholder of a new value, and what to fetch so that it is assigned. */
  value: string;
  assigned: string;
  /** Fetched so that the variable is filled with zeros. */
  zeroed: string;
  read: string;
}

export interface Graph {
  bytes: Uint8Array;
  functions: Map<string, FunctionNames>;
  variables: Map<string, VariableNames>;
}

export function buildGraph(spec: ProgramSpec, traces: Map<string, Trace>): Graph {
  const nodes: NodeDef[] = [];
  const variables = new Map(
    Object.entries(spec.variables).map(([name, variable]) => [name, addVariable(nodes, name, variable)]),
  );
  const functions = new Map(
    [...traces].map(([name, trace]) => [name, new FunctionWriter(nodes, name, trace, spec).write()]),
  );
  return { bytes: encodeSavedModel(nodes), functions, variables };
}

const resourceOf = (variable: string): string => `variables/${safe(variable)}/resource`;

/** Node names allow letters, digits and ._/- only. */
const safe = (name: string): string => name.replaceAll(/[^A-Za-z0-9._/-]/g, '_');

function addVariable(nodes: NodeDef[], name: string, spec: TensorSpec): VariableNames {
  const path = `variables/${safe(name)}`;
  const resource = resourceOf(name);
  const dtype: Attribute = { type: TF[spec.dtype] };
  const shape: Attribute = { shape: shapeProto(spec.shape) };
  const zero = { dtype: TF[spec.dtype], tensor_shape: shapeProto([]), tensor_content: new Uint8Array(4) };
  nodes.push(
    { name: resource, op: 'VarHandleOp', input: [], attr: { dtype, shape, shared_name: { s: Buffer.from(path) } } },
    { name: `${path}/value`, op: 'Placeholder', input: [], attr: { dtype, shape } },
    { name: `${path}/assign`, op: 'AssignVariableOp', input: [resource, `${path}/value`], attr: { dtype } },
    constantNode(`${path}/assigned`, int32Constant(0), [`^${path}/assign`]),
    constantNode(`${path}/shape`, int32Vector(spec.shape), []),
    { name: `${path}/zero`, op: 'Const', input: [], attr: { dtype, value: { tensor: zero } } },
    {
      name: `${path}/zeros`,
      op: 'Fill',
      input: [`${path}/shape`, `${path}/zero`],
      attr: { T: dtype, index_type: { type: TF.int32 } },
    },
    { name: `${path}/assignZeros`, op: 'AssignVariableOp', input: [resource, `${path}/zeros`], attr: { dtype } },
    constantNode(`${path}/zeroed`, int32Constant(0), [`^${path}/assignZeros`]),
    { name: `${path}/read`, op: 'ReadVariableOp', input: [resource], attr: { dtype } },
  );
  return { value: `${path}/value`, assigned: `${path}/assigned`, zeroed: `${path}/zeroed`, read: `${path}/read` };
}

interface Constant {
  dtype: number;
  shape: readonly number[];
  value: Numbers | Uint8Array | BigInt64Array;
}

const int32Constant = (value: number): Constant => ({ dtype: TF.int32, shape: [], value: Int32Array.of(value) });
const int32Vector = (values: readonly number[]): Constant => ({
  dtype: TF.int32,
  shape: [values.length],
  value: Int32Array.from(values),
});

function constantNode(name: string, { dtype, shape, value }: Constant, input: string[]): NodeDef {
  const content = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  const tensor = { dtype, tensor_shape: shapeProto(shape), tensor_content: content };
  return { name, op: 'Const', input, attr: { dtype: { type: dtype }, value: { tensor } } };
}

function toAttribute(attribute: AttributeValue): Attribute {
  switch (attribute.kind) {
    case 'int':
      return typeof attribute.value === 'number' ? { i: attribute.value } : { list: { i: [...attribute.value] } };
    case 'float':
      return typeof attribute.value === 'number' ? { f: attribute.value } : { list: { f: [...attribute.value] } };
    case 'bool':
      return { b: attribute.value };
    case 'string':
      return { s: Buffer.from(attribute.value) };
    case 'type':
      return { type: attribute.value };
    case 'shape':
      return { shape: shapeProto(attribute.value) };
  }
}

class FunctionWriter {
  private readonly nodes: NodeDef[];
  private readonly name: string;
  private readonly trace: Trace;
  private readonly variables: ProgramSpec['variables'];
  private readonly bf16: boolean;
  /** bfloat16 casts that exist already, by the name of what they cast. */
  private readonly casts = new Map<string, string>();

  constructor(nodes: NodeDef[], name: string, trace: Trace, spec: ProgramSpec) {
    this.nodes = nodes;
    this.name = safe(name);
    this.trace = trace;
    this.variables = spec.variables;
    this.bf16 = spec.precision === 'bf16';
  }

  write(): FunctionNames {
    for (const [index, operation] of this.trace.operations.entries()) this.addOperation(index, operation);
    const inputs = [...this.trace.inputs].map(([name, ref]): [string, string] => [name, this.nodeName(ref.node)]);
    const outputs = [...this.trace.outputs].map(([name, { ref, signature }]) => {
      const fetch = `${this.name}/output/${safe(name)}`;
      this.add(fetch, 'Identity', [this.refName(ref)], { T: { type: signature.dtype } });
      return [name, { fetch, signature }] as const;
    });
    const done = this.trace.updates.length > 0 ? this.addUpdates() : undefined;
    return { inputs: new Map(inputs), outputs: new Map(outputs), done };
  }

  private add(name: string, op: string, input: string[], attr: Record<string, Attribute>): string {
    this.nodes.push({ name, op, input, attr });
    return name;
  }

  private nodeName(node: number): string {
    return `${this.name}/${node}`;
  }

  private refName({ node, output }: Ref): string {
    return output === 0 ? this.nodeName(node) : `${this.nodeName(node)}:${output}`;
  }

  private addOperation(index: number, operation: Operation): void {
    const name = this.nodeName(index);
    const signature = operation.outputs[0]!;
    const dtype: Attribute = { type: signature.dtype };
    if (operation.op === 'input') {
      this.add(name, 'Placeholder', [], { dtype, shape: { shape: shapeProto(signature.shape) } });
    } else if (operation.op === 'variable') {
      this.add(name, 'ReadVariableOp', [resourceOf(operation.name!)], { dtype });
    } else if (operation.op === 'constant') {
      this.nodes.push(constantNode(name, { ...signature, value: operation.value! }, []));
    } else if (operation.op === 'BatchMatMulV2') {
      this.addMatMul(name, operation);
    } else {
      const attr = Object.fromEntries(
        Object.entries(operation.attributes).map(([key, value]) => [key, toAttribute(value)]),
      );
      this.add(
        name,
        operation.op,
        operation.inputs.map((ref) => this.refName(ref)),
        attr,
      );
    }
  }

  /** Two matrices use MatMul, which TensorFlow fuses with bias and activation; bf16 casts around the product. */
  private addMatMul(name: string, operation: Operation): void {
    const transposed = (key: string): Attribute => ({
      b: operation.attributes[key]?.kind === 'bool' && operation.attributes[key].value,
    });
    const flat = operation.inputs.every(
      (ref) => this.trace.operations[ref.node]!.outputs[ref.output]!.shape.length === 2,
    );
    const op = flat ? 'MatMul' : 'BatchMatMulV2';
    const attr: Record<string, Attribute> = flat
      ? { transpose_a: transposed('adj_x'), transpose_b: transposed('adj_y') }
      : { adj_x: transposed('adj_x'), adj_y: transposed('adj_y') };
    const operands = operation.inputs.map((ref) => this.refName(ref));
    if (!this.bf16 || operation.outputs[0]!.dtype !== TF.float32) {
      this.add(name, op, operands, { ...attr, T: { type: operation.outputs[0]!.dtype } });
      return;
    }
    const product = this.add(
      `${name}/bf16`,
      op,
      operands.map((operand) => this.castToBf16(operand)),
      { ...attr, T: { type: TF.bfloat16 } },
    );
    this.add(name, 'Cast', [product], { SrcT: { type: TF.bfloat16 }, DstT: { type: TF.float32 } });
  }

  private castToBf16(operand: string): string {
    const existing = this.casts.get(operand);
    if (existing !== undefined) return existing;
    const name = `${operand.replace(':', '_')}/toBf16`;
    this.add(name, 'Cast', [operand], { SrcT: { type: TF.float32 }, DstT: { type: TF.bfloat16 } });
    this.casts.set(operand, name);
    return name;
  }

  /**
   * All updates wait until every value they use is computed: reads see the state from before, and a variable whose
   * readers are done is changed in place instead of copied.
   */
  private addUpdates(): string {
    const values = this.trace.updates.flatMap(({ refs }) => Object.values(refs).map((ref) => this.nodeName(ref.node)));
    const outputs = [...this.trace.outputs.values()].map(({ ref }) => this.nodeName(ref.node));
    const barrier = `${this.name}/computed`;
    this.add(
      barrier,
      'NoOp',
      [...new Set([...values, ...outputs])].map((name) => `^${name}`),
      {},
    );
    const updates = this.trace.updates.map((update, index) =>
      this.addUpdate(`${this.name}/update/${index}`, update, `^${barrier}`),
    );
    const done = `${this.name}/done`;
    this.nodes.push(
      constantNode(
        done,
        int32Constant(0),
        updates.map((name) => `^${name}`),
      ),
    );
    return done;
  }

  private addUpdate(name: string, { update, refs }: TracedUpdate, after: string): string {
    const resource = resourceOf(update.variable);
    const dtype: Attribute = { type: TF[this.variables[update.variable]!.dtype] };
    const value = (key: keyof TracedUpdate['refs']): string => this.refName(refs[key]!);
    switch (update.kind) {
      case 'assign':
        return this.add(name, 'AssignVariableOp', [resource, value('value'), after], { dtype });
      case 'add':
        return this.add(name, 'AssignAddVariableOp', [resource, value('value'), after], { dtype });
      case 'scatter':
        return this.add(name, 'ResourceScatterUpdate', [resource, value('indices'), value('rows'), after], {
          dtype,
          Tindices: { type: TF.int32 },
        });
      case 'adamW':
        return this.addAdamW(name, update, value, refs.decay !== undefined, after);
    }
  }

  private addAdamW(
    name: string,
    update: Extract<Update, { kind: 'adamW' }>,
    value: (key: keyof TracedUpdate['refs']) => string,
    decays: boolean,
    after: string,
  ): string {
    const T: Attribute = { type: TF.float32 };
    const resource = resourceOf(update.variable);
    let ready = after;
    if (decays) {
      this.add(`${name}/before`, 'ReadVariableOp', [resource, after], { dtype: T });
      this.add(`${name}/decayed`, 'Mul', [`${name}/before`, value('decay')], { T });
      this.add(`${name}/decay`, 'AssignSubVariableOp', [resource, `${name}/decayed`], { dtype: T });
      ready = `^${name}/decay`;
    }
    const scalar = (key: string, number: number): string => {
      this.nodes.push(
        constantNode(`${name}/${key}`, { dtype: TF.float32, shape: [], value: Float32Array.of(number) }, []),
      );
      return `${name}/${key}`;
    };
    const zero = scalar('power', 0); // bias corrections are in the rate and epsilon that are fed
    const moments = [resourceOf(update.m), resourceOf(update.v), zero, zero];
    const rates = [
      value('correctedRate'),
      scalar('beta1', update.beta1),
      scalar('beta2', update.beta2),
      value('correctedEpsilon'),
    ];
    return this.add(name, 'ResourceApplyAdam', [resource, ...moments, ...rates, value('gradient'), ready], { T });
  }
}
