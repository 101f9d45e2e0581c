/** @file Groups that are split and cut, against plain graphs. Run: npx vitest run test/engine/decisions/cut.test.ts */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut, previewCut } from '../../../src/main/engine/review/cut.ts';
import { decide } from '../../../src/main/engine/decisions/decide.ts';
import { undo } from '../../../src/main/engine/decisions/history.ts';
import { groupTree, partsOf } from '../../../src/main/engine/review/links.ts';
import { findEmbeddings, readRows } from '../../../src/main/engine/store/embeddings.ts';
import { connected, distanceIn, minimumTree, type Edge } from '../balance/reference.ts';
import { clusteredRows, DATASET, workspaceWith } from '../support/vectors.ts';
import { balance, balancedRing, beta, groupsOf } from './support.ts';

const dim = 4;

/** A balanced workspace, all pairs within beta by samples, and its largest group. */
async function randomGroups(seed: number, limit: number) {
  const workspace = await workspaceWith(clusteredRows(40, dim, seed, 3), dim);
  await balance(workspace, { beta: limit, topK: 'all' });
  const set = await findEmbeddings(workspace, DATASET);
  const distance = distanceIn(await readRows(set, 'image', 0, 40), dim);
  const edges: Edge[] = [];
  for (let i = 0; i < 40; i++) {
    for (let j = i + 1; j < 40; j++) if (distance(i, j) <= limit) edges.push([distance(i, j), i + 1, j + 1]);
  }
  const groups = groupsOf(workspace);
  const members = groups.toSorted((a, b) => b.length - a.length)[0]!;
  return { workspace, edges, members, group: groups.indexOf(members) + 1 };
}

const inside = (edges: Edge[], members: number[]): Edge[] => edges.filter(([, i]) => members.includes(i));
const bySize = (parts: number[][]): number[][] => parts.toSorted((a, b) => b.length - a.length || a[0]! - b[0]!);

describe('the stored tree', () => {
  it('is the minimum spanning tree of the group', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1000), async (seed) => {
        const { workspace, edges, members, group } = await randomGroups(seed, 0.6);
        if (members.length < 3) return;
        const { links } = groupTree(workspace, group);
        const tree = minimumTree(members, inside(edges, members));
        expect(links.map(({ distance, first, second }) => [distance, first, second])).toEqual(tree);
        for (const at of [0, tree.length >> 1, tree.length - 1]) {
          const limit = tree[at]![0];
          const near = inside(edges, members).filter(([distance]) => distance <= limit);
          expect(partsOf(groupTree(workspace, group), limit).parts).toEqual(bySize(connected(members, near)));
        }
      }),
      { numRuns: 15 },
    );
  });
});

describe('a cut', () => {
  it('parts what hangs together least, and the next balance obeys', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1000), async (seed) => {
        const { workspace, edges, members, group } = await randomGroups(seed, 0.6);
        if (members.length < 3) return;
        const tree = minimumTree(members, inside(edges, members));
        const [a, b] = bySize(connected(members, tree.slice(0, -1))) as [number[], number[]];
        const { sides, links } = previewCut(workspace, { group });
        expect([sides, links]).toEqual([
          [a, b],
          [{ distance: tree.at(-1)![0], first: tree.at(-1)![1], second: tree.at(-1)![2] }],
        ]);
        const before = groupsOf(workspace);
        const { decided } = await cut(workspace, { dataset: DATASET, group });
        expect(decided).toMatchObject({ kind: 'split', effect: null });
        await balance(workspace, { beta: 0.6, topK: 'all' });
        const others = before.filter((_, at) => at + 1 !== group);
        const expected = [...others, a, b].filter((part) => part.length > 1).sort((x, y) => x[0]! - y[0]!);
        expect(groupsOf(workspace)).toEqual(expected);
        await undo(workspace, { dataset: DATASET });
        await balance(workspace, { beta: 0.6, topK: 'all' });
        expect(groupsOf(workspace)).toEqual(before);
      }),
      { numRuns: 12 },
    );
  });

  it('after a cut is one of a part, and at a distance of many', async () => {
    const workspace = await balancedRing();
    expect(previewCut(workspace, { group: 1 }).sides).toEqual([[1, 2, 3], [4]]);
    await cut(workspace, { dataset: DATASET, group: 1 });
    expect(previewCut(workspace, { group: 1 }).sides).toEqual([[1, 2], [3]]);
    await undo(workspace, { dataset: DATASET });
    const { links, sides } = previewCut(workspace, { group: 1, distance: 0.1 });
    expect([links.length, sides]).toEqual([3, [[1], [2], [3], [4]]]);
    expect(() => previewCut(workspace, { group: 1, distance: 0.5 })).toThrow(/No link of group 1 is longer than 0.5/);
    await cut(workspace, { dataset: DATASET, group: 1, distance: 0.1 });
    expect(() => previewCut(workspace, { group: 1 })).toThrow('All images of group 1 are apart already');
    await balance(workspace, { beta });
    expect(groupsOf(workspace)).toEqual([
      [5, 6],
      [7, 8, 9],
    ]);
    await expect(cut(workspace, { dataset: DATASET, group: 99 })).rejects.toThrow('no group 99');
  });

  it('needs the links of a balance of today', async () => {
    const workspace = await balancedRing();
    workspace.sqlite.exec('DELETE FROM links');
    expect(() => previewCut(workspace, { group: 1 })).toThrow('Balance again');
  });
});

describe('a split', () => {
  it('keeps the selected from the rest: the groups are those of the graph without pairs across', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1000), fc.nat(), async (seed, pick) => {
        const { workspace, edges, members, group } = await randomGroups(seed, 0.6);
        const samples = members.filter((_, at) => ((pick >> (at % 30)) & 1) === 1);
        if (samples.length === 0 || samples.length === members.length) return;
        const before = groupsOf(workspace);
        await decide(workspace, { dataset: DATASET, kind: 'split', group, samples });
        await balance(workspace, { beta: 0.6, topK: 'all' });
        const same = inside(edges, members).filter(([, i, j]) => samples.includes(i) === samples.includes(j));
        const others = before.filter((_, at) => at + 1 !== group);
        const expected = [...others, ...connected(members, same)].filter((part) => part.length > 1);
        expect(groupsOf(workspace)).toEqual(expected.sort((x, y) => x[0]! - y[0]!));
      }),
      { numRuns: 15 },
    );
  });
});
