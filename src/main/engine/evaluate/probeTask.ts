/** @file Linear probe over files. */

import { checkpoint } from '../progress.ts';
import { accuracyWithIntervals } from './accuracyIntervals.ts';
import type { Bench } from './bench.ts';
import { divideFeatures } from './division.ts';
import type { TaskOutcome } from './evidence.ts';
import { linearProbe } from './linearProbe.ts';

export async function probeTask(bench: Bench): Promise<TaskOutcome> {
  const { encoder, options, context } = bench;
  const { classNames, facts, tested, ...parts } = await divideFeatures(bench, 'linear-probe');
  let [fits, all] = [0, 0];
  const tell = (metrics?: Record<string, number>): void => {
    context.onProgress({
      stage: 'fit linear probe',
      done: fits,
      total: all,
      unit: 'fits',
      ...(metrics && { metrics }),
    });
  };
  const outcome = await linearProbe(
    { ...parts, dim: encoder.dim, classes: classNames.length },
    {
      seed: options.seed,
      ...(options.regularisation !== undefined && { c: options.regularisation }),
      // one fit of a large set takes minutes
      onIteration: (iteration) => {
        tell({ iteration });
        return checkpoint(context);
      },
      onFit: (done, total) => {
        [fits, all] = [done, total];
        tell();
      },
    },
  );
  const { labels } = parts.test;
  const result = {
    task: 'linear-probe' as const,
    ...facts,
    ...(await accuracyWithIntervals(bench, outcome.ranks, labels, classNames)),
    train: outcome.trained,
    validation: outcome.validated,
    test: labels.length,
    regularisation: outcome.c,
    search: outcome.search,
    iterations: outcome.model.iterations,
    converged: outcome.model.converged,
  };
  const { guesses } = outcome;
  return { result, evidence: { kind: 'classes', names: classNames, labels, guesses, ...tested } };
}
