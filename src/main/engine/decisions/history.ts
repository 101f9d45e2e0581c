/** @file Decisions taken back and restored, in any number and over restarts, and the list of all of them. */

import { UsageError } from '../errors.ts';
import { findDataset, timestamp, type Workspace } from '../store/workspace.ts';
import { applied, effectOf, logEvent, systemUser, type DecisionKind, type DecisionResult } from './decide.ts';

interface Asked {
  dataset: string;
  decision?: number | undefined;
  annotator?: string | undefined;
}

interface Found {
  id: number;
  kind: DecisionKind;
  annotator: string;
  undone_at: string | null;
}

/**
 * Takes a decision back: the given one, or the last that stands.
 * @throws {UsageError} when there is none, or it was undone before
 */
export async function undo(workspace: Workspace, { dataset, decision, annotator }: Asked): Promise<DecisionResult> {
  const { id: datasetId } = await findDataset(workspace, dataset);
  const found = workspace.sqlite
    .prepare<object, Found>(
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
  return turn(workspace, datasetId, found, 'undo', annotator);
}

/**
 * Restores the decision that was taken back last. What was taken back before a new decision stays so.
 * @throws {UsageError} when there is none
 */
export async function redo(
  workspace: Workspace,
  { dataset, annotator }: Omit<Asked, 'decision'>,
): Promise<DecisionResult> {
  const { id: datasetId } = await findDataset(workspace, dataset);
  const found = redoable(workspace, datasetId);
  if (!found) {
    throw new UsageError(`Nothing to redo: dataset "${dataset}" has no decision undone since the last one was made.`);
  }
  return turn(workspace, datasetId, found, 'redo', annotator);
}

/** The decision that `redo` would restore. */
export function redoable({ sqlite }: Workspace, datasetId: number): Found | undefined {
  return sqlite
    .prepare<object, Found>(
      `SELECT d.id, d.kind, d.annotator, d.undone_at FROM decision_events e JOIN decisions d ON d.id = e.decision_id
       WHERE d.dataset_id = @datasetId AND e.action = 'undo' AND d.undone_at IS NOT NULL AND e.id > (
         SELECT coalesce(max(made.id), 0) FROM decision_events made JOIN decisions o ON o.id = made.decision_id
         WHERE o.dataset_id = @datasetId AND made.action = 'decide')
       ORDER BY e.id DESC LIMIT 1`,
    )
    .get({ datasetId });
}

function turn(
  workspace: Workspace,
  datasetId: number,
  { id, kind, annotator }: Found,
  action: 'undo' | 'redo',
  who: string = systemUser(),
): DecisionResult {
  const write = workspace.sqlite.transaction(() => {
    const at = timestamp();
    workspace.sqlite.prepare('UPDATE decisions SET undone_at = ? WHERE id = ?').run(action === 'undo' ? at : null, id);
    const change = applied(workspace, datasetId, id, kind);
    logEvent(workspace, { decision: id, action, annotator: who, at, change });
    return change;
  });
  const change = write.immediate();
  return { decision: id, kind, samples: sidesQuery(workspace)(id)[0] ?? [], annotator, effect: effectOf(change) };
}

export interface ListedDecision {
  decision: number;
  kind: DecisionKind;
  annotator: string;
  decidedAt: string;
  /** Null while it stands. */
  undoneAt: string | null;
  settles: boolean;
  /** Of a bulk decision: the rule and its limits. */
  rule: string | null;
  /** Of the first side. */
  samples: number[];
  /** Those that "keep-only" does not name to stay, and the further sides of "split". */
  others: number[][];
  /** Making, taking back, restoring; samples kept before and after, null where it waited for a balance. */
  events: {
    action: 'decide' | 'undo' | 'redo';
    annotator: string;
    at: string;
    before: number[] | null;
    after: number[] | null;
  }[];
}

/** All decisions on a dataset in their order, undone ones too. */
export async function listDecisions(workspace: Workspace, dataset: string): Promise<ListedDecision[]> {
  const { id } = await findDataset(workspace, dataset);
  const rows = workspace.sqlite
    .prepare<[number], Omit<ListedDecision, 'samples' | 'others' | 'events' | 'settles'> & { settles: 0 | 1 }>(
      `SELECT id AS decision, kind, annotator, decided_at AS decidedAt, undone_at AS undoneAt, settles, rule FROM decisions
       WHERE dataset_id = ? ORDER BY decided_at, id`,
    )
    .all(id);
  const sides = sidesQuery(workspace);
  const events = eventsQuery(workspace);
  return rows.map((row) => {
    const [samples = [], ...others] = sides(row.decision);
    return { ...row, settles: row.settles === 1, samples, others, events: events(row.decision) };
  });
}

function sidesQuery({ sqlite }: Workspace): (decision: number) => number[][] {
  const query = sqlite.prepare<[number], { sample: number; side: number }>(
    'SELECT sample_id AS sample, side FROM decision_samples WHERE decision_id = ? ORDER BY side, sample_id',
  );
  return (decision) => {
    const sides: number[][] = [];
    for (const { sample, side } of query.iterate(decision)) (sides[side] ??= []).push(sample);
    return sides;
  };
}

function eventsQuery({ sqlite }: Workspace): (decision: number) => ListedDecision['events'] {
  type Row = Omit<ListedDecision['events'][number], 'before' | 'after'> & {
    before: string | null;
    after: string | null;
  };
  const query = sqlite.prepare<[number], Row>(
    'SELECT action, annotator, at, before, after FROM decision_events WHERE decision_id = ? ORDER BY id',
  );
  // written by logEvent
  const ids = (text: string | null): number[] | null => (text === null ? null : (JSON.parse(text) as number[]));
  return (decision) =>
    query.all(decision).map(({ before, after, ...event }) => ({ ...event, before: ids(before), after: ids(after) }));
}
