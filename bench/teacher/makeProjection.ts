/**
 * @file Makes resources/teacher/projection.safetensors: node bench/teacher/makeProjection.ts. Takes some minutes.
 * Fits on every second drawing, so that the others can judge it (bench/teacher/judge.ts).
 */

import type { Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { writeSafetensors } from '../../src/main/engine/clip/safetensors.ts';
import { tf } from '../../src/main/engine/runtime/backend.ts';
import { ElementType, execute } from '../../src/main/engine/runtime/rawOps.ts';
import { miniLm } from '../../src/main/engine/teacher/bert.ts';
import { classCount, principalWidth } from '../../src/main/engine/teacher/bundled.ts';
import { featureWidth, lite0 } from '../../src/main/engine/teacher/efficientNet.ts';
import { projectionFile } from '../../src/main/engine/teacher/parts.ts';
import { fetchDrawings, readDrawings, render } from './drawings.ts';
import { openParts, readClassNames } from './parts.ts';

/** Weight of the ridge over the mean variance of a feature; chosen by fitting on one half of these drawings for the other. */
const ridge = 0.3;

const parts = await openParts();
const picked = (await readDrawings(await fetchDrawings())).filter((_, i) => i % 2 === 0);
const { rows: features, places } = await parts.featuresOf(picked.length, (i) =>
  render(picked[i]!.file, lite0.imageSize),
);
const captions = parts.sentencesOf(places.map((place) => picked[place]!.caption));
const classes = parts.sentencesOf(await readClassNames());
await fit();

async function fit(): Promise<void> {
  const rows = places.length;
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
    projectionFile,
    new Map(
      Object.entries(tensors).map(([name, tensor]) => [
        name,
        { shape: tensor.shape, data: tensor.dataSync() as Float32Array },
      ]),
    ),
    { dtype: 'F16', metadata: { source: `${rows} drawings: openclipart-svg, emoji-datasource-google` } },
  );
  console.log(`${rows} drawings -> ${projectionFile}`);
}

/** The leading eigenvectors as columns, largest first, each over the fourth root of its eigenvalue. */
function principal(covariance: Tensor2D): Tensor2D {
  const [values, vectors] = execute('SelfAdjointEigV2', { compute_v: true, T: ElementType.float32 }, [covariance], 2);
  const from = featureWidth - principalWidth;
  const [largest, columns] = [tf.slice(values!, [from]), tf.slice(vectors!, [0, from])];
  const floor = tf.mul(tf.max(largest), 1e-3);
  return tf.reverse(tf.div<Tensor2D>(columns, tf.pow(tf.add(largest, floor), 0.25)), 1);
}
