/** @file What a decision changes in the latest balance at once: the same as a new balance would, image by image. */

import type { Workspace } from '../store/workspace.ts';
import { chooseKept, REMOVED, type Verdict } from './choice.ts';
import { standingDecisions, verdictQuery } from './standing.ts';

export interface Effect {
  /** Images of the latest balance after it. */
  kept: number;
  removed: number;
  /** Groups of which now no image stays. */
  emptied: number[];
}

export interface Change extends Effect {
  /** Samples of the groups it was about, and of it, that were kept before and after. */
  before: number[];
  after: number[];
}

/** From here on all verdicts are read at once. */
const MANY = 2000;

/**
 * Brings keepers, removals and counts of the latest balance up to date after a decision that says what becomes of its
 * samples; call inside a transaction. Undefined where it must wait for the next balance: there is none yet, an older
 * version made it, or a sample was removed by it for another reason (a leak).
 */
export function takeEffect(workspace: Workspace, datasetId: number, decision: number): Change | undefined {
  const { sqlite } = workspace;
  const balance = sqlite
    .prepare<[number], number>('SELECT id FROM balances WHERE dataset_id = ? ORDER BY id DESC LIMIT 1')
    .pluck()
    .get(datasetId);
  if (balance === undefined) return undefined;
  const known = knownSamples(workspace, balance, decision);
  if (known.length === 0 || known.some(({ reason }) => reason !== null && reason !== 'decision')) return undefined;
  const verdictOf = verdicts(workspace, datasetId, known.length);
  const members = membersBeside(workspace, balance, decision);
  const grouped = new Set(members.map(({ id }) => id));
  const alone = known.filter(({ id }) => !grouped.has(id));
  const isRemoved = removalQuery(workspace, balance);
  const aloneKept = (): number[] => alone.map(({ id }) => id).filter((id) => !isRemoved(id));
  const stays = ({ keep, reason }: Member): boolean => keep === 1 && reason === null;

  const before = [...members.filter(stays).map(({ id }) => id), ...aloneKept()];
  for (const { id, reason } of known) setRemoval(workspace, balance, id, verdictOf(id) === 'remove', reason !== null);
  const emptied = chooseAgain(workspace, members, new Set(known.map(({ id }) => id)), verdictOf);
  const after = [...members.filter(stays).map(({ id }) => id), ...aloneKept()];
  const counts = sqlite
    .prepare<{ gone: number; balance: number }, { kept: number; removed: number }>(
      'UPDATE balances SET removed = removed + @gone, kept = kept - @gone WHERE id = @balance RETURNING kept, removed',
    )
    .get({ gone: before.length - after.length, balance })!;
  return { ...counts, emptied, before, after };
}

interface Known {
  id: number;
  /** Why it was removed without a nearer member. */
  reason: string | null;
}

/** Samples of the decision that the balance looked at. */
function knownSamples({ sqlite }: Workspace, balance: number, decision: number): Known[] {
  return sqlite
    .prepare<object, Known>(
      `SELECT s.sample_id AS id, r.reason FROM decision_samples s
       LEFT JOIN removals r ON r.balance_id = @balance AND r.sample_id = s.sample_id
       WHERE s.decision_id = @decision AND s.sample_id <= (SELECT last FROM balance_samples
         WHERE balance_id = @balance AND first <= s.sample_id ORDER BY first DESC LIMIT 1)`,
    )
    .all({ balance, decision });
}

interface Member extends Known {
  group: number;
  /** Null: removed in any case. */
  rank: number | null;
  keep: 0 | 1;
}

/** All members of the groups of the decision's samples, group by group. CROSS JOIN: SQLite would start from all groups of the balance. */
function membersBeside({ sqlite }: Workspace, balance: number, decision: number): Member[] {
  return sqlite
    .prepare<object, Member>(
      `SELECT m.group_id AS "group", m.sample_id AS id, m.rank, m.keep, r.reason FROM members m
       LEFT JOIN removals r ON r.balance_id = @balance AND r.sample_id = m.sample_id
       WHERE m.group_id IN (SELECT o.group_id FROM decision_samples s CROSS JOIN members o ON o.sample_id = s.sample_id
         CROSS JOIN duplicate_groups g ON g.id = o.group_id WHERE s.decision_id = @decision AND g.balance_id = @balance)
       ORDER BY m.group_id, m.sample_id`,
    )
    .all({ balance, decision });
}

/** Sets who stays in each group. @returns groups of which nobody does */
function chooseAgain(
  { sqlite }: Workspace,
  members: Member[],
  known: ReadonlySet<number>,
  verdictOf: (sample: number) => Verdict | undefined,
): number[] {
  const update = sqlite.prepare('UPDATE members SET keep = ? WHERE group_id = ? AND sample_id = ?');
  const emptied: number[] = [];
  for (let first = 0, end = 0; first < members.length; first = end) {
    const { group } = members[first]!;
    while (members[end]?.group === group) end++;
    const own = members.slice(first, end);
    const keep = new Uint8Array(own.length);
    const ranks = own.map(({ rank }) => rank ?? REMOVED);
    const removedOtherwise = ({ reason }: Member): boolean => reason !== null && reason !== 'decision';
    chooseKept(ranks, (at) => (removedOtherwise(own[at]!) ? undefined : verdictOf(own[at]!.id)), keep);
    for (const [at, member] of own.entries()) {
      // a removal was just set or taken back
      if (known.has(member.id)) member.reason = null;
      if (member.keep === keep[at]) continue;
      member.keep = keep[at] as 0 | 1;
      update.run(member.keep, group, member.id);
    }
    if (!keep.includes(1)) emptied.push(group);
  }
  return emptied;
}

function setRemoval({ sqlite }: Workspace, balance: number, sample: number, remove: boolean, is: boolean): void {
  if (remove === is) return;
  const sql = remove
    ? `INSERT INTO removals (balance_id, sample_id, reason) VALUES (?, ?, 'decision')`
    : 'DELETE FROM removals WHERE balance_id = ? AND sample_id = ?';
  sqlite.prepare(sql).run(balance, sample);
}

function removalQuery({ sqlite }: Workspace, balance: number): (sample: number) => boolean {
  const query = sqlite.prepare<[number, number], 1>('SELECT 1 FROM removals WHERE balance_id = ? AND sample_id = ?');
  return (sample) => query.get(balance, sample) !== undefined;
}

function verdicts(workspace: Workspace, datasetId: number, samples: number): (sample: number) => Verdict | undefined {
  if (samples < MANY) return verdictQuery(workspace);
  const { verdicts: all } = standingDecisions(workspace, datasetId);
  return (sample) => all.get(sample);
}
