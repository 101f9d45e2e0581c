/** @file Linear probe over files. */

import { checkpoint } from '../progress.ts';
import { accuracyWithIntervals } from './accuracyIntervals.ts';
import type { Bench, TaskResult } from './bench.ts';
import { divideFeatures } from './division.ts';
import { linearProbe } from './linearProbe.ts';

export async function probeTask(bench: Bench): Promise<TaskResult> {
  const { encoder, options, context } = bench;
  const { classNames, facts, ...parts } = await divideFeatures(bench, 'linear-probe');
  const outcome = await linearProbe(
    { ...parts, dim: encoder.dim, classes: classNames.length },
    {
      seed: options.seed,
      ...(options.regularisation !== undefined && { c: options.regularisation }),
      onIteration: () => checkpoint(context),
      onFit: (done, total) => {
        context.onProgress({ stage: 'fit linear probe', done, total, unit: 'fits' });
      },
    },
  );
  return {
    task: 'linear-probe',
    ...facts,
    ...(await accuracyWithIntervals(bench, outcome.ranks, parts.test.labels, classNames)),
    train: outcome.trained,
    validation: outcome.validated,
    test: parts.test.labels.length,
    regularisation: outcome.c,
    search: outcome.search,
    iterations: outcome.model.iterations,
    converged: outcome.model.converged,
  };
}
