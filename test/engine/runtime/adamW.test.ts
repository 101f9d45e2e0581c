/** @file The AdamW update against its formula and against PyTorch (test/fixtures/runtime/make_adamw.py). */

import { readFileSync } from 'node:fs';
import type { Scalar } from '@tensorflow/tfjs-node-gpu';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { compile } from '../../../src/main/engine/runtime/compile.ts';
import type { Program, TensorSpec } from '../../../src/main/engine/runtime/types.ts';
import { expectClose, numbers } from './compare.ts';

const both = z.object({ matrix: z.array(z.number()), bias: z.array(z.number()) });
const fixture = z
  .object({
    rates: z.array(z.number()),
    betas: z.tuple([z.number(), z.number()]),
    eps: z.number(),
    decay: z.number(),
    start: both,
    steps: z.array(z.object({ gradients: both, after: both })),
  })
  .parse(JSON.parse(readFileSync(new URL('../../fixtures/runtime/adamw.json', import.meta.url), 'utf8')));

const [beta1, beta2] = fixture.betas;
const scalar: TensorSpec = { shape: [], dtype: 'float32' };
const shapes: Record<string, TensorSpec> = {
  matrix: { shape: [3, 4], dtype: 'float32' },
  bias: { shape: [4], dtype: 'float32' },
};

function optimiser(): Program {
  const program = compile({
    variables: Object.fromEntries(
      Object.entries(shapes).flatMap(([name, spec]) => [name, `${name} m`, `${name} v`].map((part) => [part, spec])),
    ),
    functions: {
      step: {
        inputs: { ...shapes, rate: scalar, epsilon: scalar, decay: scalar },
        build: (inputs) => ({
          outputs: {},
          updates: Object.keys(shapes).map((name) => ({
            kind: 'adamW',
            variable: name,
            m: `${name} m`,
            v: `${name} v`,
            gradient: inputs[name]!,
            ...(name === 'matrix' ? { decay: inputs['decay'] as Scalar } : {}),
            correctedRate: inputs['rate'] as Scalar,
            correctedEpsilon: inputs['epsilon'] as Scalar,
            beta1,
            beta2,
          })),
        }),
      },
    },
  });
  onTestFinished(program.dispose.bind(program));
  return program;
}

/** What to feed for step t, counted from 1. */
function fed(t: number, rate: number, eps: number, decay: number) {
  const root = Math.sqrt(1 - beta2 ** t);
  return {
    rate: Float32Array.of((rate * root) / (1 - beta1 ** t)),
    epsilon: Float32Array.of(eps * root),
    decay: Float32Array.of(rate * decay),
  };
}

it('gives PyTorch’s values over three steps', () => {
  const program = optimiser();
  program.initialise({
    matrix: Float32Array.from(fixture.start.matrix),
    bias: Float32Array.from(fixture.start.bias),
  });
  for (const [index, { gradients, after }] of fixture.steps.entries()) {
    program.run('step', {
      matrix: Float32Array.from(gradients.matrix),
      bias: Float32Array.from(gradients.bias),
      ...fed(index + 1, fixture.rates[index]!, fixture.eps, fixture.decay),
    });
    const values = program.read(['matrix', 'bias']);
    expectClose(values['matrix']!, after.matrix, 1e-6);
    expectClose(values['bias']!, after.bias, 1e-6);
  }
});

it('follows the formula of Loshchilov and Hutter', () => {
  const program = optimiser();
  const [rate, eps, decay] = [0.1, 1e-3, 0.5];
  const [p, m, v] = [numbers(12), new Array<number>(12).fill(0), new Array<number>(12).fill(0)];
  program.initialise({ matrix: Float32Array.from(p) });
  for (let t = 1; t <= 4; t++) {
    const gradient = numbers(12, 10 * t);
    program.run('step', {
      matrix: Float32Array.from(gradient),
      bias: new Float32Array(4),
      ...fed(t, rate, eps, decay),
    });
    for (const [i, g] of gradient.entries()) {
      m[i] = beta1 * m[i]! + (1 - beta1) * g;
      v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
      const [mean, variance] = [m[i] / (1 - beta1 ** t), v[i] / (1 - beta2 ** t)];
      p[i] = p[i]! * (1 - rate * decay) - (rate * mean) / (Math.sqrt(variance) + eps);
    }
    const values = program.read();
    expectClose(values['matrix']!, p);
    expectClose(values['matrix m']!, m);
    expectClose(values['matrix v']!, v);
  }
  expect(program.read(['bias'])['bias']).toEqual(new Float32Array(4));
});
