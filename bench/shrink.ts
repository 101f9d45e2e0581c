/**
 * @file What decoding JPEGs at half their size (shrink-on-load) would do to embeddings and to the time of decoding,
 * where once or twice the model's side stays. Run: npm run bench -- shrink --teacher MODEL --pictures FOLDER
 */

import { parseArgs } from 'node:util';
import { loadModel } from '../src/main/engine/clip/model.ts';
import { decodeLimits } from '../src/main/engine/clip/pictureLimits.ts';
import { loadPixels } from '../src/main/engine/clip/preprocess.ts';
import { UsageError } from '../src/main/engine/errors.ts';
import sharp from 'sharp';
import { embedFiles, picturesIn } from './lib/embedFolder.ts';

const { values } = parseArgs({ options: { teacher: { type: 'string' }, pictures: { type: 'string' } } });
if (!values.teacher || !values.pictures) throw new UsageError('Give --teacher MODEL --pictures FOLDER.');
const model = await loadModel(values.teacher);
const side = model.config.vision.imageSize;
const all = picturesIn(values.pictures);
/** Width and height, by file. */
const sizes = new Map<string, [number, number]>();
for (const file of all) {
  const { width, height } = await sharp(file).metadata();
  sizes.set(file, [width, height]);
}
const halved = (file: string) => {
  const [width, height] = sizes.get(file)!;
  return { limits: { ...decodeLimits, wholePixels: width * height - 1 } };
};

for (const factor of [1, 2]) {
  const files = all.filter((file) => Math.min(...sizes.get(file)!) >= 2 * factor * side);
  if (files.length === 0) {
    console.log(`no picture is ${2 * factor} times as large as the model's ${side} pixels`);
    continue;
  }
  const [whole, reduced] = [await embedFiles(model, files), await embedFiles(model, files, halved)];
  const cosines = files.map((_, row) => dot(whole.data, reduced.data, row, whole.dim));
  const distances = cosines.map((cosine) => Math.sqrt(Math.max(0, 2 - 2 * cosine))).sort((a, b) => a - b);
  console.log(`${files.length} pictures, at least ${factor} x ${side} pixels stay:`);
  console.log(`  cosine: mean ${mean(cosines).toFixed(6)}, lowest ${Math.min(...cosines).toFixed(6)}`);
  console.log(
    `  distance: median ${distances[distances.length >> 1]!.toFixed(4)}, largest ${distances.at(-1)!.toFixed(4)}`,
  );
  const [slow, fast] = [await timed(files), await timed(files, halved)];
  console.log(`  decoding and resizing, one at a time: ${slow.toFixed(2)} ms whole, ${fast.toFixed(2)} ms reduced`);
}

function dot(a: Float32Array, b: Float32Array, row: number, dim: number): number {
  let sum = 0;
  for (let i = row * dim; i < (row + 1) * dim; i++) sum += a[i]! * b[i]!;
  return sum;
}

function mean(list: readonly number[]): number {
  return list.reduce((sum, value) => sum + value, 0) / list.length;
}

/** Milliseconds a picture. */
async function timed(files: readonly string[], options?: typeof halved): Promise<number> {
  const started = performance.now();
  for (const file of files) await loadPixels(file, model.config, options?.(file));
  return (performance.now() - started) / files.length;
}
