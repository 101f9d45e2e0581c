/** @file The decisions that stand: not undone, and of those about one image the latest. */

import type { Workspace } from '../store/workspace.ts';
import type { Verdict } from './choice.ts';
import type { DecisionKind } from './decide.ts';

export interface StandingDecisions {
  /** By sample: what was last said of it. */
  verdicts: Map<number, Verdict>;
  /** Constraints, each as its sides: no two samples of different sides may share a group. */
  apart: number[][][];
}

/** Kinds that say what becomes of single images; the others change groups, or nothing. */
export const verdictKinds = ['keep', 'keep-only', 'remove'] as const satisfies DecisionKind[];
export const isVerdict = (kind: DecisionKind): kind is (typeof verdictKinds)[number] =>
  (verdictKinds as readonly string[]).includes(kind);

/** @param by only what this annotator said for himself, without what settles a disagreement */
export function standingDecisions({ sqlite }: Workspace, datasetId: number, by?: string): StandingDecisions {
  const standing: StandingDecisions = { verdicts: new Map(), apart: [] };
  const rows = sqlite
    .prepare<object, { decision: number; kind: DecisionKind; sample: number; side: number }>(
      `SELECT d.id AS decision, d.kind, s.sample_id AS sample, s.side
       FROM decisions d JOIN decision_samples s ON s.decision_id = d.id
       WHERE d.dataset_id = @datasetId AND d.undone_at IS NULL AND (@by IS NULL OR (d.annotator = @by AND d.settles = 0))
       ORDER BY d.decided_at, d.id, s.sample_id`,
    )
    .iterate({ datasetId, by: by ?? null });
  let last = -1;
  for (const { decision, kind, sample, side } of rows) {
    if (isVerdict(kind)) {
      const verdict = verdictOf(kind, side);
      if (verdict) standing.verdicts.set(sample, verdict);
      else standing.verdicts.delete(sample);
    } else if (kind !== 'defer') {
      if (decision !== last) standing.apart.push([]);
      const sides = standing.apart.at(-1)!;
      if (kind === 'split') (sides[side] ??= []).push(sample);
      else sides.push([sample]);
    }
    last = decision;
  }
  return standing;
}

/** What a decision says of a sample on a side of it; of those that "keep-only" does not name to stay, the keep rule decides. */
function verdictOf(kind: (typeof verdictKinds)[number], side: number): Verdict | undefined {
  if (kind !== 'keep-only') return kind;
  return side === 0 ? 'keep' : undefined;
}

/** What was last said of one sample. */
export function verdictQuery({ sqlite }: Workspace): (sample: number) => Verdict | undefined {
  const query = sqlite.prepare<[number], { kind: (typeof verdictKinds)[number]; side: number }>(
    `SELECT d.kind, s.side FROM decision_samples s JOIN decisions d ON d.id = s.decision_id
     WHERE s.sample_id = ? AND d.undone_at IS NULL AND d.kind IN ('keep', 'keep-only', 'remove')
     ORDER BY d.decided_at DESC, d.id DESC LIMIT 1`,
  );
  return (sample) => {
    const last = query.get(sample);
    return last && verdictOf(last.kind, last.side);
  };
}
