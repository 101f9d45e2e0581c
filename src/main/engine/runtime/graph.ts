/**
 * @file Writes traces as one TensorFlow graph: variables as resources shared by all functions, placeholders for inputs,
 * and the rewrites that make it fast: plain MatMul for two matrices (which TensorFlow fuses), bfloat16 products.
 */

import { int32, nodeNames, Nodes, toAttribute } from './nodes.ts';
import { encodeSavedModel, shapeProto, type Attribute } from './proto.ts';
import { TF, type Operation, type Ref, type Signature } from './record.ts';
import type { Trace } from './trace.ts';
import type { ProgramSpec, TensorSpec } from './types.ts';
import { addUpdates } from './updates.ts';

/** Names in the graph; `name:0` unless said otherwise. */
export interface FunctionNames {
  inputs: Map<string, string>;
  outputs: Map<string, string>;
  /** Fetched so that the updates run. */
  done: string | undefined;
}

export interface VariableNames {
  resource: string;
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
  const nodes = new Nodes();
  const variables = new Map(
    [...nodeNames(Object.keys(spec.variables), 'variables')].map(([name, path]) => [
      name,
      addVariable(nodes, path, spec.variables[name]!),
    ]),
  );
  const updates = [...traces.values()].flatMap((trace) => trace.updates.map(({ update }) => update));
  const options = {
    bf16: spec.precision === 'bf16',
    scattered: new Set(updates.filter(({ kind }) => kind === 'scatter').map(({ variable }) => variable)),
  };
  const functions = new Map(
    [...nodeNames(traces.keys(), 'functions')].map(([name, path]) => [
      name,
      new FunctionWriter(nodes, path, traces.get(name)!, variables, options).write(),
    ]),
  );
  return { bytes: encodeSavedModel(nodes.list), functions, variables };
}

function addVariable(nodes: Nodes, path: string, spec: TensorSpec): VariableNames {
  const dtype: Attribute = { type: TF[spec.dtype] };
  const shape: Attribute = { shape: shapeProto(spec.shape) };
  const resource = nodes.add(`${path}/resource`, 'VarHandleOp', [], {
    dtype,
    shape,
    shared_name: { s: Buffer.from(path) },
  });
  const assign = (name: string, value: string): string =>
    nodes.add(`${path}/${name}`, 'AssignVariableOp', [resource, value], { dtype });

  const value = nodes.add(`${path}/value`, 'Placeholder', [], { dtype, shape });
  // a copy: what is fed may lie in the caller's own array, and the variable would follow that
  const assigned = assign('assign', nodes.add(`${path}/copy`, 'DeepCopy', [value], { T: dtype }));

  const size = nodes.constant(`${path}/shape`, int32([spec.shape.length], spec.shape));
  const zero = nodes.constant(`${path}/zero`, { dtype: TF[spec.dtype], shape: [], value: new Uint8Array(4) });
  const zeros = nodes.add(`${path}/zeros`, 'Fill', [size, zero], { T: dtype, index_type: { type: TF.int32 } });
  return {
    resource,
    value,
    assigned: nodes.signal(`${path}/assigned`, [assigned]),
    zeroed: nodes.signal(`${path}/zeroed`, [assign('assignZeros', zeros)]),
    read: nodes.add(`${path}/read`, 'ReadVariableOp', [resource], { dtype }),
  };
}

interface WriterOptions {
  bf16: boolean;
  /** Variables that some function changes row by row: TensorFlow copies them whenever they are read. */
  scattered: Set<string>;
}

class FunctionWriter {
  private readonly nodes: Nodes;
  private readonly path: string;
  private readonly trace: Trace;
  private readonly variables: Map<string, VariableNames>;
  private readonly options: WriterOptions;
  /** bfloat16 casts that exist already, by the name of what they cast. */
  private readonly casts = new Map<string, string>();

  constructor(nodes: Nodes, path: string, trace: Trace, variables: Map<string, VariableNames>, options: WriterOptions) {
    this.nodes = nodes;
    this.path = path;
    this.trace = trace;
    this.variables = variables;
    this.options = options;
  }

  write(): FunctionNames {
    for (const [index, operation] of this.trace.operations.entries()) this.addOperation(index, operation);
    const inputs = [...this.trace.inputs].map(([name, ref]): [string, string] => [name, this.nodeName(ref.node)]);
    const outputs = [...nodeNames(this.trace.outputs.keys(), `${this.path}/outputs`)].map(
      ([name, path]): [string, string] => [name, this.addOutput(path, this.trace.outputs.get(name)!)],
    );
    const done = addUpdates(this.nodes, this.path, this.trace, {
      resource: (variable) => this.variables.get(variable)!.resource,
      name: (ref) => this.refName(ref),
    });
    return { inputs: new Map(inputs), outputs: new Map(outputs), done };
  }

