/** @file From stored pairs to groups: the pairs of the definition at a beta, joined to a forest while they stream by. */

import { makeCollector } from './collectors.ts';
import { kruskal, type Forest } from './forest.ts';
import { NearestOfEach } from './nearest.ts';
import type { OnPair } from './neighbours.ts';
import type { Pass } from './pass.ts';
import { UnionFind } from './unionFind.ts';

export interface Graph {
  components: UnionFind;
  /** Distinct pairs i < j within beta, of which one is among the k nearest of the other. */
  pairs: number;
  /** The minimum spanning forest of these pairs. */
  forest: Forest;
  /** False where the pass holds only a forest of its pairs, see `Forest` in collectors.ts. */
  exhaustive: boolean;
}

/** The graph of a pass at its own beta or a smaller one. */
export async function connect(pass: Pass, beta: number): Promise<Graph> {
  const { images, topK } = pass.manifest;
  const collector = makeCollector(images, 'all');
  await forEachKept(pass, beta, collector.add.bind(collector));
  const components = new UnionFind(images);
  const forest = kruskal(collector.pairs, components.union.bind(components));
  // a pass that dropped pairs answers no smaller beta, so all that it met are within this one
  const met = topK === 'all' && beta === pass.manifest.beta ? pass.pairs : collector.total;
  return { components, pairs: met, forest, exhaustive: met === collector.total };
}

/**
 * The smallest beta at which at least `target` images go, or undefined when even the pass's own beta removes fewer.
 * A group of s images loses s - 1 of them, so images go one by one along a minimum spanning forest.
 */
export async function betaThatRemoves(pass: Pass, target: number): Promise<number | undefined> {
  if (target === 0) return 0;
  const { forest } = await connect(pass, pass.manifest.beta);
  return forest.distance[target - 1];
}

/** Visits the pairs of the definition within beta, once each, in no order. */
export async function forEachKept(pass: Pass, beta: number, visit: OnPair): Promise<void> {
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
