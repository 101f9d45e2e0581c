/** @file Image-text retrieval, recall@k both ways with several captions an image (the COCO and Flickr protocol). */

import { forEachRow, rankOf } from './products.ts';

/** Hits among the first 1, 5 and 10 answers, as fractions of the queries. */
export interface RecallAt {
  1: number;
  5: number;
  10: number;
}

export interface RetrievalScores {
  /** An image finds any of its captions. */
  imageToText: RecallAt;
  /** A caption finds its image. */
  textToImage: RecallAt;
}

/**
 * Recall@k over all images and texts. Equal scores go to the lower index.
 * @param images `[n, dim]`, L2-normalised
 * @param texts `[m, dim]`, L2-normalised
 * @param imageOf image of each text `[m]`; every image has at least one text
 */
export function recall(images: Float32Array, texts: Float32Array, imageOf: Int32Array, dim: number): RetrievalScores {
  const n = images.length / dim;
  const captions = captionsOf(imageOf, n);
  const imageRanks = new Int32Array(n);
  forEachRow(images, texts, dim, (row, scores) => {
    imageRanks[row] = Math.min(...captions[row]!.map((text) => rankOf(scores, text)));
  });
  const textRanks = new Int32Array(imageOf.length);
  forEachRow(texts, images, dim, (row, scores) => {
    textRanks[row] = rankOf(scores, imageOf[row]!);
  });
  return { imageToText: hits(imageRanks), textToImage: hits(textRanks) };
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
