/** @file What a decision changes in the latest balance at once: the same as a new balance would, image by image. */

import type { Workspace } from '../store/workspace.ts';
import { chooseKept, REMOVED } from './choice.ts';
import { verdictQuery } from './standing.ts';

export interface Effect {
  /** Images of the latest balance after it. */
  kept: number;
  removed: number;
  /** Groups of which now no image stays. */
  emptied: number[];
}

/**
 * Brings keepers, removals and counts of the latest balance up to date after what was said of these samples; call inside a
 * transaction. Undefined where it must wait for the next balance: there is none yet, an older version made it, or a
 * sample was removed by it for another reason (a leak).
 */
export function takeEffect(workspace: Workspace, datasetId: number, samples: readonly number[]): Effect | undefined {
  const { sqlite } = workspace;
  const balance = sqlite
    .prepare<[number], { id: number }>('SELECT id FROM balances WHERE dataset_id = ? ORDER BY id DESC LIMIT 1')
    .get(datasetId);
  if (!balance) return undefined;
  const state = new BalanceState(workspace, balance.id);
  const known = samples.filter((sample) => state.lookedAt(sample));
  if (known.some((sample) => state.removedOtherwise(sample))) return undefined;
  if (known.length === 0 && samples.length > 0) return undefined;
  const groups = new Set(known.map((sample) => state.groupOf(sample)).filter((group) => group !== undefined));
  const affected = new Set([...known, ...[...groups].flatMap((group) => state.members(group).map(({ id }) => id))]);
  const countRemoved = (): number => [...affected].filter((sample) => state.isRemoved(sample)).length;
  const before = countRemoved();
  for (const sample of known) state.setRemoval(sample);
  const emptied = [...groups].filter((group) => !state.choose(group));
  const counts = sqlite
    .prepare<[number, number, number], { kept: number; removed: number }>(
      'UPDATE balances SET removed = removed + ?, kept = kept - ? WHERE id = ? RETURNING kept, removed',
    )
    .get(countRemoved() - before, countRemoved() - before, balance.id)!;
  return { ...counts, emptied };
}

interface Member {
  id: number;
  /** Null: removed in any case. */
  rank: number | null;
}

/** Prepared questions to one balance. */
class BalanceState {
  readonly lookedAt: (sample: number) => boolean;
  readonly groupOf: (sample: number) => number | undefined;
  readonly members: (group: number) => Member[];
  readonly isRemoved: (sample: number) => boolean;
  readonly removedOtherwise: (sample: number) => boolean;
  readonly setRemoval: (sample: number) => void;
  /** Sets who stays in a group; false where nobody does. */
  readonly choose: (group: number) => boolean;

  constructor(workspace: Workspace, balance: number) {
    const { sqlite } = workspace;
    const verdictOf = verdictQuery(workspace);
    const one = <T>(sql: string) => sqlite.prepare<number[], T>(sql).pluck();
    const look = one<number>('SELECT 1 FROM balance_samples WHERE balance_id = ? AND first <= ? AND last >= ?');
    this.lookedAt = (sample) => look.get(balance, sample, sample) !== undefined;
    const group = one<number>(
      `SELECT m.group_id FROM members m JOIN duplicate_groups g ON g.id = m.group_id
       WHERE m.sample_id = ? AND g.balance_id = ?`,
    );
    this.groupOf = (sample) => group.get(sample, balance);
    const list = sqlite.prepare<[number], Member>(
      'SELECT sample_id AS id, rank FROM members WHERE group_id = ? ORDER BY sample_id',
    );
    this.members = (id) => list.all(id);
    const outside = one<string>('SELECT reason FROM removals WHERE balance_id = ? AND sample_id = ?');
    const keep = one<number>(
      `SELECT m.keep FROM members m JOIN duplicate_groups g ON g.id = m.group_id
       WHERE m.sample_id = ? AND g.balance_id = ?`,
    );
    this.isRemoved = (sample) => outside.get(balance, sample) !== undefined || keep.get(sample, balance) === 0;
    this.removedOtherwise = (sample) => (outside.get(balance, sample) ?? 'decision') !== 'decision';
    const insert = sqlite.prepare(
      `INSERT OR IGNORE INTO removals (balance_id, sample_id, reason) VALUES (?, ?, 'decision')`,
    );
    const remove = sqlite.prepare('DELETE FROM removals WHERE balance_id = ? AND sample_id = ?');
    this.setRemoval = (sample) => {
      (verdictOf(sample) === 'remove' ? insert : remove).run(balance, sample);
    };
    const update = sqlite.prepare('UPDATE members SET keep = ? WHERE group_id = ? AND sample_id = ?');
    this.choose = (id) => {
      const members = list.all(id);
      const chosen = new Uint8Array(members.length);
      const ranks = members.map(({ rank }) => rank ?? REMOVED);
      chooseKept(
        ranks,
        (at) => (this.removedOtherwise(members[at]!.id) ? undefined : verdictOf(members[at]!.id)),
        chosen,
      );
      for (const [at, member] of members.entries()) update.run(chosen[at], id, member.id);
      return chosen.includes(1);
    };
  }
}
