/** @file Assignment and inertia in plain loops. */

/** Nearest centre by the largest inner product, ties to the lowest; rows `[n, dim]`, centres `[k, dim]`. */
export function naiveLabels(rows: Float32Array, centres: Float32Array, dim: number): number[] {
  return Array.from({ length: rows.length / dim }, (_, row) => {
    let [label, best] = [-1, -Infinity];
    for (let centre = 0; centre * dim < centres.length; centre++) {
      let product = 0;
      for (let t = 0; t < dim; t++) product += rows[row * dim + t]! * centres[centre * dim + t]!;
      if (product > best + 1e-12) [label, best] = [centre, product];
    }
    return label;
  });
}

/** Sum of squared Euclidean distances to the labelled centres. */
export function naiveInertia(
  rows: Float32Array,
  centres: Float32Array,
  labels: ArrayLike<number>,
  dim: number,
): number {
  let inertia = 0;
  for (let row = 0; row * dim < rows.length; row++) {
    for (let t = 0; t < dim; t++) inertia += (rows[row * dim + t]! - centres[labels[row]! * dim + t]!) ** 2;
  }
  return inertia;
}
