/** @file Rewrites: each one applies where it should, nowhere else, and changes no numbers beyond its rounding. */

import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tf } from '../../../src/main/engine/runtime/backend.ts';
import { compile } from '../../../src/main/engine/runtime/compile.ts';
import { buildGraph } from '../../../src/main/engine/runtime/graph.ts';
import { trace } from '../../../src/main/engine/runtime/trace.ts';
import type { ProgramSpec, TensorSpec, TracedFunction } from '../../../src/main/engine/runtime/types.ts';
import { compiled, eager, expectClose, expectCompiledEqualsEager, expectEqual, float32, numbers, type Build, type Given } from './compare.ts'; // prettier-ignore

const floats = (...shape: number[]): TensorSpec => ({ shape, dtype: 'float32' });

/** How often the graph of a program holds an operation kind. */
function occurrences(spec: ProgramSpec, op: string): number {
  const traces = Object.entries(spec.functions).map(([name, f]) => [name, trace(f, spec.variables)] as const);
  const { bytes } = buildGraph(spec, new Map(traces));
  // a node's kind is field 2 of its message: tag 0x12, length, name
  return (
    Buffer.from(bytes)
      .toString('latin1')
      .split(`\x12${String.fromCharCode(op.length)}${op}`).length - 1
  );
}

const specOf = (given: Record<string, Given>, build: Build, precision: 'fp32' | 'bf16' = 'fp32'): ProgramSpec => ({
  precision,
  variables: {},
  functions: { f: { inputs: given, build: (inputs) => ({ outputs: build(inputs) }) } },
});

const matrix = float32([5, 4], numbers(20));
const cube = float32([2, 3, 4], numbers(24));

it('two matrices are multiplied by MatMul, others by BatchMatMulV2', () => {
  const given = { matrix, cube };
  const build: Build = ({ matrix, cube }) => ({
    flat: tf.matMul(matrix!, matrix!, true),
    batched: tf.matMul(cube!, cube!, false, true),
    mixed: tf.matMul(cube!, matrix!, false, true),
  });
  expect(occurrences(specOf(given, build), 'MatMul')).toBe(1);
  expect(occurrences(specOf(given, build), 'BatchMatMulV2')).toBe(2);
  expectCompiledEqualsEager(given, build);
});

it('the sum of all squares is L2Loss', () => {
  const given = { cube };
  const build: Build = ({ cube }) => ({ all: tf.sum(tf.square(cube!)) });
  const others: Build = ({ cube }) => ({
    some: tf.sum(tf.square(cube!), 1),
    kept: tf.sum(tf.square(cube!), undefined, true),
    plain: tf.sum(cube!),
    whole: tf.sum(tf.square(tf.cast(cube!, 'int32'))),
  });
  expect(occurrences(specOf(given, build), 'L2Loss')).toBe(1);
  expect(occurrences(specOf(given, others), 'L2Loss')).toBe(0);
  expectCompiledEqualsEager(given, build);
  expectCompiledEqualsEager(given, others);
});

it('sums over all axes but the last are BiasAddGrad', () => {
  const given = { cube, matrix };
  const build: Build = ({ cube, matrix }) => ({ a: tf.sum(matrix!, 0), b: tf.sum(cube!, [1, 0]) });
  const others: Build = ({ cube, matrix }) => ({
    rows: tf.sum(matrix!, 1),
    kept: tf.sum(matrix!, 0, true),
    ends: tf.sum(cube!, [0, 2]),
    first: tf.sum(cube!, 0),
    vector: tf.sum(tf.slice(matrix!, [0, 0], [1, 4]).as1D()),
    whole: tf.sum(tf.cast(matrix!, 'int32'), 0),
  });
  const onGpu = (tf.backend() as unknown as { isUsingGpuDevice: boolean }).isUsingGpuDevice;
  expect(occurrences(specOf(given, build), 'BiasAddGrad')).toBe(onGpu ? 0 : 2);
  expect(occurrences(specOf(given, others), 'BiasAddGrad')).toBe(0);
  expectCompiledEqualsEager(given, build);
  expectCompiledEqualsEager(given, others);
});

it('divisions by constants stay divisions, to the last bit', () => {
  const bytes = Array.from({ length: 256 }, (_, i) => i);
  const x = float32([256], bytes);
  const { y } = compiled({ x }, ({ x }) => ({ y: tf.div(x!, 255) }));
  expect(y!.values).toEqual(bytes.map((byte) => Math.fround(byte / 255)));
  const given = { matrix, cube };
  const build: Build = ({ matrix, cube }) => ({
    row: tf.div(matrix!, [3, 5, 7, 9]),
    whole: tf.floorDiv(tf.cast(cube!, 'int32'), tf.scalar(3, 'int32')),
    computed: tf.div(cube!, tf.exp(cube!)),
  });
  expect(occurrences(specOf(given, build), 'PlaceholderWithDefault')).toBe(1);
  expectCompiledEqualsEager(given, build);
});

