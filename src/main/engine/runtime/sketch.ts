/**
 * @file Short vectors whose inner product is never below that of the rows they stand for, so that most pairs are ruled
 * out by a product over few dimensions. With Q [d, w] orthonormal and a = Q a' + rest,
 * <a, b> = <a', b'> + <rest a, rest b> <= <a', b'> + |rest a| |rest b|: the sketch of a is (a', |rest a|).
 * Q is the leading principal subspace of a sample (subspace iteration, Golub & Van Loan 8.2.4): a better Q rules out
 * more, any Q is correct.
 */

import type { Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { normalStream } from '../random.ts';
import { tf } from './backend.ts';
import { orthonormalColumns } from './qr.ts';
import { float32InputError } from './similarity.ts';

export interface Sketch {
  /** `[d, w]`, or undefined where whole rows are multiplied. */
  basis: Tensor2D | undefined;
  /** Most by which a product of sketches falls below the product of the rows, before the multiplication's own error. */
  margin: number;
}

const ITERATIONS = 2;

export const wholeRows: Sketch = { basis: undefined, margin: 0 };

/** Of an orthonormal basis `[d, w]`, which it owns. */
export function sketchOf(basis: Tensor2D): Sketch {
  const [dim, width] = basis.shape;
  return { basis, margin: 2 * projectionError(dim, width) + projectionError(dim, width) ** 2 };
}

/** Largest |computed a' - exact a'| of a unit row: rounded inputs and a float32 sum, each scaled by || |Q| || <= sqrt(w). */
function projectionError(dim: number, width: number): number {
  return Math.sqrt(width) * (2 * float32InputError() + (dim + 2) * 2 ** -23);
}

/** Sketches `[n, w + 1]` of unit rows `[n, d]`; the rows themselves for `wholeRows`. */
export function applySketch(rows: Tensor2D, { basis, margin }: Sketch): Tensor2D {
  if (!basis) return tf.clone(rows);
  return tf.tidy(() => {
    const projected = tf.matMul<Tensor2D>(rows, basis);
    // the margin also bounds the error of this square, so the rest is never too short
    const left = tf.relu<Tensor2D>(tf.sub<Tensor2D>(1 + 1e-6, tf.sum(tf.square(projected), 1, true)));
    const rest = tf.sqrt<Tensor2D>(tf.add<Tensor2D>(left, margin));
    return tf.concat<Tensor2D>([projected, rest], 1);
  });
}

/** Orthonormal `[d, width]` near the leading eigenvectors of the second moment of rows `[n, d]`, largest first. */
export function leadingSubspace(sample: Tensor2D, width: number): Tensor2D {
  const dim = sample.shape[1];
  return tf.tidy(() => {
    const moment = tf.matMul<Tensor2D>(sample, sample, true, false);
    const start = Float32Array.from({ length: dim * width }, normalStream(dim, width));
    let vectors = orthonormalColumns(tf.tensor2d(start, [dim, width]));
    for (let iteration = 0; iteration < ITERATIONS; iteration++) {
      vectors = orthonormalColumns(tf.matMul<Tensor2D>(moment, vectors));
    }
    return vectors;
  });
}