  private nodeName(node: number): string {
    return `${this.path}/${node}`;
  }

  private refName({ node, output }: Ref): string {
    return output === 0 ? this.nodeName(node) : `${this.nodeName(node)}:${output}`;
  }

  private signatureOf({ node, output }: Ref): Signature {
    return this.trace.operations[node]!.outputs[output]!;
  }

  private addOutput(path: string, ref: Ref): string {
    const { dtype } = this.signatureOf(ref);
    if (dtype === TF.bool) return this.nodes.cast(path, this.refName(ref), TF.bool, TF.int32);
    return this.nodes.add(path, 'Identity', [this.refName(ref)], { T: { type: dtype } });
  }

  private addOperation(index: number, operation: Operation): void {
    const name = this.nodeName(index);
    const signature = operation.outputs[0]!;
    const dtype: Attribute = { type: signature.dtype };
    if (operation.op === 'input') {
      this.nodes.add(name, 'Placeholder', [], { dtype, shape: { shape: shapeProto(signature.shape) } });
    } else if (operation.op === 'variable') {
      this.nodes.add(name, 'ReadVariableOp', [this.variables.get(operation.name!)!.resource], { dtype });
    } else if (operation.op === 'constant') {
      this.nodes.constant(name, { ...signature, value: operation.value! });
    } else if (operation.op === 'BatchMatMulV2') {
      this.addMatMul(name, operation);
    } else if (this.gathersScattered(operation)) {
      this.addRowGather(name, operation);
    } else {
      const attributes = Object.entries(operation.attributes).map(([key, value]) => [key, toAttribute(value)]);
      const inputs = operation.inputs.map((ref) => this.refName(ref));
      this.nodes.add(name, operation.op, inputs, Object.fromEntries(attributes) as Record<string, Attribute>);
    }
  }

  private gathersScattered({ op, inputs, attributes }: Operation): boolean {
    if (op !== 'GatherV2') return false;
    const [from, , axis] = inputs.map(({ node }) => this.trace.operations[node]!);
    const scattered = from!.op === 'variable' && this.options.scattered.has(from!.name!);
    return scattered && axis!.value?.[0] === 0 && attributes['batch_dims']?.value === 0;
  }

  /** Takes the rows out of the variable itself, so that it need not be read. */
  private addRowGather(name: string, { inputs: [from, indices], outputs }: Operation): void {
    const variable = this.trace.operations[from!.node]!.name!;
    this.nodes.add(name, 'ResourceGather', [this.variables.get(variable)!.resource, this.refName(indices!)], {
      dtype: { type: outputs[0]!.dtype },
      Tindices: { type: TF.int32 },
    });
  }

  /** Two matrices use MatMul, which TensorFlow fuses with bias and activation; bf16 casts around the product. */
  private addMatMul(name: string, operation: Operation): void {
    const transposed = (key: string): Attribute => ({
      b: operation.attributes[key]?.kind === 'bool' && operation.attributes[key].value,
    });
    const flat = operation.inputs.every((ref) => this.signatureOf(ref).shape.length === 2);
    const op = flat ? 'MatMul' : 'BatchMatMulV2';
    const attr: Record<string, Attribute> = flat
      ? { transpose_a: transposed('adj_x'), transpose_b: transposed('adj_y') }
      : { adj_x: transposed('adj_x'), adj_y: transposed('adj_y') };
    const operands = operation.inputs.map((ref) => this.refName(ref));
    const { dtype } = operation.outputs[0]!;
    if (!this.options.bf16 || dtype !== TF.float32) {
      this.nodes.add(name, op, operands, { ...attr, T: { type: dtype } });
      return;
    }
    const rounded = operands.map((operand) => this.castToBf16(operand));
    const product = this.nodes.add(`${name}/bf16`, op, rounded, { ...attr, T: { type: TF.bfloat16 } });
    this.nodes.cast(name, product, TF.bfloat16, TF.float32);
  }

  private castToBf16(operand: string): string {
    const existing = this.casts.get(operand);
    if (existing !== undefined) return existing;
    const name = this.nodes.cast(`${operand.replace(':', '_')}/toBf16`, operand, TF.float32, TF.bfloat16);
    this.casts.set(operand, name);
    return name;
  }
}
