/** @file What a decision is about: its samples, checked, and on which side of it they are. */

import { UsageError } from '../errors.ts';
import type { Workspace } from '../store/workspace.ts';
import type { DecisionKind, DecisionRequest } from './decide.ts';

export const leastSamples: Record<DecisionKind, number> = {
  keep: 1,
  'keep-only': 1,
  remove: 1,
  'not-duplicates': 2,
  split: 1,
  defer: 1,
};

/** @throws {UsageError} for samples that are not in the dataset or the group, too few, or all where some must be left */
export function sidesOf(workspace: Workspace, datasetId: number, request: DecisionRequest): number[][] {
  const { group, kind } = request;
  const members = group === undefined ? undefined : membersOf(workspace, datasetId, group);
  const samples = checked(
    workspace,
    datasetId,
    request,
    members?.map(({ id }) => id),
  );
  if (kind !== 'keep-only' && kind !== 'split') return [samples];
  if (!members) throw new UsageError(`"${kind}" is about one group: --group ID, with --samples ID,ID of it.`);
  const chosen = new Set(samples);
  // the fate of images that go in any case, such as leaks, is no matter of the group
  const rest = members.filter(({ id, rank }) => !chosen.has(id) && (kind === 'split' || rank !== null));
  if (kind === 'split' && rest.length === 0) {
    throw new UsageError(`"split" needs some images of group ${group}, and others that are left.`);
  }
  return [samples, rest.map(({ id }) => id)];
}

function checked(
  workspace: Workspace,
  datasetId: number,
  { dataset, group, kind, samples: given }: DecisionRequest,
  members: readonly number[] | undefined,
): number[] {
  const samples = [...new Set(given ?? members ?? [])].sort((a, b) => a - b);
  const least = leastSamples[kind];
  if (samples.length < least) {
    throw new UsageError(`"${kind}" needs at least ${least} samples: --samples ID,ID or --group ID.`);
  }
  const known = workspace.sqlite.prepare<[number, number]>('SELECT 1 FROM samples WHERE id = ? AND dataset_id = ?');
  const inGroup = members && new Set(members);
  const unknown = samples.filter((sample) =>
    inGroup ? !inGroup.has(sample) : known.get(sample, datasetId) === undefined,
  );
  if (unknown.length > 0) {
    const where = group === undefined ? `dataset "${dataset}"` : `group ${group}`;
    throw new UsageError(`Not in ${where}: ${unknown.slice(0, 5).join(', ')}${unknown.length > 5 ? ', ...' : ''}.`);
  }
  return samples;
}

interface Member {
  id: number;
  /** Null of images that go in any case, such as leaks. */
  rank: number | null;
  /** 0 or 1. */
  keep: number;
}

/** @throws {UsageError} for a group that the dataset does not have */
export function membersOf({ sqlite }: Workspace, datasetId: number, group: number): Member[] {
  const members = sqlite
    .prepare<[number, number], Member>(
      `SELECT m.sample_id AS id, m.rank, m.keep FROM members m JOIN duplicate_groups g ON g.id = m.group_id
       JOIN balances b ON b.id = g.balance_id WHERE g.id = ? AND b.dataset_id = ?`,
    )
    .all(group, datasetId);
  if (members.length === 0) throw new UsageError(`The dataset has no group ${group}.`);
  return members;
}
