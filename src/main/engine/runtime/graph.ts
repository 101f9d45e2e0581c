/** @file Writes traces as one TensorFlow graph: shared variables, placeholders for inputs, operations, updates. */

import { usesGpu } from './backend.ts';
import { nodeNames, Nodes, toAttribute } from './nodes.ts';
import { encodeSavedModel, shapeProto, type Attribute } from './proto.ts';
import { TF, type Operation, type Ref } from './record.ts';
import { rewrites, type Scope } from './rewrites.ts';
import type { Trace } from './trace.ts';
import type { ProgramSpec } from './types.ts';
import { addUpdates } from './updates.ts';
import { addVariable, roundedVariables, scatteredVariables, type VariableNames } from './variables.ts';

/** Names in the graph; `name:0` unless said otherwise. */
export interface FunctionNames {
  inputs: Map<string, string>;
  outputs: Map<string, string>;
  /** Fetched so that the updates run. */
  done: string | undefined;
}

export interface Graph {
  bytes: Uint8Array;
  functions: Map<string, FunctionNames>;
  variables: Map<string, VariableNames>;
}

export function buildGraph(spec: ProgramSpec, traces: Map<string, Trace>): Graph {
  const nodes = new Nodes();
  const rounded = roundedVariables(spec, traces.values());
  const variables = new Map(
    [...nodeNames(Object.keys(spec.variables), 'variables')].map(([name, path]) => [
      name,
      addVariable(nodes, path, spec.variables[name]!, rounded.has(name)),
    ]),
  );
  const shared = {
    nodes,
    bf16: spec.precision === 'bf16',
    gpu: usesGpu(),
    scattered: scatteredVariables(traces.values()),
    rounded,
    resource: (variable: string) => variables.get(variable)!.resource,
  };
  const functions = new Map(
    [...nodeNames(traces.keys(), 'functions')].map(([name, path]) => [
      name,
      addFunction(path, traces.get(name)!, shared),
    ]),
  );
  return { bytes: encodeSavedModel(nodes.list), functions, variables };
}

type Shared = Pick<Scope, 'nodes' | 'bf16' | 'gpu' | 'scattered' | 'rounded' | 'resource'>;

function addFunction(path: string, trace: Trace, shared: Shared): FunctionNames {
  const nameOf = (node: number): string => `${path}/${node}`;
  const source = ({ node }: Ref): Operation => trace.operations[node]!;
  const scope: Scope = {
    ...shared,
    casts: new Map(),
    name: ({ node, output }) => (output === 0 ? nameOf(node) : `${nameOf(node)}:${output}`),
    source,
    signature: (ref) => source(ref).outputs[ref.output]!,
  };
  for (const [index, operation] of trace.operations.entries()) {
    const name = nameOf(index);
    if (!rewrites.some((rewrite) => rewrite(scope, name, operation))) addOperation(scope, name, operation);
  }
  const outputs = [...nodeNames(trace.outputs.keys(), `${path}/outputs`)].map(
    ([name, outputPath]): [string, string] => [name, addOutput(scope, outputPath, trace.outputs.get(name)!)],
  );
  return {
    inputs: new Map([...trace.inputs].map(([name, ref]) => [name, scope.name(ref)])),
    outputs: new Map(outputs),
    done: addUpdates(path, trace, scope),
  };
}

/** As tfjs asked for it. */
function addOperation({ nodes, rounded, resource, name: nameOf }: Scope, name: string, operation: Operation): void {
  const signature = operation.outputs[0]!;
  const dtype: Attribute = { type: signature.dtype };
  switch (operation.op) {
    case 'input':
      nodes.add(name, 'Placeholder', [], { dtype, shape: { shape: shapeProto(signature.shape) } });
      return;
    case 'variable': {
      const stored = rounded.has(operation.name!) ? { type: TF.bfloat16 } : dtype;
      nodes.add(name, 'ReadVariableOp', [resource(operation.name!)], { dtype: stored });
      return;
    }
    case 'constant':
      nodes.constant(name, { ...signature, value: operation.value! });
      return;
    default: {
      const attributes = Object.entries(operation.attributes).map(([key, value]) => [key, toAttribute(value)]);
      nodes.add(
        name,
        operation.op,
        operation.inputs.map(nameOf),
        Object.fromEntries(attributes) as Record<string, Attribute>,
      );
    }
  }
}

function addOutput({ nodes, name, signature }: Scope, path: string, ref: Ref): string {
  const { dtype } = signature(ref);
  if (dtype === TF.bool) return nodes.cast(path, name(ref), TF.bool, TF.int32);
  return nodes.add(path, 'Identity', [name(ref)], { T: { type: dtype } });
}
