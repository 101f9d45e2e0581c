/** @file What the review of duplicates asks of a balance: its facts, its groups page by page, and one group. */

import type {
  BalanceFacts,
  Cursor,
  GroupDetail,
  GroupFacts,
  GroupOrder,
  GroupPage,
  GroupRow,
  LeakPage,
  ReviewMember,
} from '../../../preload/contract.ts';
import { apartIn } from '../review/links.ts';
import { verdictQuery } from '../decisions/standing.ts';
import { UsageError } from '../errors.ts';
import type { Workspace } from '../store/workspace.ts';
import { balanceOptions, countDecisions, countWaiting } from './queries.ts';
import { sampleView, sampleColumns, type SampleRow } from './samples.ts';

/** Values of an order. Balances of older versions have no diameter and no weakest link: these come last. */
// each is the expression of an index, 0005-review.ts
const orderValues: Record<GroupOrder, string> = {
  review: 'g.size - 10000000000 * g.review',
  size: 'g.size',
  diameter: 'coalesce(g.diameter, -1)',
  weakest: 'coalesce(g.weakest, -1)',
  meanDistance: 'g.mean_distance',
};

const factColumns = `g.id, g.size, g.mean_distance AS meanDistance, g.diameter, g.diameter_exact AS diameterExact, g.weakest,
  (SELECT count(*) FROM members m WHERE m.group_id = g.id AND m.keep = 1) AS kept,
  g.review`;
type FactRow = Omit<GroupFacts, 'diameterExact' | 'review'> & { diameterExact: 0 | 1 | null; review: 0 | 1 | 2 };

const reviewStates = ['open', 'deferred', 'decided'] as const;

const factsOf = (row: FactRow): GroupFacts => ({
  ...row,
  diameterExact: row.diameterExact === 1,
  review: reviewStates[row.review],
});

export interface GroupQuery {
  balance: number;
  order: GroupOrder;
  descending: boolean;
  minSize: number;
  after: Cursor | null;
  limit: number;
}

/** Groups of a balance in an order, equal ones by id; `after` is the last one of the page before. */
export function groupPage(workspace: Workspace, query: GroupQuery): GroupPage {
  const { sqlite } = workspace;
  const { balance, order, descending, minSize, after, limit } = query;
  const value = orderValues[order];
  // the index by size is read forwards or backwards, so ids run the other way too
  const [beyond, direction, idBeyond, idDirection] = descending ? ['<', 'DESC', '>', 'ASC'] : ['>', 'ASC', '<', 'DESC'];
  const place =
    after === null ? '' : `AND ${value} ${beyond}= @value AND (${value} ${beyond} @value OR g.id ${idBeyond} @id)`;
  const rows = sqlite
    .prepare<object, FactRow & { value: number }>(
      `SELECT ${factColumns}, ${value} AS value FROM duplicate_groups g
       WHERE g.balance_id = @balance AND ${order === 'size' ? '' : '+'}g.size >= @minSize ${place}
       ORDER BY ${value} ${direction}, g.id ${idDirection} LIMIT @limit`,
    )
    .all({ balance, minSize, limit, ...after });
  const keeperOf = keeperQuery(workspace);
  const last = rows.at(-1);
  return {
    groups: rows.map(({ value: _, ...row }) => ({ ...factsOf(row), keeper: keeperOf(row.id) })),
    next: last && rows.length === limit ? { value: last.value, id: last.id } : null,
  };
}

/** The picture that a group is shown by. */
function keeperQuery({ sqlite }: Workspace): (group: number) => GroupRow['keeper'] {
  const keeper = sqlite.prepare<[number], { sample: number; hasPicture: 0 | 1 }>(
    `SELECT s.id AS sample, s.file IS NOT NULL AS hasPicture FROM members m JOIN samples s ON s.id = m.sample_id
     WHERE m.group_id = ? ORDER BY m.keep DESC, m.distance, s.id LIMIT 1`,
  );
  return (group) => {
    const found = keeper.get(group);
    return found ? { ...found, hasPicture: found.hasPicture === 1 } : null;
  };
}

/** Rows of the list for these groups, in their order. */
export function groupRows(workspace: Workspace, ids: readonly number[]): GroupRow[] {
  const facts = workspace.sqlite.prepare<[number], FactRow>(
    `SELECT ${factColumns} FROM duplicate_groups g WHERE g.id = ?`,
  );
  const keeperOf = keeperQuery(workspace);
  return ids.map((id) => ({ ...factsOf(facts.get(id)!), keeper: keeperOf(id) }));
}

