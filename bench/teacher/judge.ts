/**
 * @file Judges the bundled teacher on data that its projection was not made from: node bench/teacher/judge.ts. Takes some minutes.
 * Drawings: a sample of the half that bench/teacher/makeProjection.ts leaves out. Photographs: those of the demo that
 * show one food of the tables; categories are its food groups, or the folders of the drawings. The numbers of docs/teacher.md are its output.
 */

import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { parse as parseCsv } from 'csv-parse/sync';
import { z } from 'zod';
import { fetchDemoPictures } from '../../scripts/lib/demoPictures.mjs';
import { createEncoder, unitRows } from '../../src/main/engine/clip/encoder.ts';
import { loadPixels } from '../../src/main/engine/clip/preprocess.ts';
import { towersOf } from '../../src/main/engine/clip/towers.ts';
import { permutation } from '../../src/main/engine/random.ts';
import { tf } from '../../src/main/engine/runtime/backend.ts';
import { miniLm } from '../../src/main/engine/teacher/bert.ts';
import { classCount, loadBundled, principalWidth } from '../../src/main/engine/teacher/bundled.ts';
import { featureWidth, lite0 } from '../../src/main/engine/teacher/efficientNet.ts';
import { fetchDrawings, readDrawings, render } from './drawings.ts';
import { openParts, readClassNames } from './parts.ts';

interface Item {
  read: () => Promise<Buffer | undefined>;
  caption: string;
  category: string;
}

/** `[n, d]` of unit length, pictures and captions in one space where there are captions. */
interface Judged {
  name: string;
  images: Tensor2D;
  texts?: Tensor2D;
}

const batch = 16;
const smallestCategory = 5;
const sampledDrawings = 1800;
/** Captions that a picture's own one is sought among: pools of all items, the rest left out. */
const poolSize = 86;

const model = await loadBundled();
const parts = await openParts();
await judge('Photographs of the demo', await photographs());
await judge('Drawings that the projection was not made from', await heldOut());

async function heldOut(): Promise<Item[]> {
  const unseen = (await readDrawings(await fetchDrawings())).filter((_, i) => i % 2 === 1);
  const sample = [...permutation(unseen.length, 1).subarray(0, sampledDrawings)].map((i) => unseen[i]!);
  return sample.map(({ file, caption }) => ({
    read: () => render(file, lite0.imageSize),
    caption,
    category: file.split('/svg/')[1]?.split('/')[0] ?? 'emoji',
  }));
}

async function photographs(): Promise<Item[]> {
  const source = await fetchDemoPictures(console.error);
  const rows = z
    .array(z.array(z.string()))
    .parse(parseCsv(await readFile(path.join(source, 'compositions/index.csv'))));
  const [header, ...foods] = rows as [string[], ...string[][]];
  const column = (name: string): number => header.findIndex((title) => title.split('; ')[1] === name);
  const [code, name, group] = [column('code'), column('name'), column('grup')];
  const dir = path.join(source, 'pictures/assets');
  const byHash = new Map<string, string[]>();
  for (const file of (await readdir(dir)).sort()) {
    const hash = createHash('sha256')
      .update(await readFile(path.join(dir, file)))
      .digest('hex');
    byHash.set(hash, [...(byHash.get(hash) ?? []), file]);
  }
  // a picture of several foods has no caption of its own
  const single = [...byHash.values()].filter((files) => files.length === 1).map(([file]) => file!);
  return single.flatMap((file) => {
    const food = foods.find((row) => row[code] === path.parse(file).name);
    return food === undefined
      ? []
      : [{ read: () => readFile(path.join(dir, file)), caption: food[name]!.toLowerCase(), category: food[group]! }];
  });
}

