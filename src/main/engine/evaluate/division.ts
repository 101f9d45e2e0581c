/** @file Which labelled images train, choose and test, for the tasks that train on features. */

import { UsageError } from '../errors.ts';
import type { Bench } from './bench.ts';
import { majorityOf } from './classification.ts';
import { readClasses } from './classes.ts';
import type { Tested } from './evidence.ts';
import { encodeImages } from './features.ts';
import type { Labelled } from './linearProbe.ts';
import type { Task } from './results.ts';
import { withLabels } from './select.ts';
import { stratifiedSplit, takeLabels, takeRows } from './split.ts';

export interface Divided {
  classNames: string[];
  train: Labelled;
  validation?: Labelled;
  test: Labelled;
  /** The images of `test`. */
  tested: Tested;
  /** What every result of such a task says. */
  facts: { images: number; skipped: number; classes: number; chance: number; majority: number };
}

/** Features of all labelled images by split. @throws {UsageError} when nothing is left to train or to test */
export async function divideFeatures(bench: Bench, task: Task): Promise<Divided> {
  const { encoder, options, data } = bench;
  const examples = withLabels(bench, bench.examples, task);
  const classes = await readClasses(
    examples.map(({ label }) => label),
    options.classnames,
    bench,
  );
  const { features, kept, digests } = await encodeImages(bench, examples);
  const labels = Int32Array.from(kept, (i) => classes.indexOf.get(examples[i]!.label)!);
  const rows = divide(
    kept.map((i) => examples[i]!.split),
    labels,
    options.testFraction,
    options.seed,
  );
  if (rows.train.length === 0 || rows.test.length === 0) {
    throw new UsageError(
      `${data} leaves ${rows.train.length} images to train and ${rows.test.length} to test the ${task}; both are needed.`,
    );
  }
  const take = (of: Int32Array): Labelled => ({
    features: takeRows(features, encoder.dim, of),
    labels: takeLabels(labels, of),
  });
  const test = take(rows.test);
  return {
    classNames: classes.names,
    train: take(rows.train),
    ...(rows.validation && { validation: take(rows.validation) }),
    test,
    tested: {
      examples: Array.from(rows.test, (row) => examples[kept[row]!]!),
      digests: Array.from(rows.test, (row) => digests[row]),
    },
    facts: {
      images: kept.length,
      skipped: bench.examples.length - kept.length,
      classes: classes.names.length,
      chance: 1 / classes.names.length,
      majority: majorityOf(test.labels),
    },
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
