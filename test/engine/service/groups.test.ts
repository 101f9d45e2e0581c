/** @file vitest run test/engine/service: the review of duplicates, from its tables. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Cursor, GroupOrder } from '../../../src/preload/contract.ts';
import {
  balanceFacts,
  countGroups,
  groupDetail,
  groupPage,
  leakPage,
  sizeHistogram,
  undecidedGroup,
} from '../../../src/main/engine/service/groups.ts';
import { decideInGroup, latestDecisions, undoLast } from '../../../src/main/engine/service/review.ts';
import { openWorkspace, type Workspace } from '../../../src/main/engine/store/workspace.ts';

let workspace: Workspace;
const finishedAt = '2026-01-01T00:00:00.000Z';

beforeEach(() => {
  workspace = openWorkspace(mkdtempSync(path.join(tmpdir(), 'distillery-groups-')));
  run(
    "INSERT INTO datasets (name, source, format, imported_at, complete) VALUES ('food', '/src', 'folder', ?, 1)",
    finishedAt,
  );
  for (let i = 0; i < 20; i++) {
    run(
      `INSERT INTO samples (dataset_id, position, path, file, caption, width, height, status)
       VALUES (1, ?, ?, ?, 'a dish', 640, 480, 'ok')`,
      i,
      `${i}.jpg`,
      `/src/${i}.jpg`,
    );
  }
  run(
    `INSERT INTO balances (dataset_id, teacher, options, beta, images, pairs, groups, removed, kept, finished_at)
     VALUES (1, 'tiny', '{"keep":"resolution","against":"test"}', 0.4, 20, 9, 2, 4, 16, ?)`,
    finishedAt,
  );
  run('INSERT INTO balance_samples (balance_id, first, last) VALUES (1, 1, 20)');
});
afterEach(() => {
  workspace.close();
  rmSync(workspace.dir, { recursive: true, force: true });
});

function run(sql: string, ...values: unknown[]): number {
  return Number(workspace.sqlite.prepare(sql).run(...values).lastInsertRowid);
}

/** Members by distance; the first is kept. */
function insertGroup(samples: number[], facts: { diameter?: number; weakest?: number; mean?: number } = {}): number {
  const id = run(
    `INSERT INTO duplicate_groups (balance_id, size, mean_distance, diameter, diameter_exact, weakest)
     VALUES (1, ?, ?, ?, 1, ?)`,
    samples.length,
    facts.mean ?? 0.1,
    facts.diameter ?? null,
    facts.weakest ?? null,
  );
  for (const [at, sample] of samples.entries()) {
    run(
      'INSERT INTO members (group_id, sample_id, distance, keep, rank) VALUES (?, ?, ?, ?, ?)',
      id,
      sample,
      at / 10,
      at === 0 ? 1 : 0,
      at + 1,
    );
  }
  return id;
}

const everyPage = (order: GroupOrder, descending: boolean, minSize: number, limit: number): number[] => {
  const seen: number[] = [];
  let after: Cursor | null = null;
  do {
    const page = groupPage(workspace, { balance: 1, order, descending, minSize, after, limit });
    expect(page.groups.length).toBeLessThanOrEqual(limit);
    seen.push(...page.groups.map(({ id }) => id));
    after = page.next;
  } while (after !== null);
  return seen;
};

