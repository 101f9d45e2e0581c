/**
 * @file The teacher in the box: a CLIP-like pair of towers from parts that can be fetched without an account, for those who have no
 * CLIP. docs/teacher.md is its model card.
 *
 * With f the features of EfficientNet-Lite0, p its ImageNet probabilities, e the sentence embedding of MiniLM, u() unit length:
 *
 *     image   [ sqrt(1 - s) u(P (f - m)) ; sqrt(s) u( u(M (f - m)) + u(C sqrt(p)) ) ]
 *     text    [ 0                        ; u( u(e) - c )                            ]
 *
 * P: principal directions of f, each over the fourth root of its variance, for what pictures have in common. M: from pictures to
 * sentences, by ridge regression on drawings with captions. C: the sentences of the 1,000 class names, for photographs.
 * s weighs the words in comparisons of pictures; it changes no order between a picture and texts.
 */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { readCheckpoint } from '../checkpoint/read.ts';
import type { PreprocessConfig } from '../clip/config.ts';
import { unitRows } from '../clip/encoder.ts';
import { readSafetensors } from '../clip/safetensors.ts';
import type { OtherModel } from '../clip/towers.ts';
import type { Weights } from '../clip/weights.ts';
import { DistilleryError, UsageError } from '../errors.ts';
import { tf } from '../runtime/backend.ts';
import { bertWeights, miniLm, sentenceFeatures } from './bert.ts';
import { featureWidth, foldWeights, imageFeatures, lite0, tensorOf } from './efficientNet.ts';
import { bundledName, partFiles, partsDir, projectionFile } from './parts.ts';
import { wordPieceTokenizer } from './wordPiece.ts';

export const principalWidth = 256;
export const classCount = 1000;
/** s of the formula: the most that costs no accuracy in finding like pictures. */
const wordShare = 0.2;
const contextLength = 128;

/** Names and shapes of the projection's tensors. */
export const projectionShapes = {
  'features.mean': [featureWidth],
  'features.principal': [featureWidth, principalWidth],
  'features.words': [featureWidth, miniLm.width],
  'classes.words': [classCount, miniLm.width],
  'text.mean': [miniLm.width],
} as const;

export const bundledPreprocessing: PreprocessConfig = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  interpolation: 'bicubic',
  // nothing of a picture is cut off: likeness of whole pictures is what the features are for
  resizeMode: 'squash',
  fillColor: 255,
};

/** @throws {UsageError} when the set-up did not fetch its parts. @throws {DistilleryError} when one is damaged. */
export async function loadBundled(): Promise<OtherModel> {
  const vocabulary = await readPart(partFiles.vocabulary);
  const [weights, projection, bytes] = [
    await loadParts(),
    await readSafetensors(projectionFile),
    await readFile(projectionFile),
  ];
  for (const [name, shape] of Object.entries(projectionShapes)) {
    weights.set(`projection.${name}`, { shape: [...shape], data: tensorOf(projection.tensors, name, shape) });
  }
  const hash = createHash('sha256').update(bytes).update(vocabulary);
  for (const { data } of weights.values()) hash.update(data);
  return {
    name: bundledName,
    config: {
      name: bundledName,
      embedDim: principalWidth + miniLm.width,
      vision: { imageSize: lite0.imageSize },
      text: { contextLength },
      preprocess: bundledPreprocessing,
      // the widest map, 112 x 112 x 96, before and after its activation, and what is computed from it
      pairValues: 4 * 112 * 112 * 96,
    },
    weights,
    fingerprint: hash.digest('hex'),
    towers: {
      captionLengths: [16, 32, 64, contextLength],
      encodeImage,
      encodeText,
      loadTokenizer: () => Promise.resolve(wordPieceTokenizer(vocabulary.toString('utf8'))),
    },
  };
}

/** The weights of both towers and of the classifier, under `image.`, `text.` and `classifier.`. */
export async function loadParts(): Promise<Weights> {
  const dir = partsDir();
  await readPart(partFiles.vocabulary);
  const image = await readCheckpoint(path.join(dir, partFiles.image));
  const text = (await readSafetensors(path.join(dir, partFiles.text))).tensors;
  const weights: Weights = new Map();
  for (const [name, weight] of foldWeights(lite0, image)) weights.set(`image.${name}`, weight);
  for (const [name, weight] of bertWeights(miniLm, text)) weights.set(`text.${name}`, weight);
  const classifier: [string, number[]][] = [
    ['weight', [classCount, featureWidth]],
    ['bias', [classCount]],
  ];
  for (const [name, shape] of classifier)
    weights.set(`classifier.${name}`, { shape, data: tensorOf(image, `_fc.${name}`, shape) });
  return weights;
}

async function readPart(name: string): Promise<Buffer> {
  return readFile(path.join(partsDir(), name)).catch((error: unknown) => {
    throw new UsageError(
      `The bundled teacher's parts are not in ${partsDir()}. Fetch them with: npm run setup. ` +
        'Or give an open_clip folder as teacher (docs/models.md).',
      { cause: error },
    );
  });
}

/** The parameters whose names begin so, without that beginning. */
export function under(params: Record<string, Tensor>, prefix: string): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
    ),
  );
}

function named(params: Record<string, Tensor>, name: string): Tensor2D {
  const tensor = params[name];
  if (tensor === undefined) throw new DistilleryError(`The bundled teacher lacks ${name}.`);
  return tensor as Tensor2D;
}

function encodeImage(params: Record<string, Tensor>, pixels: Tensor): Tensor2D {
  const get = (name: string) => named(params, name);
  const features = imageFeatures(lite0, under(params, 'image.'), pixels);
  const centred: Tensor2D = tf.sub(features, get('projection.features.mean'));
  const logits: Tensor2D = tf.add(tf.matMul(features, get('classifier.weight'), false, true), get('classifier.bias'));
  const alike = unitRows(tf.matMul(centred, get('projection.features.principal')));
  const drawn = unitRows(tf.matMul(centred, get('projection.features.words')));
  const classes = unitRows(tf.matMul(tf.sqrt(tf.softmax(logits)), get('projection.classes.words')));
  const words = unitRows(tf.add(drawn, classes));
  return tf.concat([tf.mul(alike, Math.sqrt(1 - wordShare)), tf.mul(words, Math.sqrt(wordShare))], 1);
}

function encodeText(params: Record<string, Tensor>, tokens: Tensor): Tensor2D {
  const sentence = unitRows(sentenceFeatures(miniLm, under(params, 'text.'), tokens));
  const words = unitRows(tf.sub(sentence, named(params, 'projection.text.mean')));
  return tf.concat([tf.zeros([words.shape[0], principalWidth]), words], 1);
}