/** So many undecided groups are sorted while one waits. */
const fewGroups = 5000;

/**
 * The undecided group after (1) or before (-1) one in an order, around the end; those that were put off come when no
 * other is left. Null where all are decided.
 */
export function undecidedGroup(
  { sqlite }: Workspace,
  { from, step, ...query }: Omit<GroupQuery, 'after' | 'limit'> & { from: number | null; step: 1 | -1 },
): number | null {
  const { balance, order, minSize } = query;
  const value = orderValues[order];
  const descending = query.descending === (step === 1);
  const [beyond, direction, idBeyond, idDirection] = descending ? ['<', 'DESC', '>', 'ASC'] : ['>', 'ASC', '<', 'DESC'];
  // few groups are found by their state and sorted, many are met soon along the order
  const few = sqlite
    .prepare<object, number>(
      `SELECT count(*) < @few FROM (SELECT 1 FROM duplicate_groups g INDEXED BY groups_by_review
       WHERE g.balance_id = @balance AND ${orderValues.review} > -10000000000 LIMIT @few)`,
    )
    .pluck();
  const byState = few.get({ balance, few: fewGroups }) === 1;
  const source = byState ? 'INDEXED BY groups_by_review' : '';
  const undecided = byState ? `AND ${orderValues.review} > -10000000000` : '';
  const first = (review: number, after: boolean): number | undefined =>
    sqlite
      .prepare<object, number>(
        `SELECT g.id FROM duplicate_groups g ${source}
         LEFT JOIN (SELECT ${value} AS value, g.id FROM duplicate_groups g WHERE g.id = @from) o
         WHERE g.balance_id = @balance ${undecided} AND ${order === 'size' ? '' : '+'}g.size >= @minSize
           AND g.review = ${review} AND g.id <> @from
           ${after ? `AND ${value} ${beyond}= o.value AND (${value} ${beyond} o.value OR g.id ${idBeyond} o.id)` : ''}
         ORDER BY ${value} ${direction}, g.id ${idDirection} LIMIT 1`,
      )
      .pluck()
      .get({ balance, minSize, from: from ?? -1 });
  const [open, deferred] = [0, 1];
  return first(open, true) ?? first(open, false) ?? first(deferred, true) ?? first(deferred, false) ?? null;
}

export function countGroups({ sqlite }: Workspace, balance: number, minSize: number): number {
  return sqlite
    .prepare<[number, number], number>('SELECT count(*) FROM duplicate_groups WHERE balance_id = ? AND size >= ?')
    .pluck()
    .get(balance, minSize)!;
}

/** A group with a page of its members by distance to the centroid. @throws {UsageError} for a group that is gone. */
export function groupDetail(workspace: Workspace, group: number, after: Cursor | null, limit: number): GroupDetail {
  const { sqlite } = workspace;
  const facts = sqlite
    .prepare<[number], FactRow>(`SELECT ${factColumns} FROM duplicate_groups g WHERE g.id = ?`)
    .get(group);
  if (!facts) throw new UsageError(`There is no group ${group} any more. A newer balance has others.`);
  return {
    group: factsOf(facts),
    ...memberPage(workspace, group, after, limit),
    apart: apartIn(workspace, group).map((sides) => sides.map((side) => side.length)),
  };
}

/** Members of a group by distance to the centroid; of one part of it where `only` is given. */
export function memberPage(
  workspace: Workspace,
  group: number,
  after: Cursor | null,
  limit: number,
  only?: ReadonlySet<number>,
): Pick<GroupDetail, 'members' | 'next'> {
  const place = after === null ? '' : 'AND m.distance >= @value AND (m.distance > @value OR m.sample_id > @id)';
  const some = only ? 'AND m.sample_id IN (SELECT value FROM json_each(@only))' : '';
  const rows = workspace.sqlite
    .prepare<object, SampleRow & { keep: 0 | 1; distance: number }>(
      `SELECT ${sampleColumns}, m.keep, m.distance FROM members m JOIN samples s ON s.id = m.sample_id
       WHERE m.group_id = @group ${place} ${some} ORDER BY m.distance, m.sample_id LIMIT @limit`,
    )
    .all({ group, limit, ...after, ...(only && { only: JSON.stringify([...only]) }) });
  const verdictOf = verdictQuery(workspace);
  const members = rows.map((row): ReviewMember => ({
    ...sampleView(row),
    keep: row.keep === 1,
    distance: row.distance,
    verdict: verdictOf(row.sample) ?? null,
  }));
  const last = rows.at(-1);
  return { members, next: last && rows.length === limit ? { value: last.distance, id: last.sample } : null };
}

