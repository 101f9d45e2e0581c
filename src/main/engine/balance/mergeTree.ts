/** @file How groups grew, edge by edge: the tree of merges along a spanning forest, as arrays. */

import type { Forest } from './forest.ts';
import { UnionFind } from './unionFind.ts';

/**
 * Node r < images is a row; node images + e is the part that edge e made of two others. So cutting the longest edge of a part
 * leaves its two children, and children come before parents.
 */
export interface MergeTree {
  images: number;
  /** By edge: the child with more rows. */
  larger: Int32Array;
  smaller: Int32Array;
  /** By node: the node it became part of, or -1 `[images + edges]`. */
  parent: Int32Array;
  /** By node: place of its first row in an order in which the rows of each node stand together `[images + edges]`. */
  start: Int32Array;
  /** Rows by node `[images + edges]`. */
  size: Int32Array;
}

export function mergeTree({ first, second }: Forest, images: number): MergeTree {
  const edges = first.length;
  const nodes = images + edges;
  const tree: MergeTree = {
    images,
    larger: new Int32Array(edges),
    smaller: new Int32Array(edges),
    parent: new Int32Array(nodes).fill(-1),
    start: new Int32Array(nodes),
    size: new Int32Array(nodes).fill(1, 0, images),
  };
  const { larger, smaller, parent, start, size } = tree;
  const components = new UnionFind(images);
  const nodeOfRoot = Int32Array.from({ length: images }, (_, row) => row);
  for (let edge = 0; edge < edges; edge++) {
    const node = images + edge;
    const children = [first[edge]!, second[edge]!].map((row) => nodeOfRoot[components.find(row)]!) as [number, number];
    if (size[children[0]]! < size[children[1]]!) children.reverse();
    [larger[edge], smaller[edge]] = children;
    for (const child of children) {
      parent[child] = node;
      size[node]! += size[child]!;
    }
    components.union(first[edge]!, second[edge]!);
    nodeOfRoot[components.find(first[edge]!)] = node;
  }
  let next = 0;
  for (let node = nodes - 1; node >= 0; node--) {
    if (parent[node] === -1) {
      start[node] = next;
      next += size[node]!;
    }
    if (node < images) continue;
    const edge = node - images;
    start[larger[edge]!] = start[node]!;
    start[smaller[edge]!] = start[node]! + size[larger[edge]!]!;
  }
  return tree;
}
