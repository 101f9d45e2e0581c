/** @file Plain references of what follows from pairs: trees by Prim, cuts, constrained joins. */

import { squaredDistance } from '../../../src/main/engine/vectors.ts';

export type Edge = [distance: number, first: number, second: number];

export const distanceIn = (rows: Float32Array, dim: number) => (i: number, j: number) =>
  Math.sqrt(squaredDistance(rows, i, rows, j, dim));

export const byDistance = (a: Edge, b: Edge): number => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];

/** Members reachable from each other by the edges; singles too, by their lowest member. */
export function connected(members: readonly number[], edges: readonly Edge[]): number[][] {
  const parts: number[][] = [];
  const open = new Set(members);
  for (const member of members) {
    if (!open.delete(member)) continue;
    const part = [member];
    for (const at of part) {
      for (const [, i, j] of edges) {
        for (const [from, to] of [[i, j] as const, [j, i] as const]) if (from === at && open.delete(to)) part.push(to);
      }
    }
    parts.push(part.sort((a, b) => a - b));
  }
  return parts;
}

/** The minimum spanning tree of connected members by Prim's algorithm, ties by rows. */
export function minimumTree(members: readonly number[], edges: readonly Edge[]): Edge[] {
  const inside = new Set(members.slice(0, 1));
  const tree: Edge[] = [];
  while (inside.size < members.length) {
    const [next] = edges.filter(([, i, j]) => inside.has(i) !== inside.has(j)).sort(byDistance);
    tree.push(next!);
    inside.add(next![1]).add(next![2]);
  }
  return tree.sort(byDistance);
}

/** Parts after cutting the last edge of each part that does not fit, again and again, and the number of cuts. */
export function cutUntil(
  members: readonly number[],
  tree: readonly Edge[],
  fits: (part: readonly number[]) => boolean,
): { parts: number[][]; cuts: number } {
  if (members.length < 2 || fits(members)) return { parts: [[...members]], cuts: 0 };
  const rest = tree.slice(0, -1);
  const found = connected(members, rest).map((part) =>
    cutUntil(
      part,
      rest.filter(([, i]) => part.includes(i)),
      fits,
    ),
  );
  return { parts: found.flatMap(({ parts }) => parts), cuts: 1 + found.reduce((sum, { cuts }) => sum + cuts, 0) };
}

/** Groups by joining pairs from the nearest on, unless two of one set would come together. */
export function joinedApart(images: number, edges: readonly Edge[], sets: readonly number[][]): number[][] {
  let parts = Array.from({ length: images }, (_, image) => [image]);
  for (const [, i, j] of edges.toSorted(byDistance)) {
    const [a, b] = [i, j].map((image) => parts.find((part) => part.includes(image))!);
    const both = [...a!, ...b!].sort((x, y) => x - y);
    if (a === b || sets.some((set) => both.filter((image) => set.includes(image)).length > 1)) continue;
    parts = [...parts.filter((part) => part !== a && part !== b), both];
  }
  return parts.filter((part) => part.length > 1).sort((a, b) => a[0]! - b[0]!);
}
