/** @file The parts of the bundled teacher one by one: features and logits of pictures, embeddings of sentences. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { z } from 'zod';
import { unitRows } from '../../src/main/engine/clip/encoder.ts';
import { normalise, pixelInput } from '../../src/main/engine/clip/normalise.ts';
import { inferencePixels, withPicture } from '../../src/main/engine/clip/preprocess.ts';
import type { Weights } from '../../src/main/engine/clip/weights.ts';
import { tf } from '../../src/main/engine/runtime/backend.ts';
import { compile } from '../../src/main/engine/runtime/compile.ts';
import type { InputSpec } from '../../src/main/engine/runtime/types.ts';
import { miniLm, sentenceFeatures } from '../../src/main/engine/teacher/bert.ts';
import { bundledPreprocessing, classCount, loadParts, under } from '../../src/main/engine/teacher/bundled.ts';
import { featureWidth, imageFeatures, lite0 } from '../../src/main/engine/teacher/efficientNet.ts';
import { partFiles, partsDir } from '../../src/main/engine/teacher/parts.ts';
import { wordPieceTokenizer } from '../../src/main/engine/teacher/wordPiece.ts';

const batch = 16;
const tokens = 48;

export interface Parts {
  /** Of pictures that are read when they are needed; undefined ones are left out. `[n, 1280]` and the places of its rows. */
  featuresOf: (count: number, read: (i: number) => Promise<Buffer | undefined>) => Promise<Features>;
  /** `[n, 384]` of unit length. */
  sentencesOf: (texts: readonly string[]) => Float32Array;
  /** `[n, 1280]` -> ImageNet logits `[n, 1000]`. */
  logitsOf: (features: Tensor2D) => Tensor2D;
}

export interface Features {
  rows: Float32Array;
  places: number[];
}

export async function openParts(): Promise<Parts> {
  const weights = await loadParts();
  const vocabulary = await readFile(path.join(partsDir(), partFiles.vocabulary), 'utf8');
  const part = (name: string): Tensor => {
    const { shape, data } = weights.get(`classifier.${name}`)!;
    return tf.tensor(data, [...shape]);
  };
  const [weight, bias] = [part('weight') as Tensor2D, part('bias')];
  return {
    featuresOf: (count, read) => featuresOf(weights, count, read),
    sentencesOf: (texts) => sentencesOf(weights, vocabulary, texts),
    logitsOf: (features) => tf.add(tf.matMul(features, weight, false, true), bias),
  };
}

/** Of ImageNet, as the set-up takes them from open_clip. */
export async function readClassNames(): Promise<string[]> {
  const file = path.join(import.meta.dirname, '../../resources/clip/zeroShot.json');
  const schema = z.object({ classNames: z.array(z.string()).length(classCount) });
  return schema.parse(JSON.parse(await readFile(file, 'utf8'))).classNames;
}

async function featuresOf(weights: Weights, count: number, read: (i: number) => Promise<Buffer | undefined>) {
  const side = lite0.imageSize;
  const config = {
    ...{ name: 'parts', embedDim: 0, vision: { imageSize: side }, text: { contextLength: tokens } },
    preprocess: bundledPreprocessing,
  };
  const program = programOf(weights, 'image.', pixelInput(config, batch), (params, input) =>
    imageFeatures(lite0, params, normalise(input, bundledPreprocessing)),
  );
  const [rows, places]: [Float32Array[], number[]] = [[], []];
  for (let i = 0; i < count; i += batch) {
    const pixels = new Uint8Array(batch * side * side * 3);
    const indices = Array.from({ length: Math.min(batch, count - i) }, (_, k) => i + k);
    const pictures = await Promise.all(indices.map(read));
    const there = indices.filter((_, k) => pictures[k] !== undefined);
    for (const [k, picture] of pictures.filter((one) => one !== undefined).entries()) {
      pixels.set(await withPicture(picture, (open) => inferencePixels(open, config)), k * side * side * 3);
    }
    const found = program.run('run', { input: pixels })['output'] as Float32Array;
    rows.push(found.slice(0, there.length * featureWidth));
    places.push(...there);
    if (i % (batch * 25) === 0) console.error(`${i} of ${count} pictures`);
  }
  program.dispose();
  return { rows: concatenated(rows), places };
}

function sentencesOf(weights: Weights, vocabulary: string, texts: readonly string[]): Float32Array {
  const tokenizer = wordPieceTokenizer(vocabulary);
  const program = programOf(weights, 'text.', { shape: [batch, tokens], dtype: 'int32' }, (params, input) =>
    sentenceFeatures(miniLm, params, input),
  );
  const rows: Float32Array[] = [];
  for (let i = 0; i < texts.length; i += batch) {
    const ids = new Int32Array(batch * tokens);
    const part = texts.slice(i, i + batch);
    ids.set(tokenizer.encode(part, tokens));
    const found = program.run('run', { input: ids })['output'] as Float32Array;
    rows.push(found.slice(0, part.length * miniLm.width));
  }
  program.dispose();
  const joined = concatenated(rows);
  return tf.tidy(() => unitRows(tf.tensor2d(joined, [texts.length, miniLm.width])).dataSync() as Float32Array);
}

function programOf(
  weights: Weights,
  prefix: string,
  input: InputSpec,
  build: (params: Record<string, Tensor>, input: Tensor) => Tensor,
) {
  const own: Weights = new Map([...weights].filter(([name]) => name.startsWith(prefix)));
  const program = compile({
    precision: 'fp32',
    variables: Object.fromEntries([...own].map(([name, { shape }]) => [name, { shape, dtype: 'float32' as const }])),
    functions: {
      run: {
        inputs: { input },
        build: (inputs, params) => ({ outputs: { output: build(under(params, prefix), inputs['input']!) } }),
      },
    },
  });
  program.initialise(Object.fromEntries([...own].map(([name, { data }]) => [name, data])));
  return program;
}

function concatenated(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
