/**
 * @file Shapes without numbers: for each operation kind that a trace may hold, the signatures of its outputs.
 * To add a kind, add a line to a family or a function to `rules`; the test runs every kind eagerly and compares.
 */

import { DistilleryError } from '../errors.ts';
import { TF, sizeOf, type AttributeValue, type Signature } from './record.ts';

export interface ShapeQuery {
  op: string;
  inputs: Signature[];
  /** Numbers of input `index` when it is a constant. @throws when it is not. */
  constant: (index: number) => number[];
  attributes: Record<string, AttributeValue>;
  outputs: number;
}

type Rule = (query: ShapeQuery) => Signature[];

const unary = words(`Abs Acos Acosh Asin Asinh Atan Atanh Ceil Cos Cosh Elu Erf Exp Expm1 Floor Log Log1p Neg
  OnesLike Reciprocal Relu Relu6 Round Rsqrt Selu Sigmoid Sign Sin Sinh Softmax Softplus Sqrt Square Tan Tanh ZerosLike
  LogicalNot EluGrad LeakyRelu`);
const binary = words(`Add Atan2 FloorDiv FloorMod Maximum Minimum Mul Pow RealDiv SquaredDifference Sub`);
const comparison = words(`Equal Greater GreaterEqual Less LessEqual LogicalAnd LogicalOr NotEqual`);
const test = words(`IsFinite IsInf IsNan`);
const reduction = words(`All Any Max Mean Min Prod Sum`);

const rules = new Map<string, Rule>([
  ...unary.map((op): [string, Rule] => [op, ({ inputs }) => [inputs[0]!]]),
  ...binary.map((op): [string, Rule] => [
    op,
    ({ inputs: [a, b] }) => [{ shape: broadcast(a!.shape, b!.shape), dtype: a!.dtype }],
  ]),
  ...comparison.map((op): [string, Rule] => [
    op,
    ({ inputs: [a, b] }) => [{ shape: broadcast(a!.shape, b!.shape), dtype: TF.bool }],
  ]),
  ...test.map((op): [string, Rule] => [op, ({ inputs }) => [{ shape: inputs[0]!.shape, dtype: TF.bool }]]),
  ...reduction.map((op): [string, Rule] => [op, reduce]),
  ['AddN', ({ inputs }) => [inputs[0]!]],
  ['ArgMax', argExtreme],
  ['ArgMin', argExtreme],
  ['BatchMatMulV2', matMul],
  ['Cast', ({ inputs, attributes }) => [{ shape: inputs[0]!.shape, dtype: typeOf(attributes, 'DstT') }]],
  ['ConcatV2', concat],
  ['Conv2D', convolution],
  ['Cumsum', ({ inputs }) => [inputs[0]!]],
  ['DepthwiseConv2dNative', convolution],
  ['ExpandDims', expandDims],
  ['Fill', ({ inputs, constant }) => [{ shape: constant(0), dtype: inputs[1]!.dtype }]],
  ['GatherV2', gather],
  ['OneHot', ({ inputs, constant }) => [{ shape: [...inputs[0]!.shape, constant(1)[0]!], dtype: inputs[2]!.dtype }]],
  ['Pack', pack],
  ['PadV2', pad],
  ['Range', range],
  ['Reshape', reshape],
  ['ReverseV2', ({ inputs }) => [inputs[0]!]],
  [
    'Select',
    ({ inputs: [condition, a, b] }) => [{ shape: broadcast(condition!.shape, a!.shape, b!.shape), dtype: a!.dtype }],
  ],
  ['Slice', slice],
  ['SplitV', split],
  [
    'Tile',
    ({ inputs, constant }) => [{ shape: inputs[0]!.shape.map((n, i) => n * constant(1)[i]!), dtype: inputs[0]!.dtype }],
  ],
  ['TopKV2', topK],
  [
    'Transpose',
    ({ inputs, constant }) => [{ shape: constant(1).map((axis) => inputs[0]!.shape[axis]!), dtype: inputs[0]!.dtype }],
  ],
  ['Unpack', unpack],
  ['UnsortedSegmentSum', segmentSum],
]);

/** Operation kinds with a shape rule. */
export const knownOperations: readonly string[] = [...rules.keys()];

