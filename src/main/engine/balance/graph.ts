/** @file From stored pairs to groups: the pairs of the definition at a beta, joined by union-find while they stream by. */

import { makeCollector } from './collectors.ts';
import { NearestOfEach } from './nearest.ts';
import type { OnPair } from './neighbours.ts';
import type { Pass } from './pass.ts';
import { UnionFind } from './unionFind.ts';

export interface Graph {
  components: UnionFind;
  /** Distinct pairs i < j within beta, of which one is among the k nearest of the other. */
  pairs: number;
}

/** The graph of a pass at its own beta or a smaller one. */
export async function connect(pass: Pass, beta: number): Promise<Graph> {
  const components = new UnionFind(pass.manifest.images);
  let pairs = 0;
  await forEachKept(pass, beta, (i, j) => {
    pairs++;
    components.union(i, j);
  });
  const isForest = pass.manifest.topK === 'all' && beta === pass.manifest.beta;
  return { components, pairs: isForest ? pass.pairs : pairs };
}

/**
 * The smallest beta at which at least `target` images go, or undefined when even the pass's own beta removes fewer.
 * A group of s images loses s - 1 of them, so images go one by one along a minimum spanning forest.
 */
export async function betaThatRemoves(pass: Pass, target: number): Promise<number | undefined> {
  if (target === 0) return 0;
  const { images, beta } = pass.manifest;
  const forest = makeCollector(images, 'all');
  await forEachKept(pass, beta, forest.add.bind(forest));
  const { pairs } = forest;
  const components = new UnionFind(images);
  for (const at of pairs.nearestFirst()) {
    components.union(pairs.first[at]!, pairs.second[at]!);
    if (components.joined === target) return pairs.distance[at]!;
  }
  return undefined;
}

async function forEachKept(pass: Pass, beta: number, visit: OnPair): Promise<void> {
  const { images, topK } = pass.manifest;
  if (topK === 'all') return pass.forEach(beta, visit);
  const nearest = new NearestOfEach(images, topK);
  await pass.forEach(beta, (i, j) => {
    nearest.count(i, j);
  });
  if (!nearest.prepare()) return pass.forEach(beta, visit);
  await pass.forEach(beta, (i, j, distance) => {
    nearest.collect(i, j, distance);
  });
  await pass.forEach(beta, (i, j, distance) => {
    if (nearest.keeps(i, j, distance)) visit(i, j, distance);
  });
}
