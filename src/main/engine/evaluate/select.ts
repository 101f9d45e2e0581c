/** @file Which examples a task uses: those with a label or a caption, of the split that it tests on. */

import { UsageError } from '../errors.ts';
import type { Bench } from './bench.ts';
import type { Example } from './example.ts';
import type { Task } from './results.ts';

export type LabelledExample = Example & { label: string };

/** @throws {UsageError} when none has a label. */
export function withLabels(bench: Bench, examples: readonly Example[], task: Task): LabelledExample[] {
  const labelled = examples.filter((example): example is LabelledExample => example.label !== undefined);
  return reported(bench, examples, labelled, {
    what: 'label',
    need: `${task} needs class folders, a label column or a dataset with labels`,
  });
}

/** @throws {UsageError} when none has a caption. */
export function withCaptions(bench: Bench, examples: readonly Example[]): Example[] {
  const captioned = examples.filter((example) => example.captions.length > 0);
  return reported(bench, examples, captioned, {
    what: 'caption',
    need: 'retrieval needs a caption column, captions beside the images or a dataset with captions',
  });
}

function reported<T extends Example>(
  { data, context }: Bench,
  all: readonly Example[],
  chosen: T[],
  { what, need }: { what: string; need: string },
): T[] {
  if (chosen.length === 0) throw new UsageError(`None of the ${all.length} images of ${data} has a ${what}: ${need}.`);
  const missing = all.length - chosen.length;
  if (missing > 0) context.log(`${missing} of ${all.length} images of ${data} have no ${what} and are left out`);
  return chosen;
}

/** The test split, else the validation split, else everything. */
export function testSplit(examples: readonly Example[]): readonly Example[] {
  for (const split of ['test', 'val'] as const) {
    const held = examples.filter((example) => example.split === split);
    if (held.length > 0) return held;
  }
  return examples;
}
