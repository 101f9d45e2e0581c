/** @file Nothing is left behind: no tensor, no session, no growing process. */

import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { expect, it } from 'vitest';
import { tf, usesGpu } from '../../../src/main/engine/runtime/backend.ts';
import { compile } from '../../../src/main/engine/runtime/compile.ts';
import type { Program, TensorSpec } from '../../../src/main/engine/runtime/types.ts';

const { binding } = tf.backend() as unknown as {
  binding: { getNumOfTensors: () => number; getNumOfSavedModels: () => number };
};
const held = () => ({
  tensors: tf.memory().numTensors,
  buffers: tf.memory().numDataBuffers,
  handles: binding.getNumOfTensors(),
  sessions: binding.getNumOfSavedModels(),
});

const side = 256;
const matrix: TensorSpec = { shape: [side, side], dtype: 'float32' };

function step(): Program {
  return compile({
    variables: { w: matrix, m: matrix, v: matrix, table: matrix },
    functions: {
      step: {
        inputs: { x: matrix, rows: { shape: [4], dtype: 'int32' } },
        build: ({ x, rows }, { w, table }) => {
          const { value, grads } = tf.valueAndGrads((w: Tensor) => tf.mean(tf.square(tf.matMul(x!, w))).asScalar())([
            w!,
          ]);
          tf.keep(tf.add(x!, 1)); // as gradients do with what they save
          const picked = tf.gather(table!, rows!.as1D());
          return {
            outputs: { value, gradient: grads[0]!, picked },
            updates: [
              { kind: 'adamW', variable: 'w', m: 'm', v: 'v', gradient: grads[0]!, correctedRate: tf.scalar(0.1), correctedEpsilon: tf.scalar(1e-6), beta1: 0.9, beta2: 0.98 }, // prettier-ignore
              { kind: 'scatter', variable: 'table', indices: rows!.as1D(), rows: tf.add(picked, 1) },
            ],
          };
        },
      },
    },
  });
}

const inputs = { x: new Float32Array(side * side).fill(0.01), rows: Int32Array.of(0, 5, 9, 250) };

function run(program: Program, times: number): void {
  for (let i = 0; i < times; i++) program.run('step', inputs);
}

it('100 runs leave no tensor', () => {
  const before = held();
  const program = step();
  program.initialise({ w: new Float32Array(side * side).fill(0.1) });
  expect(held()).toEqual({ ...before, sessions: before.sessions + 1 });
  run(program, 100);
  program.write({ m: new Float32Array(side * side) });
  program.read();
  // a GPU gives zeros for rows that are not there
  if (!usesGpu()) expect(() => program.run('step', { ...inputs, rows: Int32Array.of(0, 5, 9, 256) })).toThrow();
  expect(held()).toEqual({ ...before, sessions: before.sessions + 1 });
  program.dispose();
  expect(held()).toEqual(before);
});

it('compiling and disposing again and again leaves nothing', () => {
  const before = held();
  for (let i = 0; i < 10; i++) {
    const program = step();
    program.initialise({});
    run(program, 1);
    program.dispose();
  }
  expect(held()).toEqual(before);
});

it('the process does not grow with the runs', () => {
  const program = step();
  program.initialise({});
  run(program, 300); // pools and caches fill
  const before = process.memoryUsage().rss;
  run(program, 1000);
  const grown = process.memoryUsage().rss - before;
  program.dispose();
  // a run moves 1.3 MB in and out; a leak of one tensor of 256 kB would show as 256 MB
  expect(grown).toBeLessThan(64e6);
});
