/** @file Writing nodes of a TensorFlow graph: names, constants, attributes. */

import { shapeProto, type Attribute, type NodeDef } from './proto.ts';
import { TF, type AttributeValue, type Operation } from './record.ts';

export interface Constant {
  dtype: number;
  shape: readonly number[];
  value: NonNullable<Operation['value']>;
}

/** The nodes of a graph in the order in which they were added; each method returns the name of its node. */
export class Nodes {
  readonly list: NodeDef[] = [];

  add(name: string, op: string, input: string[], attr: Record<string, Attribute> = {}): string {
    this.list.push({ name, op, input, attr });
    return name;
  }

  constant(name: string, { dtype, shape, value }: Constant, after: string[] = []): string {
    const content = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    const tensor = { dtype, tensor_shape: shapeProto(shape), tensor_content: content };
    return this.add(name, 'Const', after, { dtype: { type: dtype }, value: { tensor } });
  }

  cast(name: string, input: string, from: number, to: number): string {
    return this.add(name, 'Cast', [input], { SrcT: { type: from }, DstT: { type: to } });
  }

  /** Something to fetch so that the nodes in `after` run: an int32 zero. */
  signal(name: string, after: string[]): string {
    return this.constant(
      name,
      int32([], [0]),
      after.map((node) => `^${node}`),
    );
  }
}

export const int32 = (shape: readonly number[], values: readonly number[]): Constant => ({
  dtype: TF.int32,
  shape,
  value: Int32Array.from(values),
});

export const float32 = (value: number): Constant => ({ dtype: TF.float32, shape: [], value: Float32Array.of(value) });

export function toAttribute(attribute: AttributeValue): Attribute {
  switch (attribute.kind) {
    case 'int':
      return { i: attribute.value };
    case 'ints':
      return { list: { i: attribute.value } };
    case 'float':
      return { f: attribute.value };
    case 'bool':
      return { b: attribute.value };
    case 'string':
      return { s: Buffer.from(attribute.value) };
    case 'type':
      return { type: attribute.value };
  }
}

/** A node name for each of `names`: TensorFlow allows letters, digits and ._/- only. No two are equal. */
export function nodeNames(names: Iterable<string>, prefix: string): Map<string, string> {
  const taken = new Set<string>();
  const result = new Map<string, string>();
  for (const name of names) {
    const allowed = `${prefix}/${name.replaceAll(/[^A-Za-z0-9._/-]/g, '_')}`;
    let unique = allowed;
    for (let count = 2; taken.has(unique); count++) unique = `${allowed}-${count}`;
    taken.add(unique);
    result.set(name, unique);
  }
  return result;
}
