/** @file Whole programs: gradients, several functions over shared variables, updates, state, odd names and sizes. */

import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-node-gpu';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tf } from '../../../src/main/engine/runtime/backend.ts';
import { compile } from '../../../src/main/engine/runtime/compile.ts';
import type { Program, ProgramSpec, TensorSpec } from '../../../src/main/engine/runtime/types.ts';
import {
  compiled,
  eager,
  expectClose,
  expectCompiledEqualsEager,
  expectEqual,
  float32,
  int32,
  numbers,
  type Build,
  type Given,
} from './compare.ts';

function program(spec: ProgramSpec): Program {
  const made = compile(spec);
  onTestFinished(made.dispose.bind(made));
  return made;
}

const floats = (...shape: number[]): TensorSpec => ({ shape, dtype: 'float32' });
const ints = (...shape: number[]): TensorSpec => ({ shape, dtype: 'int32' });

/** Value and gradients of a scalar loss with respect to all float inputs. */
const withGradients =
  (loss: (inputs: Record<string, Tensor>) => Scalar): Build =>
  (inputs) => {
    const names = Object.keys(inputs).filter((name) => inputs[name]!.dtype === 'float32');
    const { value, grads } = tf.valueAndGrads((...tensors: Tensor[]) =>
      loss({ ...inputs, ...Object.fromEntries(names.map((name, i) => [name, tensors[i]!])) }),
    )(names.map((name) => inputs[name]!));
    return { value, ...Object.fromEntries(names.map((name, i) => [`d ${name}`, grads[i]!])) };
  };

const layerNorm = (x: Tensor, gain: Tensor, bias: Tensor): Tensor => {
  const { mean, variance } = tf.moments(x, -1, true);
  return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5))), gain), bias);
};

function attention(x: Tensor, weights: Tensor, heads: number): Tensor {
  const [n, t, width] = x.shape as [number, number, number];
  const qkv = tf.reshape(tf.matMul(tf.reshape(x, [n * t, width]), weights), [n, t, 3, heads, width / heads]);
  const [q, k, v] = tf.unstack(tf.transpose(qkv, [2, 0, 3, 1, 4])) as [Tensor, Tensor, Tensor];
  const scores = tf.softmax(tf.mul(tf.matMul(q, k, false, true), (width / heads) ** -0.5));
  return tf.reshape(tf.transpose(tf.matMul(scores, v), [0, 2, 1, 3]), [n, t, width]);
}

const losses: Record<string, { inputs: Record<string, Given>; loss: (inputs: Record<string, Tensor>) => Scalar }> = {
  'a perceptron': {
    inputs: {
      x: float32([4, 3], numbers(12)),
      w1: float32([3, 5], numbers(15, 1)),
      b1: float32([5], numbers(5, 2)),
      w2: float32([5, 2], numbers(10, 3)),
    },
    loss: ({ x, w1, b1, w2 }) => tf.mean(tf.square(tf.matMul(tf.tanh(tf.add(tf.matMul(x!, w1!), b1!)), w2!))),
  },
  'layer norm': {
    inputs: { x: float32([4, 6], numbers(24)), gain: float32([6], numbers(6, 5)), bias: float32([6], numbers(6, 9)) },
    loss: ({ x, gain, bias }) => tf.sum(tf.square(layerNorm(x!, gain!, bias!))),
  },
  'attention of two heads': {
    inputs: { x: float32([2, 5, 8], numbers(80)), w: float32([8, 24], numbers(192, 3)) },
    loss: ({ x, w }) => tf.sum(tf.square(attention(x!, w!, 2))),
  },
  'an embedding whose rows repeat': {
    inputs: { table: float32([6, 4], numbers(24)), ids: int32([2, 3], [1, 5, 1, 0, 1, 5]) },
    loss: ({ table, ids }) => tf.sum(tf.exp(tf.gather(table as Tensor2D, ids as Tensor2D))),
  },
  'gathered columns': {
    inputs: { x: float32([3, 4], numbers(12)), ids: int32([2], [3, 3]) },
    loss: ({ x, ids }) => tf.sum(tf.square(tf.gather(x!, ids as Tensor1D, 1))),
  },
  'cross entropy of normalised rows': {
    inputs: { a: float32([4, 3], numbers(12)), b: float32([4, 3], numbers(12, 20)) },
    loss: ({ a, b }) => {
      const unit = (x: Tensor): Tensor => tf.div(x, tf.norm(x, 2, 1, true));
      const logits = tf.mul(tf.matMul(unit(a!), unit(b!), false, true), 14);
      return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits), tf.eye(4)), 1)));
    },
  },
  'slices, padding and concatenation': {
    inputs: { x: float32([2, 3, 4], numbers(24)) },
    loss: ({ x }) => {
      const [a, b] = tf.split(x as Tensor3D, [1, 3], 2) as [Tensor3D, Tensor3D];
      return tf.sum(tf.square(tf.concat([tf.pad(a, [[0, 0], [1, 0], [0, 1]]), tf.pad(b, [[0, 0], [1, 0], [0, 0]])], 2))); // prettier-ignore
    },
  },
};

