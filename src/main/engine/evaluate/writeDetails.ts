/** @file Chooses what of an evaluation people will want to look at, and writes it with the pictures it needs. */

import { rm } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { permutation } from '../random.ts';
import { writeWhole } from '../store/files.ts';
import type { Workspace } from '../store/workspace.ts';
import { encodeThumbnail } from '../thumbnail.ts';
import { confusionMatrix, confusionOf } from './confusion.ts';
import {
  detailsName,
  detailsText,
  thumbnailName,
  type ClassDetails,
  type EvaluationDetails,
  type RetrievalDetails,
  type ShownPicture,
} from './details.ts';
import type { ClassEvidence, Evidence, RetrievalEvidence } from './evidence.ts';
import type { Example } from './example.ts';
import { highest } from './knn.ts';
import { interleaved, isRaw, pictureName, type Picture } from './picture.ts';
import { forEachRow } from './products.ts';

const shownPairs = 200;
/** Pairs and classes that have pictures, and how many each. */
const picturedPairs = 24;
const picturesOfPair = 4;
const shownClasses = 200;
const picturedClasses = 24;
const picturesOfClass = 6;
const largestMatrix = 40;
const queries = 24;
const answers = 5;
/** Pixels of the longer side. */
const thumbnailSize = 192;
const longestText = 500;

/** A place for pictures: numbers those that need a thumbnail, each once. */
export type Show = (example: Example) => ShownPicture;

/** Writes the details into a folder of this process, which whoever stores the evaluation gives its name. @returns it */
export async function writeDetails(
  workspace: Workspace,
  finishedAt: string,
  evidence: Evidence,
  seed: number,
): Promise<string> {
  const folder = path.join(workspace.dir, 'evaluations', `${process.pid}.partial`);
  await rm(folder, { recursive: true, force: true });
  const numbers = new Map<Example, number>();
  const show: Show = (example) => {
    const { sample, picture } = example;
    if (sample !== undefined) return { sample, thumbnail: null, name: pictureName(picture) };
    const thumbnail = numbers.get(example) ?? numbers.size;
    numbers.set(example, thumbnail);
    return { sample: null, thumbnail, name: pictureName(picture) };
  };
  const details = detailsOf(evidence, show, seed);
  for (const [{ picture }, number] of numbers) {
    // a picture that could be read a moment ago; without it its place stays empty
    const bytes = await thumbnailOf(picture).catch(() => undefined);
    if (bytes) await writeWhole(path.join(folder, thumbnailName(number)), bytes);
  }
  await writeWhole(path.join(folder, detailsName), detailsText(finishedAt, details));
  return folder;
}

export const detailsOf = (evidence: Evidence, show: Show, seed: number): EvaluationDetails =>
  evidence.kind === 'classes' ? classDetailsOf(evidence, show) : retrievalDetailsOf(evidence, show, seed);

function classDetailsOf({ names, labels, guesses, examples }: ClassEvidence, show: Show): ClassDetails {
  const { pairs, weakest } = confusionOf(labels, guesses, names.length);
  const first = (rows: readonly number[], place: number, places: number, count: number): number[] =>
    place < places ? rows.slice(0, count) : [];
  return {
    kind: 'classes',
    names,
    confused: pairs.slice(0, shownPairs).map(({ rows, ...pair }, place) => ({
      ...pair,
      pictures: first(rows, place, picturedPairs, picturesOfPair).map((row) => show(examples[row]!)),
    })),
    weakest: weakest.slice(0, shownClasses).map(({ missed, ...weak }, place) => ({
      ...weak,
      pictures: first(missed, place, picturedClasses, picturesOfClass).map((row) => ({
        ...show(examples[row]!),
        guess: guesses[row]!,
      })),
    })),
    matrix: names.length <= largestMatrix ? confusionMatrix(labels, guesses, names.length) : null,
  };
}

function retrievalDetailsOf(evidence: RetrievalEvidence, show: Show, seed: number): RetrievalDetails {
  const { examples, texts, imageOf, images, textFeatures, dim, ranks } = evidence;
  const text = (row: number): string => texts[row]!.slice(0, longestText);
  const captions = Array.from({ length: examples.length }, (): number[] => []);
  for (const [row, image] of imageOf.entries()) captions[image]!.push(row);

  const textToImage: RetrievalDetails['textToImage'] = [];
  const drawnTexts = drawn(texts.length, seed);
  forEachRow(rowsOf(textFeatures, dim, drawnTexts), images, dim, (at, scores) => {
    const row = drawnTexts[at]!;
    const right = imageOf[row]!;
    textToImage.push({
      ...{ text: text(row), rank: ranks.texts[row]!, picture: show(examples[right]!) },
      found: Array.from(highest(scores, answers), (image) => ({
        ...show(examples[image]!),
        score: scores[image]!,
        right: image === right,
      })),
    });
  });

  const imageToText: RetrievalDetails['imageToText'] = [];
  const drawnImages = drawn(examples.length, seed + 1);
  forEachRow(rowsOf(images, dim, drawnImages), textFeatures, dim, (at, scores) => {
    const row = drawnImages[at]!;
    imageToText.push({
      ...{
        picture: show(examples[row]!),
        rank: ranks.images[row]!,
        captions: captions[row]!.slice(0, answers).map(text),
      },
      found: Array.from(highest(scores, answers), (found) => ({
        text: text(found),
        score: scores[found]!,
        right: imageOf[found] === row,
      })),
    });
  });
  return { kind: 'retrieval', textToImage, imageToText };
}

/** Some of n at random, ascending. */
const drawn = (n: number, seed: number): Int32Array =>
  Int32Array.from(permutation(n, seed, 0).slice(0, queries)).sort();

function rowsOf(features: Float32Array, dim: number, rows: Int32Array): Float32Array {
  const taken = new Float32Array(rows.length * dim);
  for (const [at, row] of rows.entries()) taken.set(features.subarray(row * dim, (row + 1) * dim), at * dim);
  return taken;
}

async function thumbnailOf(picture: Picture): Promise<Buffer> {
  if (isRaw(picture)) {
    const { data, width, height, channels } = interleaved(picture);
    return sharp(data, { raw: { width, height, channels: channels as 1 | 3 } })
      .webp({ lossless: true })
      .toBuffer();
  }
  return encodeThumbnail(picture, thumbnailSize);
}
