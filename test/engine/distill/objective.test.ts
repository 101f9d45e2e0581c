/** @file The losses against PyTorch, by hand, and against a naive reference. Run: npm test -- test/engine/distill/objective.test.ts */

import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-node-gpu';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contrast, logSumExp } from '../../../src/main/engine/distill/losses.ts';
import { objective, spread, type LossTerms } from '../../../src/main/engine/distill/objective.ts';
import { distillOptions } from '../../../src/main/engine/distill/options.ts';
import { tf } from '../../../src/main/engine/runtime/backend.ts';
import { fixture, relativeError } from './fixture.ts';

type Case = (typeof fixture.cases)[number];

const inputNames = ['image', 'text', 'centres', 'logitScale', 'projection'] as const;

function tensorsOf({ state, batch }: Pick<Case, 'state' | 'batch'>) {
  const { batch: n, teacher, classes } = fixture.sizes;
  const width = state.image.length / n;
  return {
    image: tf.tensor2d(state.image, [n, width]),
    text: tf.tensor2d(state.text, [n, width]),
    centres: tf.tensor2d(state.centres, [classes, teacher]),
    logitScale: tf.scalar(state.logitScale[0]!),
    ...(state.projection ? { projection: tf.tensor2d(state.projection, [teacher, width]) } : {}),
    batch: {
      teacherImage: tf.tensor2d(batch.teacherImage, [n, teacher]),
      teacherText: tf.tensor2d(batch.teacherText, [n, teacher]),
      labels: tf.tensor1d(batch.labels, 'int32'),
    },
  };
}

describe.each(fixture.cases.map((given) => ({ given, name: JSON.stringify(given.options) })))('$name', ({ given }) => {
  const options = distillOptions(given.options);

  test('every term equals PyTorch', () => {
    tf.tidy(() => {
      const { image, text, batch, centres, logitScale, ...rest } = tensorsOf(given);
      const terms = objective(image, text, batch, { logitScale, classes: centres, ...rest }, options);
      for (const [name, expected] of Object.entries(given.losses)) {
        const term = terms[name as keyof LossTerms]!.dataSync();
        expect(relativeError(term, [expected]), name).toBeLessThan(1e-4);
      }
    });
  });

  test('every gradient equals PyTorch', () => {
    tf.tidy(() => {
      const { batch, ...inputs } = tensorsOf(given);
      const names = inputNames.filter((name) => name in inputs);
      const loss = (...values: Tensor[]): Scalar => {
        const at = (name: string): Tensor => values[names.indexOf(name as (typeof names)[number])]!;
        const projection = names.includes('projection') ? { projection: at('projection') as Tensor2D } : {};
        const learned = { logitScale: at('logitScale') as Scalar, classes: at('centres') as Tensor2D, ...projection };
        return objective(at('image') as Tensor2D, at('text') as Tensor2D, batch, learned, options).overall;
      };
      const gradients = tf.grads(loss)(names.map((name) => inputs[name]!));
      for (const [index, name] of names.entries()) {
        expect(relativeError(gradients[index]!.dataSync(), given.gradients[name]!), name).toBeLessThan(1e-4);
      }
    });
  });
});

test('contrast of two orthogonal pairs, by hand', () => {
  // logits [[s, 0], [0, s]]: each row and column gives log(1 + e^-s)
  const rows = tf.tensor2d([1, 0, 0, 1], [2, 2]);
  const expected = Math.log(1 + Math.exp(-3));
  expect(contrast(rows, rows, 3, 'mean').dataSync()[0]).toBeCloseTo(expected, 6);
  expect(contrast(rows, rows, 3, 'sum').dataSync()[0]).toBeCloseTo(2 * expected, 6);
});

test('logSumExp equals a naive sum and does not overflow', () => {
  const matrix = fc.array(fc.array(fc.float({ min: -50, max: 50, noNaN: true }), { minLength: 3, maxLength: 3 }), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(
    fc.property(matrix, (rows) => {
      const result = tf.tidy(() => logSumExp(tf.tensor2d(rows), 1).dataSync());
      const naive = rows.map((row) => Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0)));
      // near zero a relative error means nothing: float32 rounds the largest term, which the logarithm takes back off
      return naive.every(
        (expected, i) => Math.abs(result[i]! - expected) <= 1e-6 * (1 + Math.max(...rows[i]!.map(Math.abs))),
      );
    }),
  );
  expect(logSumExp(tf.tensor2d([[1000, 1000]]), 1).dataSync()[0]).toBeCloseTo(1000 + Math.log(2), 3);
});

test('losses that are switched off are not computed', () => {
  tf.tidy(() => {
    const { image, text, logitScale } = tensorsOf(fixture.cases[0]!);
    const terms = objective(image, text, {}, { logitScale }, distillOptions({ cluster: false, instance: false }));
    expect(Object.keys(terms).toSorted()).toEqual(['base', 'overall']);
  });
});

test('spread is 0 for one point and 1 for opposite ones', () => {
  expect(spread(tf.tensor2d([1, 2, 1, 2], [2, 2])).dataSync()[0]).toBeCloseTo(0, 6);
  expect(spread(tf.tensor2d([1, 2, -1, -2], [2, 2])).dataSync()[0]).toBeCloseTo(1, 6);
});

test('no tensor is left behind', () => {
  const inputs = tensorsOf(fixture.cases[0]!);
  const { image, text, batch, centres, logitScale, ...rest } = inputs;
  const before = tf.memory().numTensors;
  for (let i = 0; i < 3; i++) {
    tf.tidy(() => {
      objective(image, text, batch, { logitScale, classes: centres, ...rest }, distillOptions({}));
      return undefined as unknown as Tensor1D;
    });
  }
  expect(tf.memory().numTensors).toBe(before);
});