describe('gradients', () => {
  it.each(Object.entries(losses))('%s', (_, { inputs, loss }) => {
    expectCompiledEqualsEager(inputs, withGradients(loss));
  });

  it.each(Object.entries(losses))('%s, products in bfloat16', (_, { inputs, loss }) => {
    // bfloat16 keeps 8 bits: 2^-8 for each product, and products follow one another
    expectEqual(compiled(inputs, withGradients(loss), 'bf16'), eager(inputs, withGradients(loss)), 0.05);
  });

  it('bfloat16 rounds what goes into a product, and nothing else', () => {
    const x = float32([1, 1], [1 + 2 ** -10]);
    const results = compiled({ x }, ({ x }) => ({ product: tf.matMul(x!, x!), other: tf.mul(x!, x!) }), 'bf16');
    expect(results['product']!.values).toEqual([1]);
    expect(results['other']!.values[0]).toBeCloseTo((1 + 2 ** -10) ** 2, 7);
  });
});

describe('functions over shared variables', () => {
  const spec: ProgramSpec = {
    variables: { total: floats(2), count: ints() },
    functions: {
      observe: {
        inputs: { x: floats(2) },
        build: ({ x }, { total, count }) => ({
          outputs: { before: total! },
          updates: [
            { kind: 'add', variable: 'total', value: x! },
            { kind: 'assign', variable: 'count', value: tf.add(count!, tf.scalar(1, 'int32')) },
          ],
        }),
      },
      mean: {
        inputs: {},
        build: (_, { total, count }) => ({ outputs: { mean: tf.div(total!, tf.cast(count!, 'float32')) } }),
      },
      reset: {
        inputs: {},
        build: (_, { total }) => ({
          outputs: {},
          updates: [{ kind: 'assign', variable: 'total', value: tf.zerosLike(total!) }],
        }),
      },
    },
  };

  it('see each other’s updates, and a read in the function sees the state from before', () => {
    const stats = program(spec);
    stats.initialise({});
    expect(stats.run('observe', { x: Float32Array.of(1, 2) })['before']).toEqual(Float32Array.of(0, 0));
    expect(stats.run('observe', { x: Float32Array.of(3, 6) })['before']).toEqual(Float32Array.of(1, 2));
    expect(stats.run('mean', {})['mean']).toEqual(Float32Array.of(2, 4));
    expect(stats.read()).toEqual({ total: Float32Array.of(4, 8), count: Int32Array.of(2) });
    expect(stats.run('reset', {})).toEqual({});
    stats.write({ count: Int32Array.of(5) });
    expect(stats.read(['count', 'total'])).toEqual({ count: Int32Array.of(5), total: Float32Array.of(0, 0) });
  });

  it('initialise sets what is given and zeros the rest, also a second time', () => {
    const stats = program(spec);
    stats.initialise({ total: Float32Array.of(7, 8), count: Int32Array.of(3) });
    stats.initialise({ count: Int32Array.of(1) });
    expect(stats.read()).toEqual({ total: Float32Array.of(0, 0), count: Int32Array.of(1) });
  });

  it('two programs with the same names share nothing', () => {
    const [a, b] = [program(spec), program(spec)];
    a.initialise({ total: Float32Array.of(1, 1) });
    b.initialise({ total: Float32Array.of(2, 2) });
    a.run('observe', { x: Float32Array.of(1, 1) });
    expect(b.read(['total'])).toEqual({ total: Float32Array.of(2, 2) });
  });
});

