/** @file A growing list of pairs with their distances, as plain arrays. */

export class PairList {
  first = new Int32Array(1024);
  second = new Int32Array(1024);
  distance = new Float64Array(1024);
  length = 0;

  push(first: number, second: number, distance: number): void {
    if (this.length === this.first.length) this.#grow();
    this.first[this.length] = first;
    this.second[this.length] = second;
    this.distance[this.length++] = distance;
  }

  forEach(visit: (first: number, second: number, distance: number) => void): void {
    for (let at = 0; at < this.length; at++) visit(this.first[at]!, this.second[at]!, this.distance[at]!);
  }

  /** Keeps the pairs at which `keep` holds, in their order. */
  filter(keep: (first: number, second: number, distance: number) => boolean): void {
    let kept = 0;
    for (let at = 0; at < this.length; at++) {
      const [first, second, distance] = [this.first[at]!, this.second[at]!, this.distance[at]!];
      if (!keep(first, second, distance)) continue;
      this.first[kept] = first;
      this.second[kept] = second;
      this.distance[kept++] = distance;
    }
    this.length = kept;
  }

  /** Positions from the nearest pair to the farthest; equal distances by ids, so that the order is one. */
  nearestFirst(): Uint32Array {
    const { first, second, distance } = this;
    return Uint32Array.from({ length: this.length }, (_, at) => at).sort(
      (a, b) => distance[a]! - distance[b]! || first[a]! - first[b]! || second[a]! - second[b]!,
    );
  }

  #grow(): void {
    const size = this.first.length * 2;
    const [first, second, distance] = [new Int32Array(size), new Int32Array(size), new Float64Array(size)];
    first.set(this.first);
    second.set(this.second);
    distance.set(this.distance);
    [this.first, this.second, this.distance] = [first, second, distance];
  }
}
