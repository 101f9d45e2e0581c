/**
 * @file Images that people called no duplicates of each other never share a group: pairs join from the nearest to the
 * farthest, and a pair that would bring two of them together is passed over. So a third image goes with the nearer one.
 */

import { DistilleryError } from '../errors.ts';
import { filterEdges, kruskal, mergeForests, type Forest } from './forest.ts';
import { forEachKept, type Graph } from './graph.ts';
import { PairList } from './pairs.ts';
import type { Pass } from './pass.ts';
import { UnionFind } from './unionFind.ts';

/**
 * The forest with the sides of each constraint kept apart. Only components that hold rows of two sides are built anew,
 * from all of their pairs; the others stay as they are.
 * @param constraints each as its sides, rows
 * @throws {DistilleryError} where a search with `--top-k all` no longer has all pairs.
 */
export async function keepApart(
  graph: Graph,
  pass: Pass,
  beta: number,
  constraints: readonly number[][][],
): Promise<Forest> {
  const { components, forest } = graph;
  const affected = new Set<number>();
  for (const sides of constraints) {
    const sideOf = new Map<number, number>();
    for (const [side, rows] of sides.entries()) {
      for (const row of rows) {
        const root = components.find(row);
        if ((sideOf.get(root) ?? side) !== side) affected.add(root);
        sideOf.set(root, side);
      }
    }
  }
  if (affected.size === 0) return forest;
  if (!graph.exhaustive) {
    throw new DistilleryError(
      'There are too many pairs to keep those that "not-duplicates" decisions need with --top-k all. Give a number, such as --top-k 1000, or a smaller --beta.',
    );
  }
  const pairs = new PairList();
  await forEachKept(pass, beta, (i, j, distance) => {
    if (affected.has(components.find(i))) pairs.push(i, j, distance);
  });
  const groups = new MarkedGroups(pass.manifest.images, constraints);
  const rebuilt = kruskal(pairs, groups.join.bind(groups));
  const others = filterEdges(forest, (edge) => !affected.has(components.find(forest.first[edge]!)));
  return mergeForests(others, rebuilt);
}

/** Union-find in which each group knows the constraints of which it holds a row, and on which side. */
export class MarkedGroups {
  readonly #groups: UnionFind;
  /** By root: side by constraint. */
  readonly #marks = new Map<number, Map<number, number>>();

  constructor(images: number, constraints: readonly number[][][]) {
    this.#groups = new UnionFind(images);
    for (const [constraint, sides] of constraints.entries()) {
      for (const [side, rows] of sides.entries()) {
        for (const row of rows) {
          const marks = this.#marks.get(row);
          if (marks) marks.set(constraint, side);
          else this.#marks.set(row, new Map([[constraint, side]]));
        }
      }
    }
  }

  /** The lowest member of the group. */
  find(i: number): number {
    return this.#groups.find(i);
  }

  /** False where the two are together already or must not be. */
  join(i: number, j: number): boolean {
    const roots = [this.#groups.find(i), this.#groups.find(j)] as const;
    if (roots[0] === roots[1]) return false;
    const marks = roots.map((root) => this.#marks.get(root));
    const [fewer, more] = (marks[0]?.size ?? 0) < (marks[1]?.size ?? 0) ? marks : marks.toReversed();
    if (fewer && more) {
      for (const [constraint, side] of fewer) if ((more.get(constraint) ?? side) !== side) return false;
      for (const [constraint, side] of fewer) more.set(constraint, side);
    }
    this.#groups.union(i, j);
    const joined = more ?? fewer;
    if (joined) this.#marks.set(Math.min(...roots), joined);
    return true;
  }
}
