/** @file Normalising inside a compiled program against PyTorch's arithmetic, bit for bit. Run: vitest run test/engine/clip/normalise */

import { expect, it } from 'vitest';
import { builtinConfig } from '../../../src/main/engine/clip/config.ts';
import { blankPixels, normalise, pixelInput } from '../../../src/main/engine/clip/normalise.ts';
import { compile } from '../../../src/main/engine/runtime/compile.ts';
import { bundledPreprocessing } from '../../../src/main/engine/teacher/bundled.ts';
import { configurations } from './fixture.ts';

const config = builtinConfig('micro-32');

function normalised(pixels: Uint8Array, { mean, std }: Pick<typeof config.preprocess, 'mean' | 'std'>): Float32Array {
  const program = compile({
    variables: {},
    functions: {
      f: {
        inputs: { pixels: pixelInput(config, pixels.length / 32 ** 2 / 3) },
        build: (inputs) => ({
          outputs: { y: normalise(inputs['pixels']!, { ...config.preprocess, mean, std }) },
        }),
      },
    },
  });
  const { y } = program.run('f', { pixels });
  program.dispose();
  return y as Float32Array;
}

it.each([
  ['bundled', bundledPreprocessing] as const,
  ...configurations.map(({ name, config: { preprocess } }) => [name, preprocess] as const),
])('every byte of every channel as torchvision has it: %s', (_, preprocess) => {
  // all 256 values in each channel
  const bytes = Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => Math.floor(i / 3));
  const { fround } = Math;
  const expected = Float32Array.from(bytes, (value, i) => {
    const [mean, std] = [fround(preprocess.mean[i % 3]!), fround(preprocess.std[i % 3]!)];
    return fround(fround(fround(value / 255) - mean) / std);
  });
  expect(normalised(bytes, preprocess)).toEqual(expected);
});

it('a blank picture is 0 but for the rounding to bytes', () => {
  const values = normalised(blankPixels(config), config.preprocess);
  expect(Math.max(...values.map(Math.abs))).toBeLessThan(0.5 / 255 / Math.min(...config.preprocess.std) + 1e-6);
});
