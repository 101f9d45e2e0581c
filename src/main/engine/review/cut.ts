/** @file Groups cut where they hang together least: what falls apart, and the decision that parts it. */

import { UsageError } from '../errors.ts';
import { findDataset, type Workspace } from '../store/workspace.ts';
import { record, type DecisionResult } from '../decisions/decide.ts';
import { groupTree, partsOf, type Link } from './links.ts';

export interface CutRequest {
  dataset: string;
  group: number;
  /** Cut every link longer than this; without it the longest that still holds. */
  distance?: number | undefined;
  annotator?: string | undefined;
}

export interface Cut {
  /** Links that are cut, the longest first. */
  links: Link[];
  /** Samples of each part that falls off, the largest part first; parts that stay as they are left out. */
  sides: number[][];
}

/** What a cut would part. @throws {UsageError} where nothing hangs together any more, or beyond the distance */
export function previewCut(workspace: Workspace, { group, distance }: Pick<CutRequest, 'group' | 'distance'>): Cut {
  const tree = groupTree(workspace, group);
  const { links } = partsOf(tree);
  const longest = links.at(-1);
  if (!longest) throw new UsageError(`All images of group ${group} are apart already.`);
  const kept = distance === undefined ? links.slice(0, -1) : links.filter((link) => link.distance <= distance);
  const cut = links.slice(kept.length).reverse();
  if (cut.length === 0) {
    throw new UsageError(`No link of group ${group} is longer than ${distance}; the longest has ${longest.distance}.`);
  }
  const torn = new Set(cut.flatMap(({ first, second }) => [first, second]));
  const { parts } = partsOf({ ...tree, links: kept, apart: [] });
  return { links: cut, sides: parts.filter((part) => part.some((sample) => torn.has(sample))) };
}

/**
 * Cuts a group, as a "split" decision: the next balance keeps the sides apart.
 * @throws {UsageError} as `previewCut`, and for a group of another dataset
 */
export async function cut(workspace: Workspace, request: CutRequest): Promise<{ decided: DecisionResult; cut: Cut }> {
  const { id: datasetId } = await findDataset(workspace, request.dataset);
  const owner = workspace.sqlite
    .prepare<[number], number>(
      'SELECT b.dataset_id FROM duplicate_groups g JOIN balances b ON b.id = g.balance_id WHERE g.id = ?',
    )
    .pluck()
    .get(request.group);
  if (owner !== datasetId) throw new UsageError(`Dataset "${request.dataset}" has no group ${request.group}.`);
  const found = previewCut(workspace, request);
  const { annotator } = request;
  return { decided: record(workspace, { datasetId, kind: 'split', annotator, sides: found.sides }), cut: found };
}
