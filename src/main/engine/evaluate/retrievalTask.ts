/** @file Retrieval over files: every image against every caption. */

import type { Bench } from './bench.ts';
import type { TaskOutcome } from './evidence.ts';
import { encodeImages, encodeTexts } from './features.ts';
import { recallChance, recallIntervals, recallOf, retrievalRanks } from './retrieval.ts';
import { testSplit, withCaptions } from './select.ts';

export async function retrievalTask(bench: Bench): Promise<TaskOutcome> {
  const candidates = testSplit(bench.examples);
  const tested = withCaptions(bench, candidates);
  const { features, kept, digests } = await encodeImages(bench, tested);
  const texts = kept.flatMap((i) => tested[i]!.captions);
  const imageOf = Int32Array.from(kept.flatMap((i, row) => tested[i]!.captions.map(() => row)));
  const textFeatures = await encodeTexts(bench, texts);
  const ranks = await retrievalRanks(features, textFeatures, imageOf, bench.encoder.dim, bench.context);
  const examples = kept.map((i) => tested[i]!);
  const { dim } = bench.encoder;
  const result = {
    task: 'retrieval' as const,
    images: kept.length,
    skipped: candidates.length - kept.length,
    texts: texts.length,
    recallAt: recallOf(ranks),
    intervals: await recallIntervals(ranks, imageOf, bench.options.seed, bench.context),
    chance: recallChance(imageOf, kept.length),
  };
  return {
    result,
    evidence: { kind: 'retrieval', texts, imageOf, images: features, textFeatures, dim, ranks, examples, digests },
  };
}
