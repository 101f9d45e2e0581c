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
 * The forest with each set of rows kept apart. Only components that hold two rows of a set are built anew, from all of
 * their pairs; the others stay as they are.
 * @throws {DistilleryError} where a search with `--top-k all` no longer has all pairs.
 */
export async function keepApart(graph: Graph, pass: Pass, beta: number, sets: readonly number[][]): Promise<Forest> {
  const { components, forest } = graph;
  const affected = new Set<number>();
  for (const set of sets) {
    const roots = new Set<number>();
    for (const row of set) {
      const root = components.find(row);
      if (roots.has(root)) affected.add(root);
      roots.add(root);
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
  const groups = new MarkedGroups(pass.manifest.images, sets);
  const rebuilt = kruskal(pairs, groups.join.bind(groups));
  const others = filterEdges(forest, (edge) => !affected.has(components.find(forest.first[edge]!)));
  return mergeForests(others, rebuilt);
}

/** Union-find in which each group knows the sets of which it holds a row. */
class MarkedGroups {
  readonly #groups: UnionFind;
  /** By root. */
  readonly #marks = new Map<number, Set<number>>();

  constructor(images: number, sets: readonly number[][]) {
    this.#groups = new UnionFind(images);
    for (const [mark, set] of sets.entries()) {
      for (const row of set) {
        const marks = this.#marks.get(row);
        if (marks) marks.add(mark);
        else this.#marks.set(row, new Set([mark]));
      }
    }
  }

  /** False where the two are together already or must not be. */
  join(i: number, j: number): boolean {
    const roots = [this.#groups.find(i), this.#groups.find(j)] as const;
    if (roots[0] === roots[1]) return false;
    const marks = roots.map((root) => this.#marks.get(root));
    const [fewer, more] = (marks[0]?.size ?? 0) < (marks[1]?.size ?? 0) ? marks : marks.toReversed();
    if (fewer && more) {
      if (!fewer.isDisjointFrom(more)) return false;
      for (const mark of fewer) more.add(mark);
    }
    this.#groups.union(i, j);
    const joined = more ?? fewer;
    if (joined) this.#marks.set(Math.min(...roots), joined);
    return true;
  }
}