describe('pages of groups', () => {
  test('leave out nothing and repeat nothing, whatever the order, ties and page size', () => {
    const group = fc.record({
      size: fc.integer({ min: 2, max: 5 }),
      mean: fc.constantFrom(0.1, 0.2, 0.3),
      diameter: fc.option(fc.constantFrom(0, 0.25, 0.5)),
    });
    fc.assert(
      fc.property(
        fc.array(group, { maxLength: 25 }),
        fc.constantFrom<GroupOrder>('review', 'size', 'diameter', 'weakest', 'meanDistance'),
        fc.boolean(),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 2, max: 4 }),
        (groups, order, descending, limit, minSize) => {
          run('DELETE FROM duplicate_groups');
          for (const { size, mean, diameter } of groups) {
            run(
              'INSERT INTO duplicate_groups (balance_id, size, mean_distance, diameter, weakest) VALUES (1, ?, ?, ?, ?)',
              size,
              mean,
              diameter,
              diameter,
            );
          }
          const all = everyPage(order, descending, minSize, 1000);
          expect(everyPage(order, descending, minSize, limit)).toEqual(all);
          expect(all).toHaveLength(groups.filter(({ size }) => size >= minSize).length);
          expect(countGroups(workspace, 1, minSize)).toBe(all.length);
          const { groups: rows } = groupPage(workspace, {
            balance: 1,
            order,
            descending,
            minSize,
            after: null,
            limit: 1000,
          });
          const values = rows.map((row) => (order === 'review' ? row.size : (row[order] ?? -1)));
          expect(values).toEqual(values.toSorted((a, b) => (descending ? b - a : a - b)));
        },
      ),
      { numRuns: 60 },
    );
  });

  test.each(['review', 'size', 'diameter', 'weakest', 'meanDistance'] as const)(
    'by %s read an index and sort nothing',
    (order) => {
      const plans: string[] = [];
      const { sqlite } = workspace;
      const watched = {
        ...workspace,
        sqlite: {
          prepare: (sql: string) => {
            const explain = sqlite.prepare<object, { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`);
            return {
              all: (values: object) => {
                plans.push(...explain.all(values).map(({ detail }) => detail));
                return [];
              },
            };
          },
        },
      } as unknown as Workspace;
      for (const after of [null, { value: 3, id: 2 }]) {
        for (const descending of [true, false]) {
          groupPage(watched, { balance: 1, order, descending, minSize: 3, after, limit: 10 });
        }
      }
      expect(plans.join('; ')).toContain('USING INDEX groups_by_');
      expect(plans.join('; ')).not.toContain('TEMP B-TREE');
    },
  );

  test('lead to the next undecided one, around the end, put off ones last', () => {
    const group = fc.record({ size: fc.integer({ min: 2, max: 4 }), review: fc.constantFrom(0, 1, 2, 2) });
    fc.assert(
      fc.property(
        fc.array(group, { minLength: 1, maxLength: 12 }),
        fc.constantFrom<GroupOrder>('review', 'size', 'diameter'),
        fc.boolean(),
        fc.constantFrom(1 as const, -1 as const),
        fc.nat(11),
        (groups, order, descending, step, at) => {
          run('DELETE FROM duplicate_groups');
          for (const { size, review } of groups) {
            run(
              'INSERT INTO duplicate_groups (balance_id, size, mean_distance, diameter, review) VALUES (1, ?, 0, ?, ?)',
              size,
              size / 2,
              review,
            );
          }
          const query = { balance: 1, order, descending, minSize: 2 };
          const { groups: list } = groupPage(workspace, { ...query, after: null, limit: 100 });
          const place = at % list.length;
          const from = list[place]!.id;
          const around = [...list.slice(place + 1), ...list.slice(0, place)];
          if (step === -1) around.reverse();
          const wanted = (['open', 'deferred'] as const)
            .map((state) => around.find(({ review }) => review === state)?.id)
            .find((id) => id !== undefined);
          expect(undecidedGroup(workspace, { ...query, from, step })).toBe(wanted ?? null);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('tell the keeper, and what was decided', async () => {
    const group = insertGroup([3, 4, 5], { diameter: 0.2, weakest: 0.1, mean: 0.15 });
    const first = () =>
      groupPage(workspace, { balance: 1, order: 'size', descending: true, minSize: 2, after: null, limit: 5 })
        .groups[0];
    expect(first()).toEqual({
      id: group,
      size: 3,
      kept: 1,
      meanDistance: 0.15,
      diameter: 0.2,
      diameterExact: true,
      weakest: 0.1,
      review: 'open',
      keeper: { sample: 3, hasPicture: true },
    });
    await decideInGroup(workspace, { group, kind: 'keep', samples: [5], annotator: 'ann' });
    expect(first()).toMatchObject({ review: 'decided', kept: 1, keeper: { sample: 5 } });
  });
});

describe('a group', () => {
  test('has its members by distance, in pages', () => {
    const group = insertGroup([9, 2, 7, 4]);
    const first = groupDetail(workspace, group, null, 3);
    expect(first.members.map(({ sample, keep, distance }) => [sample, keep, distance])).toEqual([
      [9, true, 0],
      [2, false, 0.1],
      [7, false, 0.2],
    ]);
    expect(first.members[0]).toMatchObject({
      caption: 'a dish',
      width: 640,
      height: 480,
      hasPicture: true,
      verdict: null,
    });
    const rest = groupDetail(workspace, group, first.next, 3);
    expect([rest.members.map(({ sample }) => sample), rest.next]).toEqual([[4], null]);
    expect(() => groupDetail(workspace, 99, null, 3)).toThrow('no group 99');
  });

  test('tells what people said of its members', async () => {
    const group = insertGroup([1, 2, 3, 4]);
    await decideInGroup(workspace, { group, kind: 'remove', samples: [1], annotator: 'ann' });
    await decideInGroup(workspace, { group, kind: 'not-duplicates', samples: [2, 4], annotator: 'ann' });
    const { members, apart, group: facts } = groupDetail(workspace, group, null, 10);
    expect(members.map(({ sample, verdict, keep }) => [sample, verdict, keep])).toEqual([
      [1, 'remove', false],
      [2, null, true],
      [3, null, false],
      [4, null, false],
    ]);
    expect(apart).toEqual([[1, 1]]);
    expect(facts).toMatchObject({ kept: 1, review: 'decided' });
  });
});

describe('decisions', () => {
  test('are rows with a name, count at once, and are taken back one by one', async () => {
    const group = insertGroup([1, 2, 3]);
    const kept = await decideInGroup(workspace, { group, kind: 'keep', samples: [2, 3], annotator: 'ann' });
    expect(kept).toEqual({ decision: 1, kind: 'keep', samples: [2, 3], count: 2, group, atOnce: true, emptied: [] });
    expect(balanceFacts(workspace, 1)).toMatchObject({ kept: 17, removed: 3, decisions: 1, waiting: 0 });
    const gone = await decideInGroup(workspace, { group, kind: 'remove', samples: [], annotator: 'bob' });
    expect(gone).toMatchObject({ samples: [1, 2, 3], emptied: [group] });
    expect(latestDecisions(workspace, 1, 10).map(({ kind, annotator, count }) => [kind, annotator, count])).toEqual([
      ['remove', 'bob', 3],
      ['keep', 'ann', 2],
    ]);
    expect(await undoLast(workspace, 1, 'ann')).toMatchObject({ kind: 'remove', group });
    expect(await undoLast(workspace, 1, 'ann')).toMatchObject({ kind: 'keep', group });
    expect(balanceFacts(workspace, 1)).toMatchObject({ kept: 16, removed: 4, decisions: 0 });
    await expect(undoLast(workspace, 1, 'ann')).rejects.toThrow('no decision to undo');
  });

  test('on samples of another group, or on a group that is gone, are refused', async () => {
    const group = insertGroup([1, 2]);
    const verdict = { kind: 'keep', annotator: 'ann' } as const;
    await expect(decideInGroup(workspace, { ...verdict, group, samples: [9] })).rejects.toThrow(
      `Not in group ${group}: 9`,
    );
    await expect(decideInGroup(workspace, { ...verdict, group: 99, samples: [] })).rejects.toThrow('no group 99');
    expect(latestDecisions(workspace, 1, 10)).toEqual([]);
  });

  test('"not duplicates" waits for the next balance, and so does taking it back afterwards', async () => {
    const group = insertGroup([1, 2]);
    const apart = await decideInGroup(workspace, { group, kind: 'not-duplicates', samples: [], annotator: 'ann' });
    expect(apart.atOnce).toBe(false);
    expect(balanceFacts(workspace, 1).waiting).toBe(1);
    run("UPDATE balances SET finished_at = '2999-01-01T00:00:00.000Z'");
    expect(balanceFacts(workspace, 1).waiting).toBe(0);
    run("UPDATE decisions SET undone_at = '2999-01-02T00:00:00.000Z'");
    expect(balanceFacts(workspace, 1).waiting).toBe(1);
  });
});

describe('a balance', () => {
  test('has its numbers, its curve and the sizes of its groups', () => {
    insertGroup([1, 2]);
    insertGroup([3, 4, 5]);
    insertGroup([6, 7, 8, 9, 10, 11]);
    run('INSERT INTO removal_curve (balance_id, beta, removed) VALUES (1, 0.3, 5), (1, 0.1, 2)');
    expect(balanceFacts(workspace, 1)).toEqual({
      beta: 0.4,
      images: 20,
      kept: 16,
      removed: 4,
      groups: 2,
      keepRule: 'resolution',
      curve: { beta: [0.1, 0.3], removed: [2, 5] },
      histogram: [
        { from: 2, to: 2, groups: 1 },
        { from: 3, to: 3, groups: 1 },
        { from: 4, to: 4, groups: 0 },
        { from: 5, to: 8, groups: 1 },
      ],
      leaks: 0,
      against: 'test',
      decisions: 0,
      waiting: 0,
      open: 3,
      deferred: 0,
    });
  });

  test('of an older version has none of the newer facts', () => {
    run("UPDATE balances SET options = '{}'");
    expect(balanceFacts(workspace, 1)).toMatchObject({ keepRule: 'centroid', against: null, histogram: [] });
    expect(() => balanceFacts(workspace, 9)).toThrow('no balance 9');
  });

  test('puts every size in one bin', () => {
    const sizes = fc.uniqueArray(fc.integer({ min: 2, max: 100_000 }), { maxLength: 30 });
    fc.assert(
      fc.property(sizes, (list) => {
        const bins = sizeHistogram(list.map((size) => ({ size, groups: 3 })));
        expect(bins.reduce((sum, { groups }) => sum + groups, 0)).toBe(3 * list.length);
        for (const [at, { from }] of bins.entries()) expect(from).toBe(at === 0 ? 2 : bins[at - 1]!.to + 1);
      }),
    );
  });

  test('lists its leaks, the nearest first, removed or only listed, in pages', () => {
    run("INSERT INTO datasets (name, source, format, imported_at) VALUES ('test', '/t', 'folder', ?)", finishedAt);
    const other = run(
      "INSERT INTO samples (dataset_id, position, path, caption, status) VALUES (2, 0, 't.jpg', 'a test', 'ok')",
    );
    run(
      "INSERT INTO removals VALUES (1, 5, 'leak', ?, 0.2), (1, 6, 'decision', NULL, NULL), (1, 7, 'leak', NULL, 0.1)",
      other,
    );
    run('INSERT INTO listed_leaks VALUES (1, 8, ?, 0.2)', other);
    const first = leakPage(workspace, 1, null, 2);
    expect(first.leaks.map(({ sample, distance, removed }) => [sample, distance, removed])).toEqual([
      [7, 0.1, true],
      [5, 0.2, true],
    ]);
    expect(first.leaks.map(({ other: found }) => found?.path ?? null)).toEqual([null, 't.jpg']);
    const rest = leakPage(workspace, 1, first.next, 2);
    expect(rest.leaks.map(({ sample, removed }) => [sample, removed])).toEqual([[8, false]]);
    expect(balanceFacts(workspace, 1).leaks).toBe(3);
  });
});
