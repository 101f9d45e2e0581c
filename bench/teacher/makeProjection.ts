/**
 * @file Makes resources/teacher/projection.safetensors: node bench/teacher/makeProjection.ts. Takes some minutes.
 * Fits on every second drawing, so that the others can judge it (bench/teacher/judge.ts).
 */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { z } from 'zod';
import { unitRows } from '../../src/main/engine/clip/encoder.ts';
import { inferencePixels, withPicture } from '../../src/main/engine/clip/preprocess.ts';
import { writeSafetensors } from '../../src/main/engine/clip/safetensors.ts';
import type { Weights } from '../../src/main/engine/clip/weights.ts';
import { tf } from '../../src/main/engine/runtime/backend.ts';
import { compile } from '../../src/main/engine/runtime/compile.ts';
import { ElementType, execute } from '../../src/main/engine/runtime/rawOps.ts';
import { miniLm, sentenceFeatures } from '../../src/main/engine/teacher/bert.ts';
import { classCount, loadParts, principalWidth, under } from '../../src/main/engine/teacher/bundled.ts';
import { partsDir } from '../../src/main/engine/teacher/parts.ts';
import { featureWidth, imageFeatures, lite0 } from '../../src/main/engine/teacher/efficientNet.ts';
import { wordPieceTokenizer } from '../../src/main/engine/teacher/wordPiece.ts';
import { fetchDrawings, readDrawings, render, type Drawing } from './drawings.ts';

const batch = 16;
const tokens = 48;
/** Weight of the ridge over the mean variance of a feature. */
const ridge = 1;
const target = path.join(import.meta.dirname, '../../resources/teacher/projection.safetensors');

const weights = await loadParts();
const vocabulary = await readFile(path.join(partsDir(), 'vocab.txt'), 'utf8');
const classNames = z
  .object({ classNames: z.array(z.string()).length(classCount) })
  .parse(
    JSON.parse(await readFile(path.join(import.meta.dirname, '../../resources/clip/zeroShot.json'), 'utf8')),
  ).classNames;
const all = await readDrawings(await fetchDrawings());
const picked = all.filter((_, i) => i % 2 === 0);
const { features, kept } = await featuresOf(picked);
const captions = sentencesOf(kept.map(({ caption }) => caption));
const classes = sentencesOf(classNames);
await fit();

/** Of those that can be drawn, `[n, 1280]`. */
async function featuresOf(drawings: readonly Drawing[]): Promise<{ features: Float32Array; kept: Drawing[] }> {
  const side = lite0.imageSize;
  const program = programOf('image.', { shape: [batch, side, side, 3], dtype: 'float32' }, (params, input) =>
    imageFeatures(lite0, params, input),
  );
  const config = preprocessing(side);
  const [rows, kept]: [Float32Array[], Drawing[]] = [[], []];
  for (let i = 0; i < drawings.length; i += batch) {
    const part = drawings.slice(i, i + batch);
    const pngs = await Promise.all(part.map(({ file }) => render(file, side)));
    const drawn = part.filter((_, k) => pngs[k] !== undefined);
    const pixels = new Float32Array(batch * side * side * 3);
    const found = pngs.filter((png) => png !== undefined);
    for (const [k, png] of found.entries()) {
      pixels.set(await withPicture(png, (picture) => inferencePixels(picture, config)), k * side * side * 3);
    }
    rows.push(program.run('run', { input: pixels })['output']!.slice(0, drawn.length * featureWidth) as Float32Array);
    kept.push(...drawn);
    if (i % (batch * 20) === 0) console.log(`${i} of ${drawings.length} drawings`);
  }
  program.dispose();
  return { features: concatenated(rows), kept };
}

function preprocessing(side: number) {
  return {
    ...{ name: 'drawings', embedDim: 0, vision: { imageSize: side }, text: { contextLength: tokens } },
    preprocess: {
      mean: [0.485, 0.456, 0.406] as [number, number, number],
      std: [0.229, 0.224, 0.225] as [number, number, number],
      ...{ interpolation: 'bicubic' as const, resizeMode: 'squash' as const, fillColor: 255 },
    },
  };
}

/** `[n, 384]` of unit length. */
function sentencesOf(texts: readonly string[]): Float32Array {
  const tokenizer = wordPieceTokenizer(vocabulary);
  const program = programOf('text.', { shape: [batch, tokens], dtype: 'int32' }, (params, input) =>
    sentenceFeatures(miniLm, params, input),
  );
  const rows: Float32Array[] = [];
  for (let i = 0; i < texts.length; i += batch) {
    const ids = new Int32Array(batch * tokens);
    const part = texts.slice(i, i + batch);
    ids.set(tokenizer.encode(part, tokens));
    rows.push(program.run('run', { input: ids })['output']!.slice(0, part.length * miniLm.width) as Float32Array);
  }
  program.dispose();
  const joined = concatenated(rows);
  return tf.tidy(() => unitRows(tf.tensor2d(joined, [texts.length, miniLm.width])).dataSync() as Float32Array);
}

function programOf(
  prefix: string,
  input: { shape: number[]; dtype: 'float32' | 'int32' },
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

async function fit(): Promise<void> {
  const rows = kept.length;
  const x = tf.tensor2d(features, [rows, featureWidth]);
  const t = tf.tensor2d(captions, [rows, miniLm.width]);
  const c = tf.tensor2d(classes, [classCount, miniLm.width]);
  const [mean, textMean, classMean] = [tf.mean(x, 0), tf.mean(t, 0), tf.mean(c, 0)];
  const centred: Tensor2D = tf.sub(x, mean);
  const moment: Tensor2D = tf.matMul(centred, centred, true, false);
  const share = (tf.sum(tf.mul(moment, tf.eye(featureWidth))).dataSync()[0]! / featureWidth) * ridge;
  const [words] = execute('MatrixSolve', { adjoint: false, T: ElementType.float32 }, [
    tf.add(moment, tf.mul(tf.eye(featureWidth), share)),
    tf.matMul(centred, tf.sub<Tensor2D>(t, textMean), true, false),
  ]);
  const tensors = {
    'features.mean': mean,
    'features.principal': principal(tf.div(moment, rows)),
    'features.words': words!,
    'classes.words': tf.sub(c, classMean),
    'text.mean': tf.mul(tf.add(textMean, classMean), 0.5),
  };
  await writeSafetensors(
    target,
    new Map(
      Object.entries(tensors).map(([name, tensor]) => [
        name,
        { shape: tensor.shape, data: tensor.dataSync() as Float32Array },
      ]),
    ),
    { dtype: 'F16', metadata: { source: `${rows} drawings: openclipart-svg, emoji-datasource-google` } },
  );
  console.log(`${rows} drawings -> ${target}`);
}

/** The leading eigenvectors as columns, largest first, each over the fourth root of its eigenvalue. */
function principal(covariance: Tensor2D): Tensor2D {
  const [values, vectors] = execute('SelfAdjointEigV2', { compute_v: true, T: ElementType.float32 }, [covariance], 2);
  const from = featureWidth - principalWidth;
  const [largest, columns] = [tf.slice(values!, [from]), tf.slice(vectors!, [0, from])];
  const floor = tf.mul(tf.max(largest), 1e-3);
  return tf.reverse(tf.div<Tensor2D>(columns, tf.pow(tf.add(largest, floor), 0.25)), 1);
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
