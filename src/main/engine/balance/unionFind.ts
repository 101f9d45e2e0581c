/** @file Union-find on one typed array; the lowest member is the root, so that no order of joins changes a result. */

export class UnionFind {
  readonly #parent: Int32Array;
  /** Joins that connected two groups: the number of members beyond one per group. */
  joined = 0;

  constructor(size: number) {
    this.#parent = Int32Array.from({ length: size }, (_, i) => i);
  }

  /** Lowest member of the group. */
  find(member: number): number {
    const parent = this.#parent;
    while (parent[member]! !== member) {
      parent[member] = parent[parent[member]!]!; // path halving
      member = parent[member]!;
    }
    return member;
  }

  /** True when the two were apart before. */
  union(a: number, b: number): boolean {
    const [rootA, rootB] = [this.find(a), this.find(b)];
    if (rootA === rootB) return false;
    this.#parent[Math.max(rootA, rootB)] = Math.min(rootA, rootB);
    this.joined++;
    return true;
  }
}
