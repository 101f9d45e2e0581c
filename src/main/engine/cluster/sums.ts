/**
 * @file Sums of the members of each cluster, exact and therefore independent of the order: coordinates are rounded to
 * multiples of 2^-30 (float32 coordinates from 2^-7 up are such multiples already), and up to 8 million of them
 * add up in float64 without rounding. So moving an image is one subtraction and one addition, and a sum does not
 * remember its history: a resumed run goes on with the same bits.
 */

/** Adding and subtracting it rounds a float64 in [-1, 1] to a multiple of 2^-30. */
const ROUND = 1.5 * 2 ** (52 - 30);

export class ClusterSums {
  readonly #dim: number;
  /** `[k, dim]` */
  readonly #sums: Float64Array;
  /** Members of each cluster `[k]`. */
  readonly counts: Int32Array;

  constructor(clusters: number, dim: number) {
    this.#dim = dim;
    this.#sums = new Float64Array(clusters * dim);
    this.counts = new Int32Array(clusters);
  }

  /** Moves a row into cluster `to`, out of `from` (-1: it was in none). */
  move(vectors: Float32Array, row: number, to: number, from: number): void {
    this.#add(vectors, row, to, 1);
    if (from >= 0) this.#add(vectors, row, from, -1);
  }

  #add(vectors: Float32Array, row: number, cluster: number, sign: 1 | -1): void {
    const [start, sum] = [row * this.#dim, cluster * this.#dim];
    for (let t = 0; t < this.#dim; t++) this.#sums[sum + t]! += sign * (vectors[start + t]! + ROUND - ROUND);
    this.counts[cluster]! += sign;
  }

  /** Scales the sums to length 1 into `centres` `[k, dim]`; a cluster without direction keeps its centre. */
  writeCentres(centres: Float32Array): void {
    for (let cluster = 0; cluster < this.counts.length; cluster++) {
      const sum = this.#sums.subarray(cluster * this.#dim, (cluster + 1) * this.#dim);
      let squares = 0;
      for (const value of sum) squares += value * value;
      if (squares === 0) continue;
      const scale = 1 / Math.sqrt(squares);
      for (let t = 0; t < sum.length; t++) centres[cluster * this.#dim + t] = sum[t]! * scale;
    }
  }

  get empty(): number[] {
    return [...this.counts.keys()].filter((cluster) => this.counts[cluster] === 0);
  }
}
