/** @file Property: whatever small expression is built, compiled it gives what it gives eagerly. */

import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import fc from 'fast-check';
import { it } from 'vitest';
import { tf } from '../../../src/main/engine/runtime/backend.ts';
import { expectCompiledEqualsEager, float32, int32, numbers, type Build } from './compare.ts';

/** Tensors `[3, 3]` of moderate size in, one out: any two steps fit together. */
const steps: Record<string, (a: Tensor, b: Tensor) => Tensor> = {
  add: tf.add,
  difference: tf.sub,
  product: tf.mul,
  quotient: (a, b) => tf.div(a, tf.add(tf.square(b), 1)),
  matMul: (a, b) => tf.mul(tf.matMul(a, b), 0.3),
  transposedMatMul: (a, b) => tf.mul(tf.matMul(a, b, true, true), 0.3),
  bias: (a, b) => tf.add(tf.matMul(a, b), tf.mean(b, 0)),
  columns: (a, b) => tf.sub(a, tf.max(b, 0, true)),
  rows: (a, b) => tf.mul(a, tf.sum(tf.square(b), 1, true)),
  softmax: (a) => tf.softmax(a),
  tanh: (a) => tf.tanh(a),
  transpose: (a) => tf.transpose(a),
  reversed: (a) => tf.reverse(a, 1),
  gathered: (a) => tf.gather(a, tf.tensor1d([2, 0, 0], 'int32')),
  chosen: (a, b) => tf.where(tf.greater(a, b), a, tf.mul(b, 0.5)),
  joined: (a, b) => tf.slice(tf.concat([a, b], 0), [1, 0], [3, 3]),
  stacked: (a, b) => tf.mean(tf.stack([a, b, a]), 0),
  split: (a, b) => tf.add(tf.split(tf.concat([a, b], 1), 2, 1)[1]!, 1),
  diagonal: (a) => tf.mul(a, tf.eye(3)),
  clipped: (a) => tf.clipByValue(a, -0.5, 0.5),
  gradient: (a, b) => tf.grad((a: Tensor) => tf.sum(tf.mul(tf.sigmoid(a), b)))(a),
  padded: (a) => tf.slice(tf.pad(a, [[1, 0], [0, 1]], 2), [0, 1], [3, 3]), // prettier-ignore
};

const expression = fc.array(
  fc.record({ step: fc.constantFrom(...Object.keys(steps)), left: fc.nat(50), right: fc.nat(50) }),
  { minLength: 1, maxLength: 12 },
);

it('compiled equals eager', () => {
  fc.assert(
    fc.property(expression, fc.nat(100), (parts, offset) => {
      const build: Build = ({ x, y, i }) => {
        const made: Tensor[] = [x!, y!, tf.cast(i!, 'float32')];
        for (const { step, left, right } of parts) {
          made.push(steps[step]!(made[left % made.length]!, made[right % made.length]!));
        }
        // bounded: sums of products of products would differ by rounding alone
        return { last: tf.tanh(made.at(-1)!), middle: tf.tanh(made[made.length >> 1]!) };
      };
      const given = {
        x: float32([3, 3], numbers(9, offset)),
        y: float32([3, 3], numbers(9, offset + 40)),
        i: int32([3, 3], [0, 1, 2, 0, 0, 1, -1, 0, 1]),
      };
      expectCompiledEqualsEager(given, build, 1e-4);
    }),
    { numRuns: 60 },
  );
});
