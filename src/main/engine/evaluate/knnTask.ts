/** @file k-NN over files: training and validation images vote for the test images. */

import { checkpoint } from '../progress.ts';
import type { Bench } from './bench.ts';
import { accuracyWithIntervals } from './accuracyIntervals.ts';
import { divideFeatures } from './division.ts';
import type { TaskOutcome } from './evidence.ts';
import { knnRanks } from './knn.ts';
import { joined } from './linearProbe.ts';

/** Tested images between two looks at the signal. */
const slice = 1024;

export async function knnTask(bench: Bench): Promise<TaskOutcome> {
  const { context, options, encoder } = bench;
  const { neighbours, temperature } = options;
  const { train, validation, test, classNames, facts, tested } = await divideFeatures(bench, 'k-nn');
  const bank = validation ? joined(train, validation) : train;
  const ranks = new Int32Array(test.labels.length);
  const guesses = new Int32Array(ranks.length);
  for (let from = 0; from < ranks.length; from += slice) {
    await checkpoint(context);
    const to = Math.min(ranks.length, from + slice);
    const part = {
      ...{ bank: bank.features, bankLabels: bank.labels, dim: encoder.dim, classes: classNames.length },
      queries: test.features.subarray(from * encoder.dim, to * encoder.dim),
      labels: test.labels.subarray(from, to),
    };
    ranks.set(knnRanks(part, { neighbours, temperature }, guesses.subarray(from, to)), from);
    context.onProgress({ stage: 'find neighbours', done: to, total: ranks.length, unit: 'images' });
  }
  const result = {
    task: 'k-nn' as const,
    ...facts,
    ...(await accuracyWithIntervals(bench, ranks, test.labels, classNames)),
    train: bank.labels.length,
    test: test.labels.length,
    neighbours: Math.min(neighbours, bank.labels.length),
    temperature,
  };
  return { result, evidence: { kind: 'classes', names: classNames, labels: test.labels, guesses, ...tested } };
}
