/** @file Image-text retrieval, recall@k both ways with several captions an image (the COCO and Flickr protocol). */

import { checkpoint, type StageContext } from '../progress.ts';
import { bootstrap, type Interval } from './bootstrap.ts';
import { forEachRow, rankOf } from './products.ts';

/** Scores between two looks at the signal. */
const sliceScores = 1 << 26;
const recallKs = [1, 5, 10] as const;
type RecallK = (typeof recallKs)[number];

/** Hits among the first 1, 5 and 10 answers, as fractions of the queries. */
export type RecallAt = Record<RecallK, number>;

export interface RetrievalScores {
  /** An image finds any of its captions. */
  imageToText: RecallAt;
  /** A caption finds its image. */
  textToImage: RecallAt;
}

/** Places of the right answers, from 0. */
export interface RetrievalRanks {
  /** Of the best caption of each image `[n]`. */
  images: Int32Array;
  /** Of the image of each text `[m]`. */
  texts: Int32Array;
}

/**
 * Ranks over all images and texts. Equal scores go to the lower index.
 * @param images `[n, dim]`, L2-normalised
 * @param texts `[m, dim]`, L2-normalised
 * @param imageOf image of each text `[m]`; every image has at least one text
 * @throws {CancelledError}
 */
export async function retrievalRanks(
  images: Float32Array,
  texts: Float32Array,
  imageOf: Int32Array,
  dim: number,
  context: StageContext,
): Promise<RetrievalRanks> {
  const captions = captionsOf(imageOf, images.length / dim);
  const bestCaption = (row: number, scores: Float32Array): number =>
    // equal scores: the first, as ranks have it
    captions[row]!.reduce((best, text) => (scores[text]! > scores[best]! ? text : best));
  return {
    images: await ranksOf(images, texts, dim, bestCaption, 'rank captions', context),
    texts: await ranksOf(texts, images, dim, (row) => imageOf[row]!, 'rank images', context),
  };
}

/** Place of the right answer of each query `[n]`. */
async function ranksOf(
  queries: Float32Array,
  items: Float32Array,
  dim: number,
  rightOf: (row: number, scores: Float32Array) => number,
  stage: string,
  context: StageContext,
): Promise<Int32Array> {
  const ranks = new Int32Array(queries.length / dim);
  const slice = Math.max(1, Math.floor(sliceScores / Math.max(1, items.length / dim)));
  for (let from = 0; from < ranks.length; from += slice) {
    await checkpoint(context);
    const to = Math.min(ranks.length, from + slice);
    forEachRow(queries.subarray(from * dim, to * dim), items, dim, (row, scores) => {
      ranks[from + row] = rankOf(scores, rightOf(from + row, scores));
    });
    context.onProgress({ stage, done: to, total: ranks.length, unit: 'queries' });
  }
  return ranks;
}

/** Recall@k of ranks. */
export const recallOf = (ranks: RetrievalRanks): RetrievalScores => ({
  imageToText: hits(ranks.images),
  textToImage: hits(ranks.texts),
});

/** Intervals of recall@k. Images are drawn, each with all of its captions; what is searched stays the same. */
export async function recallIntervals(
  ranks: RetrievalRanks,
  imageOf: Int32Array,
  seed: number,
  context: StageContext,
): Promise<{ imageToText: Record<RecallK, Interval>; textToImage: Record<RecallK, Interval> }> {
  const n = ranks.images.length;
  const measure = (times: Uint16Array, into: Float64Array): void => {
    into.fill(0);
    let texts = 0;
    for (let i = 0; i < n; i++) {
      for (let at = 0; at < 3; at++) if (ranks.images[i]! < recallKs[at]!) into[at]! += times[i]! / n;
    }
    for (let t = 0; t < imageOf.length; t++) {
      const weight = times[imageOf[t]!]!;
      texts += weight;
      for (let at = 0; at < 3; at++) if (ranks.texts[t]! < recallKs[at]!) into[3 + at]! += weight;
    }
    for (let at = 3; at < 6; at++) into[at]! /= texts;
  };
  const [a, b, c, d, e, f] = await bootstrap(n, 6, measure, seed, context);
  return { imageToText: { 1: a!, 5: b!, 10: c! }, textToImage: { 1: d!, 5: e!, 10: f! } };
}

/**
 * Expected recall@k of a random order. An image with c of m captions misses with probability C(m-c, k) / C(m, k).
 * @param imageOf image of each text `[m]`
 */
export function recallChance(imageOf: Int32Array, images: number): RetrievalScores {
  const m = imageOf.length;
  const counts = captionsOf(imageOf, images).map((captions) => captions.length);
  const imageToText = (k: number) => counts.reduce((sum, c) => sum + 1 - missChance(m, c, k), 0) / images;
  const textToImage = (k: number) => Math.min(k, images) / images;
  return { imageToText: atEach(imageToText), textToImage: atEach(textToImage) };
}

/** Probability that k draws without replacement from m miss all of c. */
function missChance(m: number, c: number, k: number): number {
  let miss = 1;
  for (let drawn = 0; drawn < Math.min(k, m); drawn++) miss *= Math.max(0, m - c - drawn) / (m - drawn);
  return miss;
}

/** Texts of each image. */
function captionsOf(imageOf: Int32Array, images: number): number[][] {
  const captions = Array.from({ length: images }, (): number[] => []);
  for (const [text, image] of imageOf.entries()) captions[image]!.push(text);
  return captions;
}

function hits(ranks: Int32Array): RecallAt {
  return atEach((k) => ranks.reduce((sum, rank) => sum + (rank < k ? 1 : 0), 0) / ranks.length);
}

const atEach = (value: (k: number) => number): RecallAt => ({ 1: value(1), 5: value(5), 10: value(10) });