describe('updates', () => {
  it('all use the values from before: two variables swap', () => {
    const swap = program({
      variables: { a: floats(2), b: floats(2) },
      functions: {
        swap: {
          inputs: {},
          build: (_, { a, b }) => ({
            outputs: { a: a!, b: b! },
            updates: [
              { kind: 'assign', variable: 'a', value: b! },
              { kind: 'assign', variable: 'b', value: a! },
            ],
          }),
        },
      },
    });
    swap.initialise({ a: Float32Array.of(1, 2), b: Float32Array.of(3, 4) });
    for (const [a, b] of [
      [1, 2],
      [3, 4],
      [1, 2],
    ].map((x, i, all) => [x, all[(i + 1) % 2]!])) {
      // prettier-ignore
      expect(swap.run('swap', {})).toEqual({ a: Float32Array.from(a!), b: Float32Array.from(b!) });
    }
  });

  it('an update of one variable does not disturb an update that reads it', () => {
    const size = 1 << 16;
    const both = program({
      variables: { a: floats(size), b: floats(size) },
      functions: {
        f: {
          inputs: {},
          build: (_, { a, b }) => ({
            outputs: {},
            updates: [
              { kind: 'add', variable: 'a', value: b! },
              { kind: 'add', variable: 'b', value: a! },
            ],
          }),
        },
      },
    });
    let [a, b] = [1, 2];
    both.initialise({ a: new Float32Array(size).fill(a), b: new Float32Array(size).fill(b) });
    for (let round = 0; round < 10; round++) {
      both.run('f', {});
      [a, b] = [a + b, a + b];
      const state = both.read();
      expect(state['a']!.every((value) => value === a) && state['b']!.every((value) => value === b)).toBe(true);
    }
  });

  it('scatter replaces the rows that it names', () => {
    const table = program({
      variables: { rows: floats(4, 2), unit: floats(2) },
      functions: {
        put: {
          inputs: { at: ints(2) },
          build: ({ at }, { rows, unit }) => {
            const picked = tf.gather(rows as Tensor2D, at as Tensor1D);
            return {
              outputs: { picked, all: rows! },
              updates: [
                { kind: 'scatter', variable: 'rows', indices: at as Tensor1D, rows: tf.add(picked, 10) },
                {
                  kind: 'scatter',
                  variable: 'unit',
                  indices: tf.tensor1d([1], 'int32'),
                  rows: tf.mul(tf.slice(unit!, 0, 1), 2),
                },
              ],
            };
          },
        },
      },
    });
    table.initialise({ rows: Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7), unit: Float32Array.of(3, 0) });
    const first = table.run('put', { at: Int32Array.of(3, 1) });
    expect(first).toEqual({ picked: Float32Array.of(6, 7, 2, 3), all: Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7) });
    const after = Float32Array.of(0, 1, 12, 13, 4, 5, 16, 17);
    expect(table.read()).toEqual({ rows: after, unit: Float32Array.of(3, 6) });
    expect(table.run('put', { at: Int32Array.of(0, 1) })['all']).toEqual(after);
    expect(table.read(['rows'])['rows']).toEqual(Float32Array.of(10, 11, 22, 23, 4, 5, 16, 17));
  });

  it('share no memory with arrays of the caller, wherever those lie', () => {
    const size = 64;
    const one = program({
      variables: { a: floats(size), b: floats(size) },
      functions: {
        put: {
          inputs: { x: floats(size) },
          build: ({ x }) => ({
            outputs: { x: x! },
            updates: [{ kind: 'assign', variable: 'b', value: tf.reshape(x!, [size]) }],
          }),
        },
        grow: {
          inputs: {},
          build: (_, { a }) => ({
            outputs: {},
            updates: ['a', 'b'].map((variable) => ({ kind: 'add', variable, value: tf.onesLike(a!) })),
          }),
        },
      },
    });
    // TensorFlow takes over memory that starts at a multiple of 64 bytes: one of these does
    const memory = new Float32Array(size + 16);
    for (let offset = 0; offset < 16; offset++) {
      const array = memory.subarray(offset, offset + size);
      memory.fill(5);
      one.initialise({ a: array });
      const { x } = one.run('put', { x: array });
      memory.fill(6);
      expect(x).toEqual(new Float32Array(size).fill(5));
      expect(one.read()).toEqual({ a: x, b: x });
      one.run('grow', {});
      one.run('grow', {});
      expect(one.read()).toEqual({ a: x!.map((value) => value + 2), b: x!.map((value) => value + 2) });
      expect(memory.every((value) => value === 6)).toBe(true);
    }
  });
});

