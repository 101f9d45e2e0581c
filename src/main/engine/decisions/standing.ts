/** @file The decisions that stand: not undone, and of those about one image the latest. */

import type { Workspace } from '../store/workspace.ts';
import type { Verdict } from './choice.ts';

export interface StandingDecisions {
  /** By sample: what was last said of it. */
  verdicts: Map<number, Verdict>;
  /** Sets of samples of which no two may share a group. */
  apart: number[][];
}

export function standingDecisions({ sqlite }: Workspace, datasetId: number): StandingDecisions {
  const standing: StandingDecisions = { verdicts: new Map(), apart: [] };
  const rows = sqlite
    .prepare<[number], { decision: number; kind: Verdict | 'not-duplicates'; sample: number }>(
      `SELECT d.id AS decision, d.kind, s.sample_id AS sample
       FROM decisions d JOIN decision_samples s ON s.decision_id = d.id
       WHERE d.dataset_id = ? AND d.undone_at IS NULL ORDER BY d.decided_at, d.id, s.sample_id`,
    )
    .iterate(datasetId);
  let last = -1;
  for (const { decision, kind, sample } of rows) {
    if (kind !== 'not-duplicates') standing.verdicts.set(sample, kind);
    else if (decision === last) standing.apart.at(-1)!.push(sample);
    else standing.apart.push([sample]);
    last = decision;
  }
  return standing;
}

/** What was last said of one sample. */
export function verdictQuery({ sqlite }: Workspace): (sample: number) => Verdict | undefined {
  const query = sqlite
    .prepare<[number], Verdict>(
      `SELECT d.kind FROM decision_samples s JOIN decisions d ON d.id = s.decision_id
       WHERE s.sample_id = ? AND d.undone_at IS NULL AND d.kind IN ('keep', 'remove')
       ORDER BY d.decided_at DESC, d.id DESC LIMIT 1`,
    )
    .pluck();
  return (sample) => query.get(sample);
}