export function balanceFacts(workspace: Workspace, balance: number): BalanceFacts {
  const { sqlite } = workspace;
  const row = sqlite
    .prepare<
      [number],
      Pick<BalanceFacts, 'beta' | 'images' | 'kept' | 'removed' | 'groups'> & {
        dataset: number;
        options: string;
        finishedAt: string;
      }
    >(
      `SELECT beta, images, kept, removed, groups, dataset_id AS dataset, options, finished_at AS finishedAt
       FROM balances WHERE id = ?`,
    )
    .get(balance);
  if (!row) throw new UsageError(`There is no balance ${balance} any more.`);
  const { dataset, options, finishedAt, ...numbers } = row;
  const { keep, against } = balanceOptions.parse(JSON.parse(options));
  const curve = sqlite
    .prepare<[number], { beta: number; removed: number }>(
      'SELECT beta, removed FROM removal_curve WHERE balance_id = ? ORDER BY beta',
    )
    .all(balance);
  const count = (sql: string, ...values: (number | string)[]): number =>
    sqlite
      .prepare<(number | string)[], number>(sql)
      .pluck()
      .get(...values)!;
  return {
    ...numbers,
    keepRule: keep,
    curve: { beta: curve.map(({ beta }) => beta), removed: curve.map(({ removed }) => removed) },
    histogram: sizeHistogram(
      sqlite
        .prepare<[number], { size: number; groups: number }>(
          'SELECT size, count(*) AS groups FROM duplicate_groups WHERE balance_id = ? GROUP BY size ORDER BY size',
        )
        .all(balance),
    ),
    leaks: count(`SELECT count(*) FROM (${leakRows})`, balance, balance),
    against,
    decisions: countDecisions(workspace, dataset),
    open: count('SELECT count(*) FROM duplicate_groups WHERE balance_id = ? AND review < 2', balance),
    deferred: count('SELECT count(*) FROM duplicate_groups WHERE balance_id = ? AND review = 1', balance),
    waiting: countWaiting(workspace, dataset, finishedAt),
  };
}

/** Single sizes while they are few, then doubling bins: 2, 3, 4, 5-8, 9-16, ... up to the largest. */
export function sizeHistogram(sizes: readonly { size: number; groups: number }[]): BalanceFacts['histogram'] {
  const largest = sizes.reduce((most, { size }) => Math.max(most, size), 0);
  const bins: BalanceFacts['histogram'] = [];
  for (let from = 2; from <= largest;) {
    const to = from <= 4 ? from : 2 * (from - 1);
    bins.push({ from, to, groups: 0 });
    from = to + 1;
  }
  for (const { size, groups } of sizes) {
    const bin = bins.find(({ to }) => size <= to);
    if (bin) bin.groups += groups;
  }
  return bins;
}

const leakRows = `SELECT sample_id, other_id, distance, 1 AS removed FROM removals WHERE balance_id = ? AND reason = 'leak'
  UNION ALL SELECT sample_id, other_id, distance, 0 FROM listed_leaks WHERE balance_id = ?`;

/** Images near those of another dataset, the nearest first. */
export function leakPage({ sqlite }: Workspace, balance: number, after: Cursor | null, limit: number): LeakPage {
  const rows = sqlite
    .prepare<(number | null)[], SampleRow & { other: number | null; distance: number | null; removed: 0 | 1 }>(
      `SELECT ${sampleColumns}, l.other_id AS other, l.distance, l.removed
       FROM (${leakRows}) l JOIN samples s ON s.id = l.sample_id
       WHERE ? IS NULL OR (coalesce(l.distance, 0), s.id) > (?, ?)
       ORDER BY coalesce(l.distance, 0), s.id LIMIT ?`,
    )
    .all(balance, balance, after?.id ?? null, after?.value ?? null, after?.id ?? null, limit);
  const sample = sqlite.prepare<[number], SampleRow>(`SELECT ${sampleColumns} FROM samples s WHERE s.id = ?`);
  const last = rows.at(-1);
  return {
    leaks: rows.map((row) => {
      const other = row.other === null ? undefined : sample.get(row.other);
      return {
        ...sampleView(row),
        other: other ? sampleView(other) : null,
        distance: row.distance,
        removed: row.removed === 1,
      };
    }),
    next: last && rows.length === limit ? { value: last.distance ?? 0, id: last.sample } : null,
  };
}
