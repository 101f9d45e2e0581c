/** @file Human decisions: made, undone, listed. They stand in every later balance of their dataset. */

import { userInfo } from 'node:os';
import { UsageError } from '../errors.ts';
import { findDataset, timestamp, type Workspace } from '../store/workspace.ts';
import { takeEffect, type Effect } from './effect.ts';

export const decisionKinds = ['keep', 'remove', 'not-duplicates'] as const;
export type DecisionKind = (typeof decisionKinds)[number];

export interface DecisionRequest {
  dataset: string;
  kind: DecisionKind;
  /** Sample ids; without them all members of `group`. */
  samples?: readonly number[] | undefined;
  /** A group of a balance of this dataset; it must hold the samples. */
  group?: number | undefined;
  /** Default: the user of this system. */
  annotator?: string | undefined;
}

export interface DecisionResult {
  decision: number;
  kind: DecisionKind;
  samples: number[];
  annotator: string;
  /** On the latest balance; null where it counts from the next one on. */
  effect: Effect | null;
}

/**
 * Records what a person says of images, and changes the latest balance at once where that gives what a new one
 * would. "not-duplicates" changes groups, so it counts when balance runs again.
 * @throws {UsageError} for samples that are not in the dataset or the group
 */
export async function decide(workspace: Workspace, request: DecisionRequest): Promise<DecisionResult> {
  const { id: datasetId } = await findDataset(workspace, request.dataset);
  const { kind, annotator = systemUser() } = request;
  const samples = samplesOf(workspace, datasetId, request);
  const decide = workspace.sqlite.transaction(() => {
    const decision = insertDecision(workspace, { datasetId, kind, annotator, decidedAt: timestamp(), samples });
    return { decision, effect: effectOf(workspace, datasetId, kind, samples) };
  });
  const { decision, effect } = decide.immediate();
  return { decision, kind, samples, annotator, effect };
}

/**
 * Takes a decision back: the given one, or the last that stands.
 * @throws {UsageError} when there is none, or it was undone before
 */
export async function undo(
  workspace: Workspace,
  { dataset, decision }: { dataset: string; decision?: number | undefined },
): Promise<DecisionResult> {
  const { id: datasetId } = await findDataset(workspace, dataset);
  const { sqlite } = workspace;
  const found = sqlite
    .prepare<
      { datasetId: number; decision: number | null },
      { id: number; kind: DecisionKind; annotator: string; undone_at: string | null }
    >(
      `SELECT id, kind, annotator, undone_at FROM decisions WHERE dataset_id = @datasetId
       AND (CASE WHEN @decision IS NULL THEN undone_at IS NULL ELSE id = @decision END)
       ORDER BY decided_at DESC, id DESC LIMIT 1`,
    )
    .get({ datasetId, decision: decision ?? null });
  if (!found) {
    const which = decision === undefined ? 'no decision that stands' : `no decision ${decision}`;
    throw new UsageError(`Dataset "${dataset}" has ${which}. List them: distillery decide list --dataset ${dataset}`);
  }
  if (found.undone_at !== null) throw new UsageError(`Decision ${found.id} was undone at ${found.undone_at}.`);
  const samples = decidedSamples(workspace, found.id);
  const take = sqlite.transaction(() => {
    sqlite.prepare('UPDATE decisions SET undone_at = ? WHERE id = ?').run(timestamp(), found.id);
    return effectOf(workspace, datasetId, found.kind, samples);
  });
  const effect = take.immediate();
  return { decision: found.id, kind: found.kind, samples, annotator: found.annotator, effect };
}

export interface ListedDecision {
  decision: number;
  kind: DecisionKind;
  annotator: string;
  decidedAt: string;
  /** Null while it stands. */
  undoneAt: string | null;
  samples: number[];
}

/** All decisions on a dataset in their order, undone ones too. */
export async function listDecisions(workspace: Workspace, dataset: string): Promise<ListedDecision[]> {
  const { id } = await findDataset(workspace, dataset);
  const rows = workspace.sqlite
    .prepare<[number], Omit<ListedDecision, 'samples'>>(
      `SELECT id AS decision, kind, annotator, decided_at AS decidedAt, undone_at AS undoneAt FROM decisions
       WHERE dataset_id = ? ORDER BY decided_at, id`,
    )
    .all(id);
  return rows.map((row) => ({ ...row, samples: decidedSamples(workspace, row.decision) }));
}

export interface NewDecision {
  datasetId: number;
  kind: DecisionKind;
  annotator: string;
  decidedAt: string;
  undoneAt?: string | null;
  samples: readonly number[];
}

/** @returns its id */
export function insertDecision({ sqlite }: Workspace, { samples, undoneAt = null, ...decision }: NewDecision): number {
  const id = sqlite
    .prepare(
      `INSERT INTO decisions (dataset_id, kind, annotator, decided_at, undone_at)
       VALUES (@datasetId, @kind, @annotator, @decidedAt, @undoneAt)`,
    )
    .run({ ...decision, undoneAt }).lastInsertRowid;
  const insert = sqlite.prepare('INSERT INTO decision_samples (decision_id, sample_id) VALUES (?, ?)');
  for (const sample of samples) insert.run(id, sample);
  return Number(id);
}

function effectOf(
  workspace: Workspace,
  datasetId: number,
  kind: DecisionKind,
  samples: readonly number[],
): Effect | null {
  return kind === 'not-duplicates' ? null : (takeEffect(workspace, datasetId, samples) ?? null);
}

const decidedSamples = ({ sqlite }: Workspace, decision: number): number[] =>
  sqlite
    .prepare<[number], number>('SELECT sample_id FROM decision_samples WHERE decision_id = ? ORDER BY sample_id')
    .pluck()
    .all(decision);

function samplesOf(workspace: Workspace, datasetId: number, request: DecisionRequest): number[] {
  const { dataset, group, kind } = request;
  const members = group === undefined ? undefined : membersOf(workspace, datasetId, group);
  const samples = [...new Set(request.samples ?? members ?? [])].sort((a, b) => a - b);
  const least = kind === 'not-duplicates' ? 2 : 1;
  if (samples.length < least) {
    throw new UsageError(`"${kind}" needs at least ${least} samples: --samples ID,ID or --group ID.`);
  }
  const known = workspace.sqlite.prepare<[number, number]>('SELECT 1 FROM samples WHERE id = ? AND dataset_id = ?');
  const unknown = samples.filter((sample) =>
    members ? !members.includes(sample) : known.get(sample, datasetId) === undefined,
  );
  if (unknown.length > 0) {
    const where = group === undefined ? `dataset "${dataset}"` : `group ${group}`;
    throw new UsageError(`Not in ${where}: ${unknown.slice(0, 5).join(', ')}${unknown.length > 5 ? ', ...' : ''}.`);
  }
  return samples;
}

function membersOf({ sqlite }: Workspace, datasetId: number, group: number): number[] {
  const members = sqlite
    .prepare<[number, number], number>(
      `SELECT m.sample_id FROM members m JOIN duplicate_groups g ON g.id = m.group_id
       JOIN balances b ON b.id = g.balance_id WHERE g.id = ? AND b.dataset_id = ?`,
    )
    .pluck()
    .all(group, datasetId);
  if (members.length === 0) throw new UsageError(`The dataset has no group ${group}.`);
  return members;
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown'; // a user without an entry, as in some containers
  }
}
