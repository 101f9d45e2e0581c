/** @file Decisions that people make in the window: the same rows that `distillery decide` writes. */

import type { ClustersInside, CutPreview, Decided, DecisionKind, DecisionRow } from '../../../preload/contract.ts';
import { cut, previewCut } from '../review/cut.ts';
import { accept, decide, type DecisionResult } from '../decisions/decide.ts';
import { redo, redoable, undo } from '../decisions/history.ts';
import { groupTree, partsOf } from '../review/links.ts';
import { UsageError } from '../errors.ts';
import type { Workspace } from '../store/workspace.ts';
import { sampleColumns, sampleView, type SampleRow } from './samples.ts';

/** Of a long decision only so many samples are listed. */
const listedSamples = 100;
/** Pictures that stand for a part of a group, and parts that are shown. */
const examples = 12;
const shownParts = 20;

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
  const dataset = datasetOf(workspace, group);
  const chosen = samples.length > 0 ? samples : undefined;
  return decidedView(workspace, await decide(workspace, { dataset, group, kind, samples: chosen, annotator }));
}

/** @throws {UsageError} for a group that is gone, or of which no picture stays */
export async function acceptGroup(workspace: Workspace, group: number, annotator: string): Promise<Decided> {
  return decidedView(workspace, await accept(workspace, { dataset: datasetOf(workspace, group), group, annotator }));
}

/** @param distance null: only the longest link */
export async function cutGroup(
  workspace: Workspace,
  { group, distance, annotator }: { group: number; distance: number | null; annotator: string },
): Promise<Decided> {
  const dataset = datasetOf(workspace, group);
  const { decided } = await cut(workspace, { dataset, group, distance: distance ?? undefined, annotator });
  return decidedView(workspace, decided);
}

/** Takes back the last decision on a dataset that stands. */
export async function undoLast(workspace: Workspace, dataset: number, annotator: string): Promise<Decided> {
  const name = nameOf(workspace, dataset);
  const standing = workspace.sqlite
    .prepare<[number], number>('SELECT 1 FROM decisions WHERE dataset_id = ? AND undone_at IS NULL LIMIT 1')
    .pluck()
    .get(dataset);
  if (standing === undefined) throw new UsageError('There is no decision to undo.');
  return decidedView(workspace, await undo(workspace, { dataset: name, annotator }));
}

/** Restores the decision that was taken back last. */
export async function redoLast(workspace: Workspace, dataset: number, annotator: string): Promise<Decided> {
  const name = nameOf(workspace, dataset);
  if (!redoable(workspace, dataset)) throw new UsageError('There is no decision to redo.');
  return decidedView(workspace, await redo(workspace, { dataset: name, annotator }));
}

export const decidedView = (workspace: Workspace, { decision, kind, samples, effect }: DecisionResult): Decided => ({
  decision,
  kind,
  samples: samples.slice(0, listedSamples),
  count: samples.length,
  group: groupOf(workspace, samples[0]),
  atOnce: effect !== null || kind === 'defer',
  emptied: effect?.emptied ?? [],
});

/** Name of a dataset. */
export function nameOf({ sqlite }: Workspace, dataset: number): string {
  const name = sqlite.prepare<[number], string>('SELECT name FROM datasets WHERE id = ?').pluck().get(dataset);
  if (name === undefined) throw new UsageError(`There is no dataset ${dataset}.`);
  return name;
}

function datasetOf({ sqlite }: Workspace, group: number): string {
  const dataset = sqlite
    .prepare<[number], string>(
      `SELECT d.name FROM duplicate_groups g JOIN balances b ON b.id = g.balance_id JOIN datasets d ON d.id = b.dataset_id
       WHERE g.id = ?`,
    )
    .pluck()
    .get(group);
  if (dataset === undefined) throw new UsageError(`There is no group ${group} any more. A newer balance has others.`);
  return dataset;
}

/** In the newest balance that has it. */
function groupOf({ sqlite }: Workspace, sample: number | undefined): number | null {
  const found = sqlite
    .prepare<[number | undefined], number | null>('SELECT max(group_id) FROM members WHERE sample_id = ?')
    .pluck()
    .get(sample);
  return found ?? null;
}

/** What a cut would part, with pictures. */
export function cutView(workspace: Workspace, group: number, distance: number | null): CutPreview {
  const { links, sides } = previewCut(workspace, { group, distance: distance ?? undefined });
  const view = sampleQuery(workspace);
  const [longest] = links;
  return {
    links: links.length,
    longest: { distance: longest!.distance, first: view(longest!.first), second: view(longest!.second) },
    sides: sides
      .slice(0, shownParts)
      .map((side) => ({ size: side.length, examples: side.slice(0, examples).map(view) })),
    parts: sides.length,
  };
}

/** @param distance null: nine tenths of the links hold */
export function clustersInside(
  workspace: Workspace,
  group: number,
  distance: number | null,
  limit: number,
): ClustersInside {
  const tree = groupTree(workspace, group);
  const { links } = tree;
  const lengths = {
    shortest: links[0]!.distance,
    most: links[Math.floor(0.9 * (links.length - 1))]!.distance,
    longest: links.at(-1)!.distance,
  };
  const parts = partsOf(tree, distance ?? lengths.most).parts.filter((part) => part.length > 1);
  const view = sampleQuery(workspace);
  return {
    clusters: parts
      .slice(0, limit)
      .map((part) => ({ id: part[0]!, size: part.length, examples: part.slice(0, examples).map(view) })),
    total: parts.length,
    singles: tree.members.length - parts.reduce((sum, part) => sum + part.length, 0),
    lengths,
  };
}

/** Members of the part that has this lowest member. */
export function partMembers(workspace: Workspace, group: number, distance: number, lowest: number): Set<number> {
  const part = partsOf(groupTree(workspace, group), distance).parts.find(([first]) => first === lowest);
  return new Set(part);
}

function sampleQuery({ sqlite }: Workspace): (sample: number) => ReturnType<typeof sampleView> {
  const query = sqlite.prepare<[number], SampleRow>(`SELECT ${sampleColumns} FROM samples s WHERE s.id = ?`);
  return (sample) => sampleView(query.get(sample)!);
}

/** The newest first, undone ones too. */
export function latestDecisions({ sqlite }: Workspace, dataset: number, limit: number): DecisionRow[] {
  const samples = sqlite
    .prepare<[number, number], number>(
      'SELECT sample_id FROM decision_samples WHERE decision_id = ? AND side = 0 ORDER BY sample_id LIMIT ?',
    )
    .pluck();
  return sqlite
    .prepare<[number, number], Omit<DecisionRow, 'samples'>>(
      `SELECT id AS decision, kind, annotator, decided_at AS decidedAt, undone_at AS undoneAt,
         (SELECT count(*) FROM decision_samples s WHERE s.decision_id = d.id AND s.side = 0) AS count
       FROM decisions d WHERE dataset_id = ? ORDER BY decided_at DESC, id DESC LIMIT ?`,
    )
    .all(dataset, limit)
    .map((row) => ({ ...row, samples: samples.all(row.decision, listedSamples) }));
}