/** @throws {DistilleryError} for a kind without a rule. */
export function outputSignatures(query: ShapeQuery): Signature[] {
  const rule = rules.get(query.op);
  if (!rule) {
    throw new DistilleryError(
      `The compiler does not know the operation ${query.op}; add its rule to runtime/shapes.ts.`,
    );
  }
  return rule(query);
}

/** NumPy's broadcasting. @throws {DistilleryError} naming both shapes. */
export function broadcast(...shapes: (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1).filter((size) => size !== 1);
    if (new Set(sizes).size > 1) {
      throw new DistilleryError(
        `Shapes do not broadcast: ${shapes.map((shape) => `[${shape.join(', ')}]`).join(' with ')}.`,
      );
    }
    return sizes[0] ?? 1;
  });
}

function words(text: string): string[] {
  return text.split(/\s+/);
}

function typeOf(attributes: Record<string, AttributeValue>, name: string): number {
  const attribute = attributes[name];
  if (attribute?.kind !== 'type') throw new DistilleryError(`Operation without its type attribute ${name}.`);
  return attribute.value;
}

function intOf(attributes: Record<string, AttributeValue>, name: string): number {
  const attribute = attributes[name];
  return attribute?.kind === 'int' && typeof attribute.value === 'number' ? attribute.value : 0;
}

const intsOf = (attributes: Record<string, AttributeValue>, name: string): number[] =>
  attributes[name]?.kind === 'ints' ? attributes[name].value : [];

const textOf = (attributes: Record<string, AttributeValue>, name: string): string =>
  attributes[name]?.kind === 'string' ? attributes[name].value : '';

const flagOf = (attributes: Record<string, AttributeValue>, name: string): boolean =>
  attributes[name]?.kind === 'bool' && attributes[name].value;

const wrap = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

function reduce({ inputs, constant, attributes }: ShapeQuery): Signature[] {
  const { shape, dtype } = inputs[0]!;
  const axes = new Set(constant(1).map((axis) => wrap(axis, shape.length)));
  const keep = flagOf(attributes, 'keep_dims');
  return [{ shape: keep ? shape.map((n, i) => (axes.has(i) ? 1 : n)) : shape.filter((_, i) => !axes.has(i)), dtype }];
}

function argExtreme({ inputs, constant, attributes }: ShapeQuery): Signature[] {
  const { shape } = inputs[0]!;
  const axis = wrap(constant(1)[0]!, shape.length);
  return [{ shape: shape.filter((_, i) => i !== axis), dtype: typeOf(attributes, 'output_type') }];
}

function matMul({ inputs: [a, b], attributes }: ShapeQuery): Signature[] {
  const [rows, innerA] = matrix(a!.shape, flagOf(attributes, 'adj_x'));
  const [innerB, columns] = matrix(b!.shape, flagOf(attributes, 'adj_y'));
  if (innerA !== innerB) {
    throw new DistilleryError(
      `Matrix product of [${a!.shape.join(', ')}] and [${b!.shape.join(', ')}]: ${innerA} is not ${innerB}.`,
    );
  }
  return [{ shape: [...broadcast(a!.shape.slice(0, -2), b!.shape.slice(0, -2)), rows, columns], dtype: a!.dtype }];
}

function matrix(shape: readonly number[], transposed: boolean): [number, number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
}

function concat({ inputs, constant }: ShapeQuery): Signature[] {
  const parts = inputs.slice(0, -1);
  const first = parts[0]!;
  const axis = wrap(constant(inputs.length - 1)[0]!, first.shape.length);
  const size = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
  return [{ shape: first.shape.map((n, i) => (i === axis ? size : n)), dtype: first.dtype }];
}