it('what scatter changes can be gathered in every way', () => {
  const build = ({ rows, at }: Record<string, Tensor>, variables: Record<string, Tensor>) => ({
    outputs: {
      rows: tf.gather(variables['rows']!, at as Tensor1D),
      columns: tf.gather(variables['rows']!, at as Tensor1D, 1),
      batched: tf.gather(variables['rows']!, tf.reshape(at!, [2, 1]), 1, 1),
      fromInput: tf.gather(rows!, at as Tensor1D),
    },
  });
  const table = program({
    variables: { rows: floats(2, 2) },
    functions: {
      read: { inputs: { rows: floats(2, 2), at: ints(2) }, build },
      write: {
        inputs: { at: ints(2) },
        build: ({ at }) => ({
          outputs: {},
          updates: [{ kind: 'scatter', variable: 'rows', indices: at as Tensor1D, rows: tf.zeros([2, 2]) }],
        }),
      },
    },
  });
  table.initialise({ rows: Float32Array.of(1, 2, 3, 4) });
  expect(table.run('read', { rows: Float32Array.of(5, 6, 7, 8), at: Int32Array.of(1, 0) })).toEqual({
    rows: Float32Array.of(3, 4, 1, 2),
    columns: Float32Array.of(2, 1, 4, 3),
    batched: Float32Array.of(2, 3),
    fromInput: Float32Array.of(7, 8, 5, 6),
  });
});