describe('in bfloat16', () => {
  it('a bias after a product is added inside it', () => {
    const given = {
      matrix,
      cube,
      w: float32([4, 3], numbers(12, 3)),
      b: float32([3], [10, -20, 30]),
      c: float32([5, 3], numbers(15)),
    };
    const build: Build = ({ matrix, w, b }) => ({ y: tf.add(tf.matMul(matrix!, w!), b!) });
    const others: Build = ({ matrix, cube, w, b, c }) => ({
      matrix: tf.add(tf.matMul(matrix!, w!), c!),
      batched: tf.add(tf.matMul(cube!, w!), b!),
      square: tf.add(tf.matMul(w!, w!, true), tf.matMul(c!, c!, true)),
      scalar: tf.add(tf.matMul(matrix!, w!), 1),
      one: tf.add(tf.matMul(matrix!, w!), tf.slice(b!, 0, 1)),
      plain: tf.add(c!, b!),
    });
    expect(occurrences(specOf(given, build, 'bf16'), 'BiasAdd')).toBe(1);
    expect(occurrences(specOf(given, build), 'BiasAdd')).toBe(0);
    expect(occurrences(specOf(given, others, 'bf16'), 'BiasAdd')).toBe(0);
    expectEqual(compiled(given, build, 'bf16'), eager(given, build), 2 ** -7);
    expectEqual(compiled(given, others, 'bf16'), eager(given, others), 2 ** -7);
  });

  it('a product whose bias is added may be used beside it', () => {
    const given = { matrix, w: float32([4, 3], numbers(12, 3)), b: float32([3], [1, 2, 3]) };
    const build: Build = ({ matrix, w, b }) => {
      const product = tf.matMul(matrix!, w!);
      return { product, sum: tf.add(product, b!) };
    };
    expectEqual(compiled(given, build, 'bf16'), eager(given, build), 2 ** -7);
  });

  const forward = ({ x }: Record<string, Tensor>, { w, b }: Record<string, Tensor>) => ({
    outputs: { y: tf.add(tf.matMul(x!, w!), b!) },
  });
  const encoder = (other?: TracedFunction): ProgramSpec => ({
    precision: 'bf16',
    variables: { w: floats(4, 3), b: floats(3) },
    functions: { forward: { inputs: { x: floats(2, 4) }, build: forward }, ...(other ? { other } : {}) },
  });
  const values = { w: Float32Array.from(numbers(12)), b: Float32Array.of(1, 2, 3) };
  // 1 + 1/512 is no bfloat16
  const fine = { ...values, w: Float32Array.from({ length: 12 }, () => 1 + 2 ** -9) };

  function run(spec: ProgramSpec, state: typeof values) {
    const program = compile(spec);
    onTestFinished(program.dispose.bind(program));
    program.initialise(state);
    const x = Float32Array.from(numbers(8));
    return { y: program.run('forward', { x })['y']!, w: program.read(['w'])['w']!, b: program.read(['b'])['b']! };
  }

  it('a matrix that only enters products is kept rounded', () => {
    const { y, w, b } = run(encoder(), fine);
    expect(w).toEqual(new Float32Array(12).fill(1));
    expect(b).toEqual(values.b);
    const expected = eager({ x: float32([2, 4], numbers(8)), w: float32([4, 3], Array.from(fine.w)), b: float32([3], [1, 2, 3]) }, ({ x, w, b }) => ({ y: tf.add(tf.matMul(x!, w!), b!) })); // prettier-ignore
    expectClose(y, expected['y']!.values, 2 ** -7);
    expect(run(encoder(), { ...values, w: new Float32Array(12) }).y).toEqual(Float32Array.of(1, 2, 3, 1, 2, 3));
  });

  it.each<[string, TracedFunction]>([
    ['updated', { inputs: {}, build: () => ({ outputs: {}, updates: [{ kind: 'assign', variable: 'w', value: tf.zeros([4, 3]) }] }) }], // prettier-ignore
    ['given out', { inputs: {}, build: (_, { w }) => ({ outputs: { w: w! } }) }],
    ['used otherwise', { inputs: {}, build: (_, { w }) => ({ outputs: { n: tf.sum(w!) } }) }],
    ['gathered', { inputs: {}, build: (_, { w }) => ({ outputs: { n: tf.gather(w!, tf.tensor1d([1], 'int32')) } }) }], // prettier-ignore
    ['the value of an update', { inputs: {}, build: (_, { w }) => ({ outputs: {}, updates: [{ kind: 'add', variable: 'w', value: w! }] }) }], // prettier-ignore
  ])('unless it is %s', (_, other) => {
    expect(run(encoder(other), fine).w).toEqual(fine.w);
  });

  it('and in float32 programs it is not', () => {
    expect(run({ ...encoder(), precision: 'fp32' }, fine).w).toEqual(fine.w);
  });
});
