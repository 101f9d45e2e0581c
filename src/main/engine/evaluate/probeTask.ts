/** @file Linear probe over files: which images train, choose the regularisation and test. */

import { UsageError } from '../errors.ts';
import { checkpoint } from '../progress.ts';
import type { Bench, TaskResult } from './bench.ts';
import { accuracyOf, majorityOf } from './classification.ts';
import { readClasses } from './classes.ts';
import { encodeImages } from './features.ts';
import { linearProbe, type Labelled } from './linearProbe.ts';
import { withLabels } from './select.ts';
import { stratifiedSplit, takeLabels, takeRows } from './split.ts';

export async function probeTask(bench: Bench): Promise<TaskResult> {
  const { encoder, options, context, data } = bench;
  const examples = withLabels(bench, bench.examples, 'linear-probe');
  const classes = await readClasses(
    examples.map(({ label }) => label),
    options.classnames,
    bench.classNames,
  );
  const { features, kept } = await encodeImages(bench, examples);
  const labels = Int32Array.from(kept, (i) => classes.indexOf.get(examples[i]!.label)!);
  const take = (rows: Int32Array): Labelled => ({
    features: takeRows(features, encoder.dim, rows),
    labels: takeLabels(labels, rows),
  });
  const rows = divide(
    kept.map((i) => examples[i]!.split),
    labels,
    options.testFraction,
    options.seed,
  );
  if (rows.train.length === 0 || rows.test.length === 0) {
    throw new UsageError(
      `${data} leaves ${rows.train.length} images to train and ${rows.test.length} to test the linear probe; both are needed.`,
    );
  }
  const test = take(rows.test);
  const outcome = await linearProbe(
    {
      train: take(rows.train),
      ...(rows.validation && { validation: take(rows.validation) }),
      test,
      dim: encoder.dim,
      classes: classes.names.length,
    },
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
    images: kept.length,
    skipped: bench.examples.length - kept.length,
    ...accuracyOf(outcome.ranks, test.labels, classes.names),
    classes: classes.names.length,
    chance: 1 / classes.names.length,
    majority: majorityOf(test.labels),
    train: outcome.trained,
    validation: outcome.validated,
    test: test.labels.length,
    regularisation: outcome.c,
    search: outcome.search,
    iterations: outcome.model.iterations,
    converged: outcome.model.converged,
  };
}

interface Division {
  train: Int32Array;
  validation?: Int32Array;
  test: Int32Array;
}

/** The data's own splits where it has them, else a stratified one of everything. */
function divide(
  splits: readonly (string | undefined)[],
  labels: Int32Array,
  testFraction: number,
  seed: number,
): Division {
  const rowsOf = (name: string) => Int32Array.from(splits.flatMap((split, row) => (split === name ? [row] : [])));
  const [train, validation, test] = [rowsOf('train'), rowsOf('val'), rowsOf('test')];
  if (train.length > 0 && test.length > 0) return { train, test, ...(validation.length > 0 && { validation }) };
  if (train.length > 0 && validation.length > 0) return { train, test: validation };
  const { rest, held } = stratifiedSplit(labels, testFraction, seed);
  return { train: rest, test: held };
}
