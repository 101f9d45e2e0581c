/** @file Every operation kind: the shape rule, and the compiled numbers, equal what tfjs computes eagerly. */

import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { describe, expect, it } from 'vitest';
import { tf } from '../../../src/main/engine/runtime/backend.ts';
import { knownOperations } from '../../../src/main/engine/runtime/shapes.ts';
import { trace } from '../../../src/main/engine/runtime/trace.ts';
import { compiled, eager, expectEqual, float32, int32, numbers, type Build, type Given } from './compare.ts';

interface Row {
  inputs?: Record<string, Given>;
  build: Build;
}

const x = float32([2, 3], numbers(6));
const y = float32([3], numbers(3, 7)); // broadcasts against x
const positive = float32([2, 3], [0.1, 0.5, 1, 1.5, 2, 4]);
const special = float32([2, 3], [0, -1, 2.5, NaN, Infinity, -Infinity]);
const counts = int32([2, 3], [0, 1, 2, 3, 4, 5]);
const cube = float32([2, 3, 4], numbers(24));

const picture = float32([2, 5, 6, 3], numbers(180));
/** With every padding, stride and dilation. */
const convolved = (filter: Given, f: typeof tf.conv2d | typeof tf.depthwiseConv2d): Row => ({
  inputs: { picture, filter },
  build: ({ picture, filter }) => {
    const [x, w] = [picture as Tensor4D, filter as Tensor4D];
    return {
      same: f(x, w, 1, 'same'),
      half: f(x, w, 2, 'same'),
      valid: f(x, w, [1, 1], 'valid'),
      // TensorFlow's CUDA build has no depthwise convolution with gaps
      ...(f === tf.conv2d ? { apart: f(x, w, 1, 'valid', 'NHWC', [2, 1]) } : {}),
    };
  },
});

const unary = (f: (x: Tensor) => Tensor, input = x): Row => ({
  inputs: { x: input },
  build: ({ x }) => ({ y: f(x!) }),
});
const binary = (f: (a: Tensor, b: Tensor) => Tensor, a: Given = x, b: Given = y): Row => ({
  inputs: { a, b },
  build: ({ a, b }) => ({ c: f(a!, b!) }),
});
const compared = (f: (a: Tensor, b: Tensor) => Tensor): Row => binary(f, counts, int32([3], [2, 1, 4]));
const logical = (f: (a: Tensor, b: Tensor) => Tensor): Row => ({
  inputs: { a: counts },
  build: ({ a }) => ({ c: f(tf.greater(a!, 1), tf.less(a!, 4)) }),
});
const reduced = (f: (x: Tensor, axis?: number | number[], keep?: boolean) => Tensor): Row => ({
  inputs: { x: cube },
  build: ({ x }) => ({ last: f(x!, -1), kept: f(x!, [0, 2], true), all: f(x!), middle: f(x!, 1) }),
});
const reducedBool = (f: (x: Tensor, axis?: number | number[], keep?: boolean) => Tensor): Row => ({
  inputs: { x: counts },
  build: ({ x }) => ({ rows: f(tf.greater(x!, 1), 1), kept: f(tf.greater(x!, 1), 0, true), all: f(tf.greater(x!, 1)) }),
});
const gradient = (f: (x: Tensor) => Tensor): Row => ({
  inputs: { x },
  build: ({ x }) => ({ dx: tf.grad((x) => f(x))(x!) }),
});

