/** @file What goes wrong says what and where, and leaves the backend usable. */

import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-node-gpu';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { tf, usesGpu } from '../../../src/main/engine/runtime/backend.ts';
import { compile } from '../../../src/main/engine/runtime/compile.ts';
import type { Program, TensorSpec, TracedFunction, Update } from '../../../src/main/engine/runtime/types.ts';

const floats = (...shape: number[]): TensorSpec => ({ shape, dtype: 'float32' });
const ints = (...shape: number[]): TensorSpec => ({ shape, dtype: 'int32' });

function compileOne(build: TracedFunction['build'], variables: Record<string, TensorSpec> = {}): Program {
  return compile({ variables, functions: { f: { inputs: { x: floats(2), i: ints(2) }, build } } });
}

afterEach(() => {
  // eager tfjs works after every failure
  expect(tf.tidy(() => Array.from(tf.gather(tf.tensor1d([1, 2, 3]), tf.tensor1d([2], 'int32')).dataSync()))).toEqual([
    3,
  ]);
  expect(() => tf.tidy(() => tf.gather(tf.tensor1d([1, 2, 3]), tf.tensor1d([3], 'int32')))).toThrow('not in [0, 2]');
});

describe('in a trace', () => {
  it('reading numbers is refused', () => {
    const reads: ((x: Tensor) => unknown)[] = [
      (x) => x.dataSync(),
      (x) => tf.add(x, 1).arraySync(),
      (x) => tf.sum(x).dataSync(),
    ];
    for (const read of reads) {
      expect(() =>
        compileOne(({ x }) => {
          read(x!);
          return { outputs: {} };
        }),
      ).toThrow(/read the numbers of a tensor/);
    }
  });

  it('an operation without a rule is named', () => {
    expect(() => compileOne(({ x }) => ({ outputs: { y: tf.linspace(0, 1, 3), x: x! } }))).toThrow(
      /LinSpace.*shapes\.ts/,
    );
  });

  it('a computed shape is refused', () => {
    interface Backend {
      executeSingleOutput: (op: string, attributes: object[], inputs: Tensor[]) => Tensor;
    }
    expect(() =>
      compileOne(({ x, i }) => ({
        outputs: { y: (tf.backend() as unknown as Backend).executeSingleOutput('Reshape', [], [x!, i!]) },
      })),
    ).toThrow('gives Reshape a computed shape or axis');
  });

  it('an error of the function itself comes through', () => {
    expect(() =>
      compileOne(({ x }) =>
        tf.tidy(() => {
          tf.grad((x: Tensor) => {
            tf.add(x, 1);
            throw new RangeError('mine');
          })(x!);
          return { outputs: {} };
        }),
      ),
    ).toThrow('mine');
  });

  it('leaves no tensor behind', () => {
    const before = { tensors: tf.memory().numTensors, data: tf.memory().numDataBuffers };
    expect(() =>
      compileOne(({ x }) => {
        tf.keep(tf.add(x!, 1));
        tf.sub(x!, 1);
        throw new Error('stop');
      }),
    ).toThrow('stop');
    expect({ tensors: tf.memory().numTensors, data: tf.memory().numDataBuffers }).toEqual(before);
  });
});

