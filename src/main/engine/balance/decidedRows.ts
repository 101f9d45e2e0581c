/** @file Human decisions by rows: samples without an embedding have none. */

import type { Verdict } from '../decisions/choice.ts';
import type { StandingDecisions } from '../decisions/standing.ts';

export interface DecidedRows {
  verdicts: Map<number, Verdict>;
  /** Constraints, each as its sides: no two rows of different sides may share a group. */
  apart: number[][][];
}

/** @param sampleIds by row, ascending */
export function decidedRows({ verdicts, apart }: StandingDecisions, sampleIds: Int32Array): DecidedRows {
  const rowsOf = (samples: readonly number[]): number[] => samples.map(rowOf).filter((row) => row >= 0);
  const rowOf = (sample: number): number => rowOfSample(sampleIds, sample);
  return {
    verdicts: new Map(
      [...verdicts].map(([sample, verdict]) => [rowOf(sample), verdict] as const).filter(([row]) => row >= 0),
    ),
    apart: apart
      .map((sides) => sides.map(rowsOf).filter((rows) => rows.length > 0))
      .filter((sides) => sides.length > 1),
  };
}

export function countDecisions({ verdicts, apart }: DecidedRows): {
  keep: number;
  remove: number;
  notDuplicates: number;
} {
  let keep = 0;
  for (const verdict of verdicts.values()) if (verdict === 'keep') keep++;
  return { keep, remove: verdicts.size - keep, notDuplicates: apart.length };
}

/** Row of a sample, or -1. */
function rowOfSample(sampleIds: Int32Array, sample: number): number {
  let [low, high] = [0, sampleIds.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sampleIds[middle]! < sample) low = middle + 1;
    else high = middle;
  }
  return sampleIds[low] === sample ? low : -1;
}