async function judge(title: string, given: readonly Item[]): Promise<void> {
  const { rows, places } = await parts.featuresOf(given.length, (i) => given[i]!.read());
  const items = places.map((place) => given[place]!);
  const features = tf.tensor2d(rows, [items.length, featureWidth]);
  const judged = [
    ...(await bundled(items)),
    ...(await classNames(features, items)),
    { name: 'features of EfficientNet-Lite0 alone', images: unitRows(features) },
  ];
  const counts = Map.groupBy(items.keys(), (i) => items[i]!.category);
  const large = [...counts.values()].filter((own) => own.length >= smallestCategory);
  const categorised = large.flat().sort((a, b) => a - b);
  const majority = Math.max(...large.map((own) => own.length)) / categorised.length;
  console.log(`\n${title}: ${items.length}, of them ${categorised.length} in ${large.length} categories`);
  console.log(`| | nearest has its category | image to text R@10 of ${poolSize} | text to image |`);
  console.log('| --- | --- | --- | --- |');
  for (const { name, images, texts } of judged) {
    const found = [nearest(images, items, categorised), ...(texts ? recalls(images, texts) : [])];
    console.log(`| ${name} | ${[0, 1, 2].map((i) => found[i]?.toFixed(3) ?? '').join(' | ')} |`);
  }
  const chance = (10 / poolSize).toFixed(3);
  console.log(`| the largest category; chance | ${majority.toFixed(3)} | ${chance} | ${chance} |`);
}

/** The teacher as it is used, and the two ways from its pictures to words alone. */
async function bundled(items: readonly Item[]): Promise<Judged[]> {
  const encoder = createEncoder(model, { precision: 'fp32', batch });
  const tokenizer = await towersOf(model).loadTokenizer();
  const [images, texts]: [Float32Array[], Float32Array[]] = [[], []];
  for (let i = 0; i < items.length; i += batch) {
    const part = items.slice(i, i + batch);
    const pixels = await Promise.all(part.map(async ({ read }) => loadPixels((await read())!, model.config)));
    images.push(encoder.encodeImages(Buffer.concat(pixels)));
    const captions = part.map(({ caption }) => caption);
    texts.push(encoder.encodeTexts(tokenizer.encode(captions, model.config.text.contextLength)));
  }
  encoder.dispose();
  const joined = (rows: Float32Array[]): Tensor2D =>
    tf.concat(rows.map((row) => tf.tensor2d(row, [row.length / encoder.dim, encoder.dim])));
  const whole = joined(images);
  const alike = tf.slice(whole, [0, 0], [-1, principalWidth]);
  return [
    { name: '**bundled**', images: whole, texts: joined(texts) },
    { name: 'its likeness of pictures alone', images: unitRows(alike) },
  ];
}

/** The names of the ten likeliest classes, as one sentence. */
async function classNames(features: Tensor2D, items: readonly Item[]): Promise<Judged[]> {
  const names = await readClassNames();
  const logits = await parts.logitsOf(features).array();
  const sentences = logits.map((row) =>
    [...row.keys()]
      .sort((a, b) => row[b]! - row[a]!)
      .slice(0, 10)
      .map((i) => names[i]!)
      .join(', '),
  );
  const embedded = (texts: readonly string[]): Tensor2D =>
    tf.tensor2d(parts.sentencesOf(texts), [texts.length, miniLm.width]);
  const texts = embedded(items.map(({ caption }) => caption));
  return [
    { name: `names of the 10 likeliest of ${classCount} classes as a sentence`, images: embedded(sentences), texts },
  ];
}

/** Share of the items of these places whose nearest other one is of their category. */
function nearest(images: Tensor2D, items: readonly Item[], places: readonly number[]): number {
  const own: Tensor2D = tf.gather(images, tf.tensor1d([...places], 'int32'));
  const n = places.length;
  const similar = tf.sub<Tensor2D>(tf.matMul(own, own, false, true), tf.mul(tf.eye(n), 9));
  const best = tf.argMax(similar, 1).dataSync();
  return mean(places.map((place, i) => Number(items[places[best[i]!]!]!.category === items[place]!.category)));
}

/** R@10 from pictures to captions and back, the mean over disjoint pools; of equal captions each counts. */
function recalls(images: Tensor2D, texts: Tensor2D): [number, number] {
  const order = permutation(images.shape[0], 1);
  const [toText, toImage]: [number[], number[]] = [[], []];
  for (let from = 0; from + poolSize <= order.length; from += poolSize) {
    const pool = tf.tensor1d(Int32Array.from(order.subarray(from, from + poolSize)), 'int32');
    const scores = tf.matMul<Tensor2D>(tf.gather(images, pool), tf.gather(texts, pool), false, true).arraySync();
    for (let i = 0; i < poolSize; i++) {
      const own = scores[i]![i]! + 1e-6;
      toText.push(Number(scores[i]!.filter((score) => score > own).length < 10));
      toImage.push(Number(scores.filter((row) => row[i]! > own).length < 10));
    }
  }
  return [mean(toText), mean(toImage)];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
