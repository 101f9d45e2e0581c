/** @file Zero-shot classification of files: prompts, class vectors, image features, accuracy. */

import { accuracyWithIntervals } from './accuracyIntervals.ts';
import type { Bench, TaskResult } from './bench.ts';
import { majorityOf } from './classification.ts';
import { fillTemplate, readClasses, readTemplates } from './classes.ts';
import { encodeImages, encodeTexts } from './features.ts';
import { testSplit, withLabels } from './select.ts';
import { classVectors, zeroShotRanks } from './zeroShot.ts';

export async function zeroShotTask(bench: Bench): Promise<TaskResult> {
  const { encoder, options } = bench;
  const candidates = testSplit(bench.examples);
  const tested = withLabels(bench, candidates, 'zero-shot');
  const templates = await readTemplates(options.templates, bench);
  const classes = await readClasses(
    tested.map(({ label }) => label),
    options.classnames,
    bench,
  );
  const prompts = classes.names.flatMap((name) => templates.map((template) => fillTemplate(template, name)));
  const vectors = classVectors(await encodeTexts(bench, prompts), templates.length, encoder.dim);
  const { features, kept } = await encodeImages(bench, tested);
  const labels = Int32Array.from(kept, (i) => classes.indexOf.get(tested[i]!.label)!);
  const ranks = zeroShotRanks(features, vectors, labels, encoder.dim);
  return {
    task: 'zero-shot',
    images: kept.length,
    skipped: candidates.length - kept.length,
    ...(await accuracyWithIntervals(bench, ranks, labels, classes.names)),
    classes: classes.names.length,
    chance: 1 / classes.names.length,
    majority: majorityOf(labels),
    templates: templates.length,
  };
}
