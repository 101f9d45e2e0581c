/** @file Human decisions are made here. They stand in every later balance of their dataset until they are undone. */

import { userInfo } from 'node:os';
import { UsageError } from '../errors.ts';
import { findDataset, timestamp, type Workspace } from '../store/workspace.ts';
import { takeEffect, type Change, type Effect } from './effect.ts';
import { reviewAfter } from './reviewState.ts';
import { isVerdict } from './standing.ts';
import { membersOf, sidesOf } from './subjects.ts';

export const decisionKinds = ['keep', 'keep-only', 'remove', 'not-duplicates', 'split', 'defer'] as const;
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
  /** Ends a disagreement of two annotators: it counts, but as the opinion of neither. */
  settles?: boolean | undefined;
}

export interface DecisionResult {
  decision: number;
  kind: DecisionKind;
  /** Of "keep-only" and "split" those that were chosen. */
  samples: number[];
  annotator: string;
  /** On the latest balance; null where it counts from the next one on. */
  effect: Effect | null;
}

/**
 * Records what a person says of images, and changes the latest balance at once where that gives what a new one
 * would. "not-duplicates" and "split" change groups, so they count when balance runs again.
 * @throws {UsageError} for samples that are not in the dataset or the group
 */
export async function decide(workspace: Workspace, request: DecisionRequest): Promise<DecisionResult> {
  const { id: datasetId } = await findDataset(workspace, request.dataset);
  return record(workspace, { ...request, datasetId, sides: sidesOf(workspace, datasetId, request) });
}

/**
 * Confirms a group as it is: the images that stay are kept as a decision, whoever or whatever chose them.
 * @throws {UsageError} for a group that the dataset does not have, or of which none stays
 */
export async function accept(
  workspace: Workspace,
  request: Omit<DecisionRequest, 'kind' | 'samples' | 'group'> & { group: number },
): Promise<DecisionResult> {
  const { id: datasetId } = await findDataset(workspace, request.dataset);
  const kept = membersOf(workspace, datasetId, request.group).flatMap(({ id, keep }) => (keep ? [id] : []));
  if (kept.length === 0) {
    throw new UsageError(
      `No image of group ${request.group} stays, so there is none to accept. Choose one, or remove all.`,
    );
  }
  return decide(workspace, { ...request, kind: 'keep-only', samples: kept });
}

/** @param sides sample ids; most kinds have one side */
export function record(
  workspace: Workspace,
  given: Pick<DecisionRequest, 'kind' | 'annotator' | 'settles'> & { datasetId: number; sides: number[][] },
): DecisionResult {
  const { datasetId, kind, sides, settles = false } = given;
  const annotator = given.annotator ?? systemUser();
  const write = workspace.sqlite.transaction(() => {
    const row = { datasetId, kind, annotator, decidedAt: timestamp(), sides, settles };
    const decision = insertDecision(workspace, row);
    const change = applied(workspace, datasetId, decision, kind);
    logEvent(workspace, { decision, action: 'decide', annotator, at: row.decidedAt, change });
    return { decision, change };
  });
  const { decision, change } = write.immediate();
  return { decision, kind, samples: sides[0]!, annotator, effect: effectOf(change) };
}

/** Brings the latest balance and the state of review up to date; inside a transaction. */
export function applied(
  workspace: Workspace,
  datasetId: number,
  decision: number,
  kind: DecisionKind,
): Change | undefined {
  const change = isVerdict(kind) ? takeEffect(workspace, datasetId, decision) : undefined;
  reviewAfter(workspace, decision);
  return change;
}

export const effectOf = (change: Change | undefined): Effect | null =>
  change ? { kept: change.kept, removed: change.removed, emptied: change.emptied } : null;

export interface NewDecision {
  datasetId: number;
  kind: DecisionKind;
  annotator: string;
  decidedAt: string;
  undoneAt?: string | null;
  settles?: boolean;
  rule?: string | null;
  sides: number[][];
}

/** @returns its id */
export function insertDecision(
  { sqlite }: Workspace,
  { sides, undoneAt = null, settles = false, rule = null, ...decision }: NewDecision,
): number {
  const id = sqlite
    .prepare(
      `INSERT INTO decisions (dataset_id, kind, annotator, decided_at, undone_at, settles, rule)
       VALUES (@datasetId, @kind, @annotator, @decidedAt, @undoneAt, @settles, @rule)`,
    )
    .run({ ...decision, undoneAt, rule, settles: settles ? 1 : 0 }).lastInsertRowid;
  const insert = sqlite.prepare('INSERT INTO decision_samples (decision_id, sample_id, side) VALUES (?, ?, ?)');
  for (const [side, samples] of sides.entries()) for (const sample of samples) insert.run(id, sample, side);
  return Number(id);
}

export interface NewEvent {
  decision: number;
  action: 'decide' | 'undo' | 'redo';
  annotator: string;
  at: string;
  change: Change | undefined;
}

export function logEvent({ sqlite }: Workspace, { change, ...event }: NewEvent): void {
  sqlite
    .prepare(
      `INSERT INTO decision_events (decision_id, action, annotator, at, before, after)
       VALUES (@decision, @action, @annotator, @at, @before, @after)`,
    )
    .run({
      ...event,
      before: change ? JSON.stringify(change.before) : null,
      after: change ? JSON.stringify(change.after) : null,
    });
}

export function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown'; // a user without an entry, as in some containers
  }
}
