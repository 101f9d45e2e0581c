/**
 * @file Spanning forests over pairs. Kruskal's algorithm takes pairs in one total order (distance, then rows), so the
 * forest is unique, and with it all that follows from it: groups within every smaller distance, weakest links, cuts.
 */

import { PairList } from './pairs.ts';
import { UnionFind } from './unionFind.ts';

/** Edges of a forest `[e]` from the shortest to the longest, equal ones by their rows; first < second. */
export interface Forest {
  first: Int32Array;
  second: Int32Array;
  /** Euclidean. */
  distance: Float64Array;
}

/** The pairs at which `join` holds, asked from the nearest pair to the farthest. */
export function kruskal(pairs: PairList, join: (i: number, j: number) => boolean): Forest {
  const order = pairs.nearestFirst();
  let edges = 0;
  for (const at of order) if (join(pairs.first[at]!, pairs.second[at]!)) order[edges++] = at;
  return selected(pairs, order.subarray(0, edges));
}

/** The edges at which `keep` holds. */
export function filterEdges(forest: Forest, keep: (edge: number) => boolean): Forest {
  return selected(
    forest,
    Uint32Array.from(forest.distance.keys()).filter((edge) => keep(edge)),
  );
}

/** Edges of two forests over different rows. */
export function mergeForests(a: Forest, b: Forest): Forest {
  const all = new PairList();
  for (const { first, second, distance } of [a, b]) {
    for (let edge = 0; edge < first.length; edge++) all.push(first[edge]!, second[edge]!, distance[edge]!);
  }
  return kruskal(all, () => true);
}

function selected({ first, second, distance }: Forest, chosen: Uint32Array): Forest {
  const take = (at: number, edge: number): void => {
    forest.first[at] = first[edge]!;
    forest.second[at] = second[edge]!;
    forest.distance[at] = distance[edge]!;
  };
  const count = chosen.length;
  const forest = { first: new Int32Array(count), second: new Int32Array(count), distance: new Float64Array(count) };
  for (let at = 0; at < count; at++) take(at, chosen[at]!);
  return forest;
}

/** Who is connected by the edges. */
export function componentsOf({ first, second }: Forest, images: number): UnionFind {
  const components = new UnionFind(images);
  for (let edge = 0; edge < first.length; edge++) components.union(first[edge]!, second[edge]!);
  return components;
}
