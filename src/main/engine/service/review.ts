/** @file Decisions that people make in the window: the same rows that `distillery decide` writes. */

import type { Decided, DecisionKind, DecisionRow } from '../../../preload/contract.ts';
import { decide, undo, type DecisionResult } from '../decisions/decide.ts';
import { UsageError } from '../errors.ts';
import type { Workspace } from '../store/workspace.ts';

/** Of a long decision only so many samples are listed. */
const listedSamples = 100;

export interface Verdict {
  group: number;
  kind: DecisionKind;
  /** Empty: all members of the group. */
  samples: readonly number[];
  annotator: string;
}

/** @throws {UsageError} for a group that is gone, and for samples that are not in it */
export async function decideInGroup(
  workspace: Workspace,
  { group, kind, samples, annotator }: Verdict,
): Promise<Decided> {
  const dataset = workspace.sqlite
    .prepare<[number], string>(
      `SELECT d.name FROM duplicate_groups g JOIN balances b ON b.id = g.balance_id JOIN datasets d ON d.id = b.dataset_id
       WHERE g.id = ?`,
    )
    .pluck()
    .get(group);
  if (dataset === undefined) throw new UsageError(`There is no group ${group} any more. A newer balance has others.`);
  const chosen = samples.length > 0 ? samples : undefined;
  return decidedView(workspace, await decide(workspace, { dataset, group, kind, samples: chosen, annotator }));
}

/** Takes back the last decision on a dataset that stands. */
export async function undoLast(workspace: Workspace, dataset: number): Promise<Decided> {
  const name = workspace.sqlite
    .prepare<[number], string>('SELECT name FROM datasets WHERE id = ?')
    .pluck()
    .get(dataset);
  if (name === undefined) throw new UsageError(`There is no dataset ${dataset}.`);
  const standing = workspace.sqlite
    .prepare<[number], number>('SELECT 1 FROM decisions WHERE dataset_id = ? AND undone_at IS NULL LIMIT 1')
    .pluck()
    .get(dataset);
  if (standing === undefined) throw new UsageError('There is no decision to undo.');
  return decidedView(workspace, await undo(workspace, { dataset: name }));
}

const decidedView = (workspace: Workspace, { decision, kind, samples, effect }: DecisionResult): Decided => ({
  decision,
  kind,
  samples: samples.slice(0, listedSamples),
  count: samples.length,
  group: groupOf(workspace, samples[0]),
  atOnce: effect !== null,
  emptied: effect?.emptied ?? [],
});

/** In the newest balance that has it. */
function groupOf({ sqlite }: Workspace, sample: number | undefined): number | null {
  const found = sqlite
    .prepare<[number | undefined], number | null>('SELECT max(group_id) FROM members WHERE sample_id = ?')
    .pluck()
    .get(sample);
  return found ?? null;
}

/** The newest first, undone ones too. */
export function latestDecisions({ sqlite }: Workspace, dataset: number, limit: number): DecisionRow[] {
  const samples = sqlite
    .prepare<[number, number], number>(
      'SELECT sample_id FROM decision_samples WHERE decision_id = ? ORDER BY sample_id LIMIT ?',
    )
    .pluck();
  return sqlite
    .prepare<[number, number], Omit<DecisionRow, 'samples'>>(
      `SELECT id AS decision, kind, annotator, decided_at AS decidedAt, undone_at AS undoneAt,
         (SELECT count(*) FROM decision_samples s WHERE s.decision_id = d.id) AS count
       FROM decisions d WHERE dataset_id = ? ORDER BY decided_at DESC, id DESC LIMIT ?`,
    )
    .all(dataset, limit)
    .map((row) => ({ ...row, samples: samples.all(row.decision, listedSamples) }));
}
