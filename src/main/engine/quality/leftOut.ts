/** @file The samples that a stage leaves out for their flags. */

import { UsageError } from '../errors.ts';
import type { StageContext } from '../progress.ts';
import type { Workspace } from '../store/workspace.ts';
import { findFlagged } from './flags.ts';
import { thresholdsOf, type Exclusion, type FlagName, type Thresholds } from './options.ts';

export interface LeftOut {
  /** Ascending. */
  ids: Int32Array;
  /** Empty where nothing was asked for. */
  record: Pick<LeftOutRecord, 'without' | 'thresholds'>;
}

/** What a stage keeps with its options and puts in its result. */
export interface LeftOutRecord {
  without?: readonly FlagName[];
  thresholds?: Thresholds;
  /** Images that were kept otherwise. */
  leftOut?: number;
}

/**
 * Finds the samples with one of the flags `without`.
 * @throws {UsageError} for a threshold out of range, or `disagreement` without one.
 */
export function findLeftOut(
  workspace: Workspace,
  { datasetId, balanceId }: { datasetId: number; balanceId: number | undefined },
  { without = [], thresholds: given }: Exclusion,
  context: StageContext,
): LeftOut {
  const thresholds = thresholdsOf(given);
  if (without.length === 0) return { ids: new Int32Array(), record: {} };
  if (without.includes('disagreement') && thresholds.minAgreement === undefined) {
    throw new UsageError('The flag disagreement needs a cosine that suits the teacher: --min-agreement X.');
  }
  warnOfUnmeasured(workspace, datasetId, without, context);
  const { ids } = findFlagged(workspace, { datasetId, balanceId, thresholds }, without);
  return { ids, record: { without, thresholds } };
}

/** The ids from `first` to `last`. */
export function idsBetween({ ids }: Pick<LeftOut, 'ids'>, first: number, last: number): ReadonlySet<number> {
  const start = lowerBound(ids, first);
  return new Set(ids.subarray(start, lowerBound(ids, last + 1)));
}

/** Where `value` or what follows it stands in an ascending list. */
function lowerBound(list: Int32Array, value: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

const measuredColumns: Partial<Record<FlagName, string>> = {
  blurred: 'sharpness',
  dark: 'brightness',
  bright: 'brightness',
  uniform: 'contrast',
  disagreement: 'agreement',
};

function warnOfUnmeasured(
  { sqlite }: Workspace,
  datasetId: number,
  without: readonly FlagName[],
  context: StageContext,
): void {
  for (const column of new Set(without.flatMap((name) => measuredColumns[name] ?? []))) {
    const missing = sqlite
      .prepare(`SELECT count(*) FROM samples WHERE dataset_id = ? AND status = 'ok' AND ${column} IS NULL`)
      .pluck()
      .get(datasetId) as number;
    if (missing > 0) context.log(`${missing} images stay in without a look: their ${column} was never measured.`);
  }
}
