/**
 * @file What is kept of a stream of pairs, within bounds. `NearestPairs` keeps the pairs among the k nearest of an image
 * (at most k for each image met). `Forest` keeps a minimum spanning forest (at most one pair less than images), from
 * which the groups within any smaller distance follow exactly; while it is small it keeps every pair.
 */

import { NearestOfEach } from './nearest.ts';
import { PairList } from './pairs.ts';
import type { PassManifest } from './pass.ts';
import { UnionFind } from './unionFind.ts';

/** Pairs held before the superfluous ones are dropped: 64 MB. */
const LIMIT = 1 << 22;

export interface Collector {
  readonly pairs: PairList;
  /** Pairs met. */
  readonly total: number;
  add: (i: number, j: number, distance: number) => void;
}

export function makeCollector(images: number, topK: number | 'all', limit = LIMIT): Collector {
  return topK === 'all' ? new Forest(images, limit) : new NearestPairs(images, topK, limit);
}

/** For a chunk of a pass. */
export function collectorFor({ images, topK, across }: PassManifest): Collector {
  return across === undefined ? makeCollector(images, topK) : new NearestAcross();
}

/** The nearest partner of each earlier image (ties: the lower row), which serves every smaller distance. */
class NearestAcross implements Collector {
  readonly pairs = new PairList();
  total = 0;
  /** Where an image's pair lies in the list. */
  readonly #at = new Map<number, number>();

  add(i: number, j: number, distance: number): void {
    this.total++;
    const at = this.#at.get(i);
    if (at === undefined) {
      this.#at.set(i, this.pairs.length);
      this.pairs.push(i, j, distance);
      return;
    }
    const { second, distance: held } = this.pairs;
    if (distance > held[at]! || (distance === held[at] && j > second[at]!)) return;
    second[at] = j;
    held[at] = distance;
  }
}

class NearestPairs implements Collector {
  readonly pairs = new PairList();
  total = 0;
  readonly #images: number;
  readonly #k: number;
  #limit: number;

  constructor(images: number, k: number, limit: number) {
    this.#images = images;
    this.#k = k;
    this.#limit = limit;
  }

  add(i: number, j: number, distance: number): void {
    this.total++;
    this.pairs.push(i, j, distance);
    if (this.pairs.length >= this.#limit) this.#drop();
  }

  #drop(): void {
    const { pairs } = this;
    const nearest = new NearestOfEach(this.#images, this.#k);
    pairs.forEach((i, j) => {
      nearest.count(i, j);
    });
    if (nearest.prepare()) {
      pairs.forEach((i, j, distance) => {
        nearest.collect(i, j, distance);
      });
      pairs.filter((i, j, distance) => nearest.keeps(i, j, distance));
    }
    this.#limit = Math.max(this.#limit, 2 * pairs.length);
  }
}

class Forest implements Collector {
  readonly pairs = new PairList();
  total = 0;
  readonly #images: number;
  #limit: number;
  /** Groups of the pairs held at the last clearing, and the last pair in the tree of each, in Kruskal's order. */
  #groups: UnionFind | undefined;
  #last = { first: new Int32Array(0), second: new Int32Array(0), distance: new Float64Array(0) };

  constructor(images: number, limit: number) {
    this.#images = images;
    this.#limit = limit;
  }

  add(i: number, j: number, distance: number): void {
    this.total++;
    if (this.#groups) {
      const root = this.#groups.find(i);
      // the last pair of a cycle is not in the minimum spanning forest
      if (root === this.#groups.find(j) && this.#isAfterLast(root, i, j, distance)) return;
    }
    this.pairs.push(i, j, distance);
    if (this.pairs.length >= this.#limit) this.#drop();
  }

  /** Equal distances come by rows, so that the forest is the same whatever the order of the pairs. */
  #isAfterLast(root: number, i: number, j: number, distance: number): boolean {
    const last = this.#last;
    return (distance - last.distance[root]! || i - last.first[root]! || j - last.second[root]!) > 0;
  }

  /** Kruskal's algorithm over what is held. */
  #drop(): void {
    const { pairs } = this;
    const groups = new UnionFind(this.#images);
    const keep = new Uint8Array(pairs.length);
    const order = pairs.nearestFirst();
    for (const at of order) keep[at] = groups.union(pairs.first[at]!, pairs.second[at]!) ? 1 : 0;
    const last = {
      first: new Int32Array(this.#images),
      second: new Int32Array(this.#images),
      distance: new Float64Array(this.#images),
    };
    for (const at of order) {
      if (keep[at] === 0) continue;
      const root = groups.find(pairs.first[at]!);
      last.first[root] = pairs.first[at]!;
      last.second[root] = pairs.second[at]!;
      last.distance[root] = pairs.distance[at]!;
    }
    let at = 0;
    pairs.filter(() => keep[at++] === 1);
    [this.#groups, this.#last] = [groups, last];
    this.#limit = Math.max(this.#limit, 2 * pairs.length);
  }
}