describe('updates', () => {
  const variables = { v: floats(2), w: floats(3), n: ints(2), table: floats(4, 2), m: floats(2), s: floats(2) };
  const adam =
    (given: Partial<Extract<Update, { kind: 'adamW' }>>) =>
    (x: Tensor): Update => ({
      kind: 'adamW',
      variable: 'v',
      m: 'm',
      v: 's',
      gradient: x,
      correctedRate: tf.scalar(1),
      correctedEpsilon: tf.scalar(1),
      beta1: 0.9,
      beta2: 0.9,
      ...given,
    });

  it.each<[string, (x: Tensor, i: Tensor) => Update, RegExp]>([
    ['no such variable', (x) => ({ kind: 'add', variable: 'u', value: x }), /add of "u".*no such variable/],
    [
      'another shape',
      (x) => ({ kind: 'assign', variable: 'w', value: x }),
      /assign of "w" takes float32 \[3\] as value, got float32 \[2\]/,
    ],
    [
      'another type',
      (x) => ({ kind: 'assign', variable: 'n', value: x }),
      /"n" takes int32 \[2\] as value, got float32 \[2\]/,
    ],
    [
      'no row indices',
      (x) => ({ kind: 'scatter', variable: 'table', indices: x as Tensor1D, rows: x }),
      /takes int32 \[2\] as indices/,
    ],
    [
      'too short rows',
      (x, i) => ({ kind: 'scatter', variable: 'table', indices: i as Tensor1D, rows: x }),
      /takes float32 \[2, 2\] as rows/,
    ],
    ['no such moment', adam({ m: 'nothing' }), /"nothing" is not a variable of its shape/],
    ['a moment of another shape', adam({ v: 'w' }), /"w" is not a variable of its shape/],
    ['a rate per row', (x) => adam({ correctedRate: x as Scalar })(x), /takes float32 \[\] as correctedRate/],
  ])('%s', (_, update, message) => {
    expect(() => compileOne(({ x, i }) => ({ outputs: {}, updates: [update(x!, i!)] }), variables)).toThrow(message);
  });

  it('two of one variable are refused', () => {
    const twice =
      (...updates: ((x: Tensor) => Update)[]) =>
      () =>
        compileOne(({ x }) => ({ outputs: {}, updates: updates.map((update) => update(x!)) }), variables);
    const add =
      (variable: string) =>
      (x: Tensor): Update => ({ kind: 'add', variable, value: x });
    expect(twice(add('v'), add('v'))).toThrow('Two updates of one function change "v"');
    expect(twice(adam({}), add('s'))).toThrow('Two updates of one function change "s"');
  });
});

describe('a program', () => {
  const spec = {
    variables: { v: floats(2), n: ints(2) },
    functions: {
      f: {
        inputs: { x: floats(2), i: ints(2) },
        build: ({ x, i }: Record<string, Tensor>, { v }: Record<string, Tensor>) => ({
          outputs: { y: tf.add(tf.gather(x!, i as Tensor1D), v!) },
        }),
      },
    },
  } as const;
  const made = (): Program => {
    const program = compile(spec);
    onTestFinished(program.dispose.bind(program));
    program.initialise({});
    return program;
  };
  const x = Float32Array.of(1, 2);
  const i = Int32Array.of(0, 1);

  it('names what is missing, too long, or of another type', () => {
    const program = made();
    expect(() => program.run('f', { x })).toThrow('Input "i" of f takes int32 [2], got nothing.');
    expect(() => program.run('f', { x: new Float32Array(3), i })).toThrow(
      'Input "x" of f takes float32 [2], got Float32Array of 3.',
    );
    expect(() => program.run('f', { x: i, i })).toThrow('takes float32 [2], got Int32Array of 2');
    expect(() => program.run('g', {})).toThrow('The program has no function "g".');
    expect(() => program.read(['w'])).toThrow('The program has no variable "w".');
    expect(() => {
      program.write({ w: x });
    }).toThrow('no variable "w"');
    expect(() => {
      program.write({ n: i, v: new Float32Array(1) });
    }).toThrow('Variable "v" takes float32 [2], got Float32Array of 1.');
    expect(program.run('f', { x, i })['y']).toEqual(x);
  });

  it('changes nothing when one of several values is wrong', () => {
    const program = made();
    expect(() => {
      program.write({ n: Int32Array.of(1, 2), v: new Float32Array(1) });
    }).toThrow();
    expect(program.read(['n'])['n']).toEqual(new Int32Array(2));
  });

  // a GPU gives zeros for rows that are not there
  it.skipIf(usesGpu())('goes on after a run that failed', () => {
    const program = made();
    expect(() => program.run('f', { x, i: Int32Array.of(0, 7) })).toThrow(/^f failed: .*\[0, 2\)/);
    expect(program.run('f', { x, i })['y']).toEqual(x);
  });

  it('says that it was not initialised, or is disposed', () => {
    const fresh = compile(spec);
    expect(() => fresh.run('f', { x, i })).toThrow('The program was not initialised.');
    expect(() => fresh.read()).toThrow('not initialised');
    fresh.dispose();
    expect(() => fresh.run('f', { x, i })).toThrow('The program is disposed.');
    expect(() => {
      fresh.dispose();
    }).not.toThrow();
  });
});
