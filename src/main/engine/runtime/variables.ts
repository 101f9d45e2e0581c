/** @file Variables of a program as resources of the graph, and how its functions use them. */

import { int32, type Nodes } from './nodes.ts';
import { shapeProto, type Attribute } from './proto.ts';
import { TF } from './record.ts';
import type { Trace } from './trace.ts';
import type { ProgramSpec, TensorSpec } from './types.ts';

/** Names in the graph; `name:0` unless said otherwise. */
export interface VariableNames {
  resource: string;
  /** Placeholder of a new value, and what to fetch so that it is assigned. */
  value: string;
  assigned: string;
  /** Fetched so that the variable is filled with zeros. */
  zeroed: string;
  read: string;
}

/** @param rounded kept in bfloat16 */
export function addVariable(nodes: Nodes, path: string, spec: TensorSpec, rounded: boolean): VariableNames {
  const [outside, inside] = [TF[spec.dtype], rounded ? TF.bfloat16 : TF[spec.dtype]];
  const dtype: Attribute = { type: inside };
  const shape: Attribute = { shape: shapeProto(spec.shape) };
  const resource = nodes.add(`${path}/resource`, 'VarHandleOp', [], {
    dtype,
    shape,
    shared_name: { s: Buffer.from(path) },
  });
  const assign = (name: string, value: string): string =>
    nodes.add(`${path}/${name}`, 'AssignVariableOp', [resource, value], { dtype });

  const value = nodes.add(`${path}/value`, 'Placeholder', [], { dtype: { type: outside }, shape });
  // a copy: what is fed may lie in the caller's own array, and the variable would follow that
  const copy = rounded
    ? nodes.cast(`${path}/copy`, value, outside, inside)
    : nodes.add(`${path}/copy`, 'DeepCopy', [value], { T: dtype });

  const size = nodes.constant(`${path}/shape`, int32([spec.shape.length], spec.shape));
  const zero = nodes.constant(`${path}/zero`, { dtype: inside, shape: [], value: new Uint8Array(rounded ? 2 : 4) });
  const zeros = nodes.add(`${path}/zeros`, 'Fill', [size, zero], { T: dtype, index_type: { type: TF.int32 } });
  const stored = nodes.add(`${path}/read`, 'ReadVariableOp', [resource], { dtype });
  return {
    resource,
    value,
    assigned: nodes.signal(`${path}/assigned`, [assign('assign', copy)]),
    zeroed: nodes.signal(`${path}/zeroed`, [assign('assignZeros', zeros)]),
    read: rounded ? nodes.cast(`${path}/widened`, stored, inside, outside) : stored,
  };
}

/** Variables that some function changes row by row. */
export function scatteredVariables(traces: Iterable<Trace>): Set<string> {
  const updates = [...traces].flatMap((trace) => trace.updates.map(({ update }) => update));
  return new Set(updates.filter(({ kind }) => kind === 'scatter').map(({ variable }) => variable));
}

/**
 * Matrices that enter bfloat16 products and nothing else, and that no function changes: the weights of an encoder.
 * Kept in bfloat16 they take half the memory and are not rounded again in each run.
 */
export function roundedVariables({ precision, variables }: ProgramSpec, traces: Iterable<Trace>): Set<string> {
  if (precision !== 'bf16') return new Set();
  const multiplied = new Set<string>();
  const other = new Set<string>();
  for (const { operations, outputs, updates } of traces) {
    const variableOf = (node: number): string[] => {
      const { op, name } = operations[node]!;
      return op === 'variable' ? [name!] : [];
    };
    for (const { op, inputs } of operations) {
      const used = op === 'BatchMatMulV2' ? multiplied : other;
      for (const name of inputs.flatMap(({ node }) => variableOf(node))) used.add(name);
    }
    const leaving = [...outputs.values(), ...updates.flatMap(({ refs }) => Object.values(refs))];
    for (const name of leaving.flatMap(({ node }) => variableOf(node))) other.add(name);
    for (const { update } of updates) {
      for (const name of update.kind === 'adamW' ? [update.variable, update.m, update.v] : [update.variable]) {
        other.add(name);
      }
    }
  }
  return new Set([...multiplied].filter((name) => variables[name]?.dtype === 'float32' && !other.has(name)));
}
