/** @file Two annotators on the same groups: how far they agree beyond chance, and where they do not. */

import { MarkedGroups } from '../balance/apart.ts';
import { UsageError } from '../errors.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import { findDataset, latestBalance, type Workspace } from '../store/workspace.ts';
import { chooseKept, REMOVED } from '../decisions/choice.ts';
import { decide, type DecisionResult } from '../decisions/decide.ts';
import { standingDecisions, type StandingDecisions } from '../decisions/standing.ts';

export interface Opinion {
  /** Samples that would stay if only this annotator's decisions counted. */
  kept: number[];
}

export interface Disagreement {
  group: number;
  size: number;
  /** In the order of the annotators. */
  opinions: [Opinion, Opinion];
  /** Decision that settled it, made after both. */
  settledBy: number | null;
}

export interface Agreement {
  annotators: [string, string];
  /** Groups that both decided on, and their images. */
  groups: number;
  images: number;
  /** Images that both keep, only the first, only the second, neither. */
  table: [number, number, number, number];
  /** Share of the images on which they agree, and the share expected by chance. */
  observed: number | null;
  expected: number | null;
  /** Cohen's kappa; null without images, and where both say the same of all. */
  kappa: number | null;
  /** Open ones first, then by group. */
  disagreements: Disagreement[];
}

/** Names with decisions that stand, the busiest first. */
export function annotators({ sqlite }: Workspace, datasetId: number): { annotator: string; decisions: number }[] {
  return sqlite
    .prepare<[number], { annotator: string; decisions: number }>(
      `SELECT annotator, count(*) AS decisions FROM decisions
       WHERE dataset_id = ? AND undone_at IS NULL AND settles = 0 AND kind <> 'defer'
       GROUP BY annotator ORDER BY decisions DESC, annotator`,
    )
    .all(datasetId);
}

/**
 * Cohen's kappa: (observed - expected) / (1 - expected) of a square table of counts, `table[i][j]` items that the first
 * called i and the second j (Cohen 1960). Null where it is not defined.
 */
export function cohenKappa(table: readonly (readonly number[])[]): {
  observed: number | null;
  expected: number | null;
  kappa: number | null;
} {
  const total = table.flat().reduce((sum, count) => sum + count, 0);
  if (total === 0) return { observed: null, expected: null, kappa: null };
  const rows = table.map((row) => row.reduce((sum, count) => sum + count, 0) / total);
  const columns = table.map((_, j) => table.reduce((sum, row) => sum + row[j]!, 0) / total);
  const observed = table.reduce((sum, row, i) => sum + row[i]!, 0) / total;
  const expected = rows.reduce((sum, share, i) => sum + share * columns[i]!, 0);
  return { observed, expected, kappa: expected === 1 ? null : (observed - expected) / (1 - expected) };
}

/** Groups between two looks at whether to stop; some tens of milliseconds. */
const groupsAtOnce = 1000;

/**
 * Compares what two annotators said of the groups of the latest balance that both decided on, image by image: kept or
 * not. Each opinion is what the balance would keep by that annotator's decisions alone, latest first; so both stay on
 * record whoever decided last.
 * @throws {UsageError} without a balance, for one annotator twice, and for a name without decisions. @throws {CancelledError}
 */
export async function agreement(
  workspace: Workspace,
  { dataset, annotators: names }: { dataset: string; annotators: readonly [string, string] },
  context: StageContext,
): Promise<Agreement> {
  const { datasetId, balance } = await subject(workspace, dataset);
  const known = annotators(workspace, datasetId).map(({ annotator }) => annotator);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(
      `"${unknown}" decided nothing on "${dataset}"; annotators: ${known.join(', ') || 'none yet'}.`,
    );
  }
  if (names[0] === names[1]) throw new UsageError(`Give two annotators: ${known.join(', ')}.`);
  const opinionOf: ReturnType<typeof opinions>[] = [];
  for (const [done, name] of names.entries()) {
    context.onProgress({ stage: 'agreement: decisions', done, total: names.length, unit: 'annotators' });
    await checkpoint(context);
    opinionOf.push(opinions(workspace, datasetId, name));
  }
  await checkpoint(context);
  const both = reviewedByBoth(workspace, balance, names);
  const membersOf = membersQuery(workspace);
  const [keepBoth, keepFirst, keepSecond, neither] = [0, 1, 2, 3] as const;
  const table: Agreement['table'] = [0, 0, 0, 0];
  const disagreements: Disagreement[] = [];
  for (const [done, { group, settledBy }] of both.entries()) {
    if (done % groupsAtOnce === 0) {
      context.onProgress({ stage: 'agreement: groups', done, total: both.length, unit: 'groups' });
      await checkpoint(context);
    }
    const members = membersOf(group);
    const kept = opinionOf.map((opinion) => opinion(group, members));
    let same = true;
    for (let at = 0; at < members.length; at++) {
      const [first, second] = [kept[0]![at] === 1, kept[1]![at] === 1];
      same &&= first === second;
      table[first ? (second ? keepBoth : keepFirst) : second ? keepSecond : neither]++;
    }
    if (same) continue;
    const idsOf = (keep: Uint8Array): Opinion => ({
      kept: members.flatMap(({ id }, at) => (keep[at] === 1 ? [id] : [])),
    });
    disagreements.push({
      group,
      size: members.length,
      opinions: [idsOf(kept[0]!), idsOf(kept[1]!)],
      settledBy,
    });
  }
  return {
    annotators: [...names],
    groups: both.length,
    images: table.reduce((sum, count) => sum + count, 0),
    table,
    ...cohenKappa([
      [table[keepBoth], table[keepFirst]],
      [table[keepSecond], table[neither]],
    ]),
    disagreements: disagreements.sort(
      (a, b) => Number(a.settledBy !== null) - Number(b.settledBy !== null) || a.group - b.group,
    ),
  };
}

