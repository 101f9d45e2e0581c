/** @file The parts of the bundled teacher against PyTorch and transformers (test/fixtures/teacher/make.py). Run: vitest run test/engine/teacher */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Weights } from '../../../src/main/engine/clip/weights.ts';
import { compile } from '../../../src/main/engine/runtime/compile.ts';
import { miniLm, sentenceFeatures } from '../../../src/main/engine/teacher/bert.ts';
import { loadParts, under } from '../../../src/main/engine/teacher/bundled.ts';
import { partsDir } from '../../../src/main/engine/teacher/parts.ts';
import { foldWeights, imageFeatures, lite0, lite2 } from '../../../src/main/engine/teacher/efficientNet.ts';
import { wordPieceTokenizer } from '../../../src/main/engine/teacher/wordPiece.ts';

const rows = z.array(z.array(z.number()));
const peer = z
  .object({ strings: z.array(z.string()), ids: rows, captions: z.array(z.string()), sentences: rows, features: rows })
  .parse(JSON.parse(readFileSync(path.join(import.meta.dirname, '../../fixtures/teacher/peer.json'), 'utf8')));

let weights: Weights;
const vocabulary = readFileSync(path.join(partsDir(), 'vocab.txt'), 'utf8');

beforeAll(async () => {
  weights = await loadParts();
});

function run(
  prefix: string,
  input: { shape: number[]; dtype: 'float32' | 'int32' },
  values: Float32Array | Int32Array,
  build: (params: Record<string, Tensor>, input: Tensor) => Tensor,
): number[] {
  const own = [...weights].filter(([name]) => name.startsWith(prefix));
  const program = compile({
    precision: 'fp32',
    variables: Object.fromEntries(own.map(([name, { shape }]) => [name, { shape, dtype: 'float32' as const }])),
    functions: {
      run: {
        inputs: { input },
        build: (inputs, params) => ({ outputs: { output: build(under(params, prefix), inputs['input']!) } }),
      },
    },
  });
  program.initialise(Object.fromEntries(own.map(([name, { data }]) => [name, data])));
  const output = [...program.run('run', { input: values })['output']!];
  program.dispose();
  return output;
}

function expectNear(found: readonly number[], expected: readonly (readonly number[])[]): void {
  const wanted = expected.flat();
  expect(found).toHaveLength(wanted.length);
  expect(Math.max(...found.map((value, i) => Math.abs(value - wanted[i]!)))).toBeLessThan(1e-4);
}

/** make.py: wave. */
function wave(): Float32Array {
  const pixels = new Float32Array(2 * 224 * 224 * 3);
  let at = 0;
  for (let n = 0; n < 2; n++)
    for (let y = 0; y < 224; y++)
      for (let x = 0; x < 224; x++)
        for (let c = 0; c < 3; c++)
          pixels[at++] = Math.sin(x * (0.03 + 0.01 * c) + n) * Math.cos(y * 0.05 * (n + 1)) * 2;
  return pixels;
}

describe('towers', () => {
  it('EfficientNet-Lite0 has the features of PyTorch', () => {
    const found = run('image.', { shape: [2, 224, 224, 3], dtype: 'float32' }, wave(), (params, pixels) =>
      imageFeatures(lite0, params, pixels),
    );
    expectNear(found, peer.features);
  });

  it('MiniLM has the sentence embeddings of transformers, whatever the padding', () => {
    for (const length of [64, 128]) {
      const tokens = wordPieceTokenizer(vocabulary).encode(peer.captions, length);
      const found = run('text.', { shape: [peer.captions.length, length], dtype: 'int32' }, tokens, (params, ids) =>
        sentenceFeatures(miniLm, params, ids),
      );
      expectNear(found, peer.sentences);
    }
  });

  it('refuses the weights of another network, naming the tensor', () => {
    const stem = { shape: [32, 3, 3, 3], data: new Float32Array(864) };
    expect(() => foldWeights(lite0, new Map())).toThrow(
      /hold _conv_stem\.weight as nothing, \[32, 3, 3, 3\] is expected/,
    );
    expect(() => foldWeights(lite2, new Map([['_conv_stem.weight', stem]]))).toThrow(/_bn0\.weight as nothing/);
  });
});

describe('WordPiece', () => {
  it('has the ids of transformers', () => {
    const tokenizer = wordPieceTokenizer(vocabulary);
    const found = peer.strings.map((text) => {
      const ids = [...tokenizer.encode([text], 32)];
      return ids.slice(0, ids.lastIndexOf(102) + 1);
    });
    expect(found).toEqual(peer.ids);
  });

  it('cuts long captions, and one of the longest is no trouble', () => {
    const tokenizer = wordPieceTokenizer(vocabulary);
    const ids = tokenizer.encode(['a '.repeat(1e6), 'x'.repeat(1e6), ''], 8);
    expect([...ids]).toEqual([
      101, 1037, 1037, 1037, 1037, 1037, 1037, 102, 101, 100, 102, 0, 0, 0, 0, 0, 101, 102, 0, 0, 0, 0, 0, 0,
    ]);
  });

  it('refuses another vocabulary', () => {
    expect(() => wordPieceTokenizer('a\nb')).toThrow(/lacks one of \[PAD\], \[UNK\]/);
  });
});
