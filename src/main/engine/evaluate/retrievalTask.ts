/** @file Retrieval over files: every image against every caption. */

import type { Bench, TaskResult } from './bench.ts';
import { encodeImages, encodeTexts } from './features.ts';
import { recallChance, recallIntervals, recallOf, retrievalRanks } from './retrieval.ts';
import { testSplit, withCaptions } from './select.ts';

export async function retrievalTask(bench: Bench): Promise<TaskResult> {
  const candidates = testSplit(bench.examples);
  const tested = withCaptions(bench, candidates);
  const { features, kept } = await encodeImages(bench, tested);
  const texts = kept.flatMap((i) => tested[i]!.captions);
  const imageOf = Int32Array.from(kept.flatMap((i, row) => tested[i]!.captions.map(() => row)));
  const textFeatures = await encodeTexts(bench, texts);
  const ranks = retrievalRanks(features, textFeatures, imageOf, bench.encoder.dim);
  return {
    task: 'retrieval',
    images: kept.length,
    skipped: candidates.length - kept.length,
    texts: texts.length,
    recallAt: recallOf(ranks),
    intervals: await recallIntervals(ranks, imageOf, bench.options.seed, bench.context),
    chance: recallChance(imageOf, kept.length),
  };
}
