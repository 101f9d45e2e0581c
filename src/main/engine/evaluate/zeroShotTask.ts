/** @file Zero-shot classification of files: prompts, class vectors, image features, accuracy. */

import { accuracyWithIntervals } from './accuracyIntervals.ts';
import type { Bench } from './bench.ts';
import { majorityOf } from './classification.ts';
import { fillTemplate, readClasses, readTemplates } from './classes.ts';
import type { TaskOutcome } from './evidence.ts';
import { encodeImages, encodeTexts } from './features.ts';
import { testSplit, withLabels } from './select.ts';
import { classVectors, zeroShotRanks } from './zeroShot.ts';

export async function zeroShotTask(bench: Bench): Promise<TaskOutcome> {
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
  const { features, kept, digests } = await encodeImages(bench, tested);
  const labels = Int32Array.from(kept, (i) => classes.indexOf.get(tested[i]!.label)!);
  const guesses = new Int32Array(labels.length);
  const ranks = zeroShotRanks(features, vectors, labels, encoder.dim, guesses);
  const examples = kept.map((i) => tested[i]!);
  const result = {
    task: 'zero-shot' as const,
    images: kept.length,
    skipped: candidates.length - kept.length,
    ...(await accuracyWithIntervals(bench, ranks, labels, classes.names)),
    classes: classes.names.length,
    chance: 1 / classes.names.length,
    majority: majorityOf(labels),
    templates: templates.length,
  };
  return { result, evidence: { kind: 'classes', names: classes.names, labels, guesses, examples, digests } };
}