const rows: Record<string, Row> = {
  Abs: unary(tf.abs),
  Acos: unary(tf.acos),
  Acosh: unary(tf.acosh, float32([3], [1, 1.5, 2])),
  Add: binary(tf.add),
  AddN: { inputs: { x, positive }, build: ({ x, positive }) => ({ sum: tf.addN([x!, positive!, x!]) }) },
  All: reducedBool(tf.all),
  Any: reducedBool(tf.any),
  ArgMax: { inputs: { x: cube }, build: ({ x }) => ({ last: tf.argMax(x!, -1), first: tf.argMax(x!, 0) }) },
  ArgMin: { inputs: { x: cube }, build: ({ x }) => ({ last: tf.argMin(x!, -1), first: tf.argMin(x!, 0) }) },
  Asin: unary(tf.asin),
  Asinh: unary(tf.asinh),
  Atan: unary(tf.atan),
  Atan2: binary(tf.atan2),
  Atanh: unary(tf.atanh, float32([3], [-0.5, 0.2, 0.9])),
  BatchMatMulV2: {
    inputs: { x, cube, right: float32([3, 2], numbers(6, 2)) },
    build: ({ x, cube, right }) => ({
      flat: tf.matMul(x!, right!),
      transposed: tf.matMul(x!, x!, false, true),
      both: tf.matMul(x!, right!, true, true),
      batched: tf.matMul(cube!, cube!, true, false),
      broadcast: tf.matMul(x!, cube!),
    }),
  },
  Cast: {
    inputs: { x: special, counts },
    build: ({ x, counts }) => ({
      bool: tf.cast(tf.abs(x!), 'bool'),
      float: tf.cast(counts!, 'float32'),
      int: tf.cast(tf.mul(tf.cast(counts!, 'float32'), 1.7), 'int32'),
    }),
  },
  Ceil: unary(tf.ceil),
  ConcatV2: {
    inputs: { x, cube },
    build: ({ x, cube }) => ({
      rows: tf.concat([x!, x!, x!], 0),
      last: tf.concat([cube!, tf.slice(cube!, [0, 0, 1], [2, 3, 2])], -1),
    }),
  },
  Conv2D: convolved(float32([3, 2, 3, 4], numbers(72)), tf.conv2d),
  Cos: unary(tf.cos),
  Cosh: unary(tf.cosh),
  Cumsum: { inputs: { x: cube }, build: ({ x }) => ({ a: tf.cumsum(x!, 2, true), b: tf.cumsum(x!, 0, false, true) }) },
  DepthwiseConv2dNative: convolved(float32([3, 2, 3, 2], numbers(36)), tf.depthwiseConv2d),
  Elu: unary(tf.elu),
  EluGrad: gradient(tf.elu),
  Equal: compared(tf.equal),
  Erf: unary(tf.erf),
  Exp: unary(tf.exp),
  ExpandDims: {
    inputs: { x },
    build: ({ x }) => ({ a: tf.expandDims(x!, 0), b: tf.expandDims(x!, -1), c: tf.expandDims(x!, 1) }),
  },
  Expm1: unary(tf.expm1),
  Fill: { build: () => ({ a: tf.fill([2, 2], 3.5), b: tf.fill([3], 2, 'int32') }) },
  Floor: unary(tf.floor),
  FloorDiv: compared(tf.floorDiv),
  FloorMod: binary(tf.mod),
  GatherV2: {
    inputs: { x, cube, i: int32([2], [2, 0]), j: int32([2, 2], [1, 0, 2, 2]) },
    build: ({ x, cube, i, j }) => ({
      columns: tf.gather(x!, i as Tensor1D, 1),
      matrix: tf.gather(cube!, j as Tensor2D, 1),
      batched: tf.gather(cube!, j as Tensor2D, 1, 1),
      rows: tf.gather(i!, tf.tensor1d([1, 1, 0], 'int32')),
    }),
  },
  Greater: compared(tf.greater),
  GreaterEqual: compared(tf.greaterEqual),
  IsFinite: unary(tf.isFinite, special),
  IsInf: unary(tf.isInf, special),
  IsNan: unary(tf.isNaN, special),
  LeakyRelu: unary((x) => tf.leakyRelu(x, 0.3)),
  Less: compared(tf.less),
  LessEqual: compared(tf.lessEqual),
  Log: unary(tf.log, positive),
  Log1p: unary(tf.log1p, positive),
  LogicalAnd: logical(tf.logicalAnd),
  LogicalNot: logical((a) => tf.logicalNot(a)),
  LogicalOr: logical(tf.logicalOr),
  Max: reduced(tf.max),
  Maximum: binary(tf.maximum),
  Mean: reduced(tf.mean),
  Min: reduced(tf.min),
  Minimum: binary(tf.minimum),
  Mul: binary(tf.mul),
  Neg: unary(tf.neg),
  NotEqual: compared(tf.notEqual),
  OneHot: {
    inputs: { i: int32([2, 2], [1, 0, 3, -1]) },
    build: ({ i }) => ({ a: tf.oneHot(i!, 4), b: tf.oneHot(tf.reshape(i!, [4]), 2, 5, -5) }),
  },
  OnesLike: unary(tf.onesLike),
  Pack: { inputs: { x }, build: ({ x }) => ({ a: tf.stack([x!, x!], 0), b: tf.stack([x!, x!], -1) }) },
  PadV2: { inputs: { x }, build: ({ x }) => ({ a: tf.pad(x!, [[1, 0], [0, 2]], -3) }) }, // prettier-ignore
  Pow: binary(tf.pow, positive),
  Prod: reduced(tf.prod),
  Range: { build: () => ({ a: tf.range(0, 5, 2), b: tf.range(3, -2, -1, 'int32') }) },
  RealDiv: binary(tf.div),
  Reciprocal: unary(tf.reciprocal),
  Relu: unary(tf.relu),
  Relu6: unary(tf.relu6),
  Reshape: {
    inputs: { x: cube },
    build: ({ x }) => ({ a: tf.reshape(x!, [6, 4]), b: tf.reshape(x!, [-1, 2, 3]), c: tf.squeeze(tf.slice(x!, 0, 1)) }),
  },
  ReverseV2: { inputs: { x: cube }, build: ({ x }) => ({ a: tf.reverse(x!, 1), b: tf.reverse(x!) }) },
  Round: unary(tf.round),
  Rsqrt: unary(tf.rsqrt, positive),
  Select: {
    inputs: { x, positive },
    build: ({ x, positive }) => ({ a: tf.where(tf.greater(x!, 0), x!, positive!), b: tf.step(x!, 0.5) }),
  },
  Selu: unary(tf.selu),
  Sigmoid: unary(tf.sigmoid),
  Sign: unary(tf.sign),
  Sin: unary(tf.sin),
  Sinh: unary(tf.sinh),
  Slice: {
    inputs: { x: cube },
    build: ({ x }) => ({ a: tf.slice(x!, [0, 1, 2], [2, 2, 2]), b: tf.slice(x!, [1, 0, 1], [-1, -1, -1]) }),
  },
  Softmax: { inputs: { x: cube }, build: ({ x }) => ({ y: tf.softmax(x!) }) },
  Softplus: unary(tf.softplus),
  SplitV: {
    inputs: { x: cube },
    build: ({ x }) => {
      const [a, b] = tf.split(x!, [1, 3], 2) as [Tensor, Tensor];
      return { a, b, c: tf.split(x!, 3, 1)[2]! };
    },
  },
  Sqrt: unary(tf.sqrt, positive),
  Square: unary(tf.square),
  SquaredDifference: binary(tf.squaredDifference),
  Sub: binary(tf.sub),
  Sum: reduced(tf.sum),
  Tan: unary(tf.tan),
  Tanh: unary(tf.tanh),
  Tile: {
    inputs: { x },
    build: ({ x }) => ({ a: tf.tile(x!, [2, 1]), b: tf.broadcastTo(tf.slice(x!, [0, 0], [1, 3]), [4, 3]) }),
  },
  TopKV2: {
    inputs: { x: cube },
    build: ({ x }) => {
      const { values, indices } = tf.topk(x!, 2);
      return { values, indices };
    },
  },
  Transpose: { inputs: { x: cube }, build: ({ x }) => ({ a: tf.transpose(x!), b: tf.transpose(x!, [1, 0, 2]) }) },
  Unpack: {
    inputs: { x: cube },
    build: ({ x }) => {
      const [a, b] = tf.unstack(x!, -2) as [Tensor, Tensor, Tensor];
      return { a, b, c: tf.unstack(x!)[1]! };
    },
  },
  UnsortedSegmentSum: {
    inputs: { x, i: int32([2], [3, 3]) },
    build: ({ x, i }) => ({ a: tf.unsortedSegmentSum(x!, i as Tensor1D, 5) }),
  },
  ZerosLike: unary(tf.zerosLike),
};

const operationsOf = ({ inputs = {}, build }: Row): string[] =>
  trace({ inputs, build: (given) => ({ outputs: build(given) }) }, {}).operations.map(({ op }) => op);

describe('every operation kind', () => {
  it('has a row, and every row has a rule', () => {
    expect(Object.keys(rows).toSorted()).toEqual(knownOperations.toSorted());
  });

  it.each(Object.entries(rows))('%s', (op, row) => {
    expect(operationsOf(row)).toContain(op);
    expectEqual(compiled(row.inputs ?? {}, row.build), eager(row.inputs ?? {}, row.build));
  });
});

describe('shapes that do not fit', () => {
  const build = (f: (a: Tensor, b: Tensor) => Tensor) => () =>
    operationsOf({ inputs: { a: x, b: float32([2, 2], numbers(4)) }, build: ({ a, b }) => ({ c: f(a!, b!) }) });

  it('are refused with both shapes', () => {
    expect(build(tf.add)).toThrow(/2,? ?3.*2,? ?2/);
    expect(build((a, b) => tf.matMul(a, b))).toThrow(/2,? ?3.*2,? ?2/);
  });
});