/**
 * Ends a disagreement by taking one annotator's opinion of a group. It counts, and changes neither's record.
 * @throws {UsageError} for a group that the dataset does not have
 */
export async function settle(
  workspace: Workspace,
  { dataset, group, like, annotator }: { dataset: string; group: number; like: string; annotator?: string | undefined },
): Promise<DecisionResult> {
  const { id: datasetId } = await findDataset(workspace, dataset);
  const members = membersQuery(workspace)(group);
  const keep = opinions(workspace, datasetId, like)(group, members);
  const samples = members.filter((_, at) => keep[at] === 1).map(({ id }) => id);
  const kind = samples.length > 0 ? 'keep-only' : 'remove';
  return decide(workspace, {
    ...{ dataset, group, kind, annotator, settles: true },
    samples: samples.length > 0 ? samples : undefined,
  });
}

interface Member {
  id: number;
  rank: number | null;
}

async function subject(workspace: Workspace, dataset: string): Promise<{ datasetId: number; balance: number }> {
  const { id: datasetId } = await findDataset(workspace, dataset);
  const balance = await latestBalance(workspace, datasetId);
  if (!balance)
    throw new UsageError(`Dataset "${dataset}" has no balance yet: distillery balance --dataset ${dataset}`);
  return { datasetId, balance: balance.id };
}

function membersQuery({ sqlite }: Workspace): (group: number) => Member[] {
  const select = sqlite.prepare<[number], Member>(
    'SELECT sample_id AS id, rank FROM members WHERE group_id = ? ORDER BY sample_id',
  );
  return (group) => select.all(group);
}

/** Who of a group's members would stay by one annotator's decisions, `[members]`; parts that were split off by themselves. */
function opinions(
  workspace: Workspace,
  datasetId: number,
  annotator: string,
): (group: number, members: readonly Member[]) => Uint8Array {
  const standing = standingDecisions(workspace, datasetId, annotator);
  const constraintsOf = bySample(standing);
  const links = workspace.sqlite.prepare<[number], { first: number; second: number }>(
    'SELECT first_id AS first, second_id AS second FROM links WHERE group_id = ? ORDER BY distance, first_id, second_id',
  );
  return (group, members) => {
    const rowOf = new Map(members.map(({ id }, row) => [id, row]));
    const apart = [...new Set(members.flatMap(({ id }) => constraintsOf.get(id) ?? []))].map((at) =>
      standing.apart[at]!.map((side) => side.flatMap((sample) => rowOf.get(sample) ?? [])).filter(
        (side) => side.length > 0,
      ),
    );
    const groups = new MarkedGroups(members.length, apart);
    if (apart.every((sides) => sides.length < 2)) for (let row = 1; row < members.length; row++) groups.join(0, row);
    else for (const { first, second } of links.all(group)) groups.join(rowOf.get(first)!, rowOf.get(second)!);
    const keep = new Uint8Array(members.length);
    for (const rows of Map.groupBy(members.keys(), (row) => groups.find(row)).values()) {
      const own = new Uint8Array(rows.length);
      const ranks = rows.map((row) => members[row]!.rank ?? REMOVED);
      chooseKept(ranks, (at) => standing.verdicts.get(members[rows[at]!]!.id), own);
      for (const [at, row] of rows.entries()) keep[row] = own[at]!;
    }
    return keep;
  };
}

/** Constraints by their samples. */
function bySample({ apart }: StandingDecisions): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const [at, sides] of apart.entries()) {
    for (const sample of sides.flat()) {
      const own = found.get(sample);
      if (own) own.push(at);
      else found.set(sample, [at]);
    }
  }
  return found;
}

/** Groups that both decided on, and the decision that settled each after both. */
function reviewedByBoth(
  { sqlite }: Workspace,
  balance: number,
  [first, second]: readonly [string, string],
): { group: number; settledBy: number | null }[] {
  const last = (which: string): string => `max(CASE WHEN ${which} THEN d.decided_at END)`;
  const own = (name: string): string => last(`d.annotator = @${name} AND d.settles = 0`);
  const rows = sqlite
    .prepare<
      object,
      { group: number; settledBy: number | null; first: string; second: string; settled: string | null }
    >(
      `SELECT m.group_id AS "group", ${own('first')} AS first, ${own('second')} AS second,
         ${last('d.settles = 1')} AS settled, max(CASE WHEN d.settles = 1 THEN d.id END) AS settledBy
       FROM duplicate_groups g JOIN members m ON m.group_id = g.id JOIN decision_samples s ON s.sample_id = m.sample_id
       JOIN decisions d ON d.id = s.decision_id
       WHERE g.balance_id = @balance AND g.review > 0 AND d.undone_at IS NULL AND (d.kind IN ('keep', 'keep-only', 'remove')
         OR (d.kind IN ('not-duplicates', 'split') AND d.decided_at > (SELECT finished_at FROM balances WHERE id = @balance)))
       GROUP BY m.group_id HAVING first IS NOT NULL AND second IS NOT NULL ORDER BY m.group_id`,
    )
    .all({ balance, first, second });
  return rows.map(({ group, settledBy, settled, first: a, second: b }) => ({
    group,
    settledBy: settled !== null && settled >= (a > b ? a : b) ? settledBy : null,
  }));
}