describe('edges', () => {
  it('constants from outside become part of the program, with their numbers at that time', () => {
    const written = tf.tensor1d([1, 2, 3]); // not handed to TensorFlow before its first use
    const computed = tf.tidy(() => tf.mul(written, 2));
    const lazy = tf.tensor2d([[4, 5, 6]]);
    const buffer = tf.buffer([3], 'float32', Float32Array.of(7, 8, 9));
    const build: Build = ({ x }) => ({
      sum: tf.addN([x!, computed, written, tf.reshape(lazy, [3]), buffer.toTensor()]),
      picked: tf.gather(x!, tf.tensor1d([2, 0], 'int32')),
      mask: tf.where(tf.tensor1d([true, false, true], 'bool'), x!, tf.scalar(-1)),
      scalar: tf.mul(tf.scalar(3, 'int32'), tf.scalar(4, 'int32')),
    });
    expectCompiledEqualsEager({ x: float32([3], [0.5, 0.25, 0]) }, build);
    tf.dispose([written, computed, lazy]);
  });

  it('bytes are float32 numbers from 0 to 255 to the function, wherever they lie in memory', () => {
    const bytes = program({
      variables: {},
      functions: {
        f: {
          inputs: { b: { shape: [2, 3], dtype: 'uint8' }, x: floats(3) },
          build: ({ b, x }) => {
            expect([b!.dtype, b!.shape]).toEqual(['float32', [2, 3]]);
            return { outputs: { b: b!, sum: tf.add(b!, x!) } };
          },
        },
      },
    });
    const x = Float32Array.of(0.5, -1, 0);
    const part = Uint8Array.of(9, 0, 127, 128, 255, 1, 2, 9).subarray(1, 7);
    for (const b of [part, part.slice(), Buffer.concat([part])]) {
      expect(bytes.run('f', { b, x })).toEqual({
        b: Float32Array.of(0, 127, 128, 255, 1, 2),
        sum: Float32Array.of(0.5, 126, 128, 255.5, 0, 2),
      });
    }
    expect(() => bytes.run('f', { b: Float32Array.from(part), x })).toThrow(
      'Input "b" of f takes uint8 [2, 3], got Float32Array of 6.',
    );
    expect(() => bytes.run('f', { b: part, x: part.subarray(3) })).toThrow('takes float32 [3], got Uint8Array of 3');
  });

  it('an output may be an input, a variable, a constant, a bool, or another output', () => {
    const odd = program({
      variables: { v: floats(2), n: ints(2) },
      functions: {
        f: {
          inputs: { x: floats(2), i: ints() },
          build: ({ x, i }, { v, n }) => {
            const sum = tf.add(x!, v!);
            return {
              outputs: {
                x: x!,
                i: i!,
                v: v!,
                n: n!,
                constant: tf.tensor1d([1, 2]),
                sum,
                same: sum,
                positive: tf.greater(sum, 1),
              },
            };
          },
        },
      },
    });
    odd.initialise({ v: Float32Array.of(0.5, 1.5), n: Int32Array.of(-1, 2 ** 31 - 1) });
    expect(odd.run('f', { x: Float32Array.of(0, 1), i: Int32Array.of(9) })).toEqual({
      x: Float32Array.of(0, 1),
      i: Int32Array.of(9),
      v: Float32Array.of(0.5, 1.5),
      n: Int32Array.of(-1, 2 ** 31 - 1),
      constant: Float32Array.of(1, 2),
      sum: Float32Array.of(0.5, 2.5),
      same: Float32Array.of(0.5, 2.5),
      positive: Int32Array.of(0, 1),
    });
  });

  it('names may hold anything, and names that differ only there stay apart', () => {
    const names = ['a b', 'a_b', 'a,b', 'a:b', 'ä', 'adam.m/a', '/', ''];
    const each = program({
      variables: Object.fromEntries(names.map((name) => [name, floats()])),
      functions: Object.fromEntries(
        names.map((name) => [
          name,
          {
            inputs: Object.fromEntries(names.map((input) => [input, floats()])),
            build: (inputs: Record<string, Tensor>, variables: Record<string, Tensor>) => ({
              outputs: Object.fromEntries(names.map((output) => [output, tf.add(inputs[output]!, variables[name]!)])),
            }),
          },
        ]),
      ),
    });
    each.initialise(Object.fromEntries(names.map((name, i) => [name, Float32Array.of(i)])));
    for (const [i, name] of names.entries()) {
      const results = each.run(name, Object.fromEntries(names.map((input, j) => [input, Float32Array.of(10 * j)])));
      expect(results).toEqual(Object.fromEntries(names.map((output, j) => [output, Float32Array.of(10 * j + i)])));
    }
  });

  it('sizes may be 0 or 1', () => {
    const empty = program({
      variables: { none: floats(0, 3) },
      functions: {
        f: {
          inputs: { x: floats(0, 3), one: floats(1, 1, 1) },
          build: ({ x, one }, { none }) => ({
            outputs: { all: tf.concat([x!, none!], 0), sum: tf.sum(x!), one: tf.squeeze(one!) },
          }),
        },
      },
    });
    empty.initialise({ none: new Float32Array(0) });
    expect(empty.run('f', { x: new Float32Array(0), one: Float32Array.of(4) })).toEqual({
      all: new Float32Array(0),
      sum: Float32Array.of(0),
      one: Float32Array.of(4),
    });
  });

  it('a function may compute nothing', () => {
    const idle = program({ variables: {}, functions: { f: { inputs: {}, build: () => ({ outputs: {} }) } } });
    idle.initialise({});
    expect(idle.run('f', {})).toEqual({});
    expect(idle.read()).toEqual({});
  });

  it('outputs belong to the caller', () => {
    const twice = program({
      variables: { v: floats(16) },
      functions: { f: { inputs: {}, build: (_, { v }) => ({ outputs: { v: v! } }) } },
    });
    twice.initialise({});
    twice.run('f', {})['v']!.fill(3);
    twice.read()['v']!.fill(4);
    expect(twice.run('f', {})['v']).toEqual(new Float32Array(16));
  });

  it('gives the same bits twice', () => {
    const { inputs, loss } = losses['attention of two heads']!;
    expect(compiled(inputs, withGradients(loss))).toEqual(compiled(inputs, withGradients(loss)));
  });
});

it('expectClose fails for numbers that differ', () => {
  expect(() => {
    expectClose([1, 2], [1, 2.1]);
  }).toThrow('number 1');
});