/** x `[n, h, w, c]`, filter `[kh, kw, c, out]`, or `[kh, kw, c, multiple]` where each channel has its own. */
function convolution({ op, inputs: [x, filter], attributes }: ShapeQuery): Signature[] {
  const [n, height, width, channels] = x!.shape as [number, number, number, number];
  const [filterHeight, filterWidth, filterChannels, outputs] = filter!.shape as [number, number, number, number];
  const [format, padding] = ['data_format', 'padding'].map((name) => textOf(attributes, name));
  if (channels !== filterChannels || format !== 'NHWC' || (padding !== 'SAME' && padding !== 'VALID')) {
    throw new DistilleryError(
      `${op} of [${x!.shape.join(', ')}] with [${filter!.shape.join(', ')}], ${format} and padding ${padding}: ` +
        'the compiler knows equal channels, NHWC, and padding that is same or valid.',
    );
  }
  const [strides, dilations] = [intsOf(attributes, 'strides'), intsOf(attributes, 'dilations')];
  const size = (input: number, filterSize: number, axis: number): number => {
    const reach = (filterSize - 1) * (dilations[axis] ?? 1);
    return Math.ceil((padding === 'SAME' ? input : input - reach) / strides[axis]!);
  };
  const depth = op === 'Conv2D' ? outputs : channels * outputs;
  return [{ shape: [n, size(height, filterHeight, 1), size(width, filterWidth, 2), depth], dtype: x!.dtype }];
}

function expandDims({ inputs, constant }: ShapeQuery): Signature[] {
  const { shape, dtype } = inputs[0]!;
  const axis = wrap(constant(1)[0]!, shape.length + 1);
  return [{ shape: [...shape.slice(0, axis), 1, ...shape.slice(axis)], dtype }];
}

function gather({ inputs: [x, indices], constant, attributes }: ShapeQuery): Signature[] {
  const axis = wrap(constant(2)[0]!, x!.shape.length);
  const batch = intOf(attributes, 'batch_dims');
  return [
    {
      shape: [...x!.shape.slice(0, axis), ...indices!.shape.slice(batch), ...x!.shape.slice(axis + 1)],
      dtype: x!.dtype,
    },
  ];
}

function pack({ inputs, attributes }: ShapeQuery): Signature[] {
  const { shape, dtype } = inputs[0]!;
  const axis = wrap(intOf(attributes, 'axis'), shape.length + 1);
  return [{ shape: [...shape.slice(0, axis), inputs.length, ...shape.slice(axis)], dtype }];
}

function pad({ inputs, constant }: ShapeQuery): Signature[] {
  const { shape, dtype } = inputs[0]!;
  const padding = constant(1); // [rank, 2]
  return [{ shape: shape.map((n, i) => n + padding[2 * i]! + padding[2 * i + 1]!), dtype }];
}

function range({ inputs, constant }: ShapeQuery): Signature[] {
  const [start, stop, step] = [constant(0)[0]!, constant(1)[0]!, constant(2)[0]!];
  return [{ shape: [Math.max(0, Math.ceil((stop - start) / step))], dtype: inputs[0]!.dtype }];
}

function reshape({ inputs, constant }: ShapeQuery): Signature[] {
  const { shape, dtype } = inputs[0]!;
  const wanted = constant(1);
  const known = wanted.filter((n) => n !== -1).reduce((product, n) => product * n, 1);
  return [{ shape: wanted.map((n) => (n === -1 ? sizeOf(shape) / known : n)), dtype }];
}

function slice({ inputs, constant }: ShapeQuery): Signature[] {
  const { shape, dtype } = inputs[0]!;
  const begin = constant(1);
  return [{ shape: constant(2).map((n, i) => (n === -1 ? shape[i]! - begin[i]! : n)), dtype }];
}

function split({ inputs, constant }: ShapeQuery): Signature[] {
  const { shape, dtype } = inputs[0]!;
  const axis = wrap(constant(2)[0]!, shape.length);
  return constant(1).map((size) => ({ shape: shape.map((n, i) => (i === axis ? size : n)), dtype }));
}

function topK({ inputs, constant }: ShapeQuery): Signature[] {
  const { shape, dtype } = inputs[0]!;
  const kept = [...shape.slice(0, -1), constant(1)[0]!];
  return [
    { shape: kept, dtype },
    { shape: kept, dtype: TF.int32 },
  ];
}

function unpack({ inputs, attributes, outputs }: ShapeQuery): Signature[] {
  const { shape, dtype } = inputs[0]!;
  const axis = wrap(intOf(attributes, 'axis'), shape.length);
  return Array.from({ length: outputs }, () => ({ shape: shape.filter((_, i) => i !== axis), dtype }));
}

function segmentSum({ inputs: [x, segments], constant }: ShapeQuery): Signature[] {
  return [{ shape: [constant(2)[0]!, ...x!.shape.slice(segments!.shape.length)], dtype: x!.dtype }];
}
