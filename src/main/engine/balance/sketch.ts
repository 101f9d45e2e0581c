/**
 * @file Short vectors whose inner product is never below that of the rows they stand for, so that most pairs are ruled
 * out by a product over few dimensions. With Q [d, w] orthonormal and a = Q a' + rest,
 * <a, b> = <a', b'> + <rest a, rest b> <= <a', b'> + |rest a| |rest b|: the sketch of a is (a', |rest a|).
 * Q is the leading principal subspace of a sample (subspace iteration, Golub & Van Loan 8.2.4): a better Q rules out
 * more, any Q is correct.
 */

import type { Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { normalStream } from '../random.ts';
import { tf, usesGpu } from '../runtime/backend.ts';
import { orthonormalColumns } from '../runtime/qr.ts';
import { fastestArithmetic, float32InputError, type Arithmetic } from '../runtime/similarity.ts';
import type { RowSource } from '../store/chunkedRows.ts';

export interface Sketch {
  /** `[d, w]`, or undefined where whole rows are multiplied. */
  basis: Tensor2D | undefined;
  /** Most by which a product of sketches falls below the product of the rows, before the multiplication's own error. */
  margin: number;
}

/** Fewer images than this are compared faster than a subspace is found. */
const WORTHWHILE = 8192;
const WIDTHS = [31, 63, 127, 255];
const ITERATIONS = 2;
/** A sample of consecutive rows from evenly spread places: an eighth of a small set, enough of a large one. */
const RUNS = 64;
const runRows = (count: number): number => Math.min(128, Math.max(32, Math.floor(count / 8 / RUNS)));
/** Cost of a pair in nanoseconds; these choose the width and nothing else. Measured on two cores. */
const COST = { perDimension: { float32: 0.01, bfloat16: 0.005 }, perSurvivor: 500 };

export const wholeRows: Sketch = { basis: undefined, margin: 0 };

/** The sketch with the least expected work for pairs of at least this inner product. */
export async function chooseSketch(
  source: RowSource,
  leastProduct: number,
  arithmetic: Arithmetic = fastestArithmetic(),
): Promise<Sketch> {
  const widths = WIDTHS.filter((width) => (width + 1) * 4 <= source.dim);
  // a GPU multiplies whole rows in a hundredth of the time in which the processor looks at what a sketch leaves
  if (usesGpu() || source.count < WORTHWHILE || widths.length === 0) return wholeRows;
  const sample = await sampleRows(source);
  const basis = leadingSubspace(sample, widths.at(-1)!);
  let best = { cost: Infinity, sketch: wholeRows };
  for (const width of [...widths, source.dim]) {
    const product = COST.perDimension[arithmetic] * width;
    // a longer product costs more, whatever it rules out
    if (product >= best.cost) break;
    const sketch = width === source.dim ? wholeRows : sketchOf(tf.slice(basis, [0, 0], [-1, width]));
    const cost = product + COST.perSurvivor * survivors(sample, sketch, leastProduct);
    const dropped = cost < best.cost ? best.sketch : sketch;
    if (cost < best.cost) best = { cost, sketch };
    dropped.basis?.dispose();
  }
  tf.dispose([sample, basis]);
  return best.sketch;
}

function sketchOf(basis: Tensor2D): Sketch {
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

async function sampleRows({ count, dim, read }: RowSource): Promise<Tensor2D> {
  const length = runRows(count);
  const rows = new Float32Array(RUNS * length * dim);
  for (let run = 0; run < RUNS; run++) {
    const from = Math.floor(((count - length) * run) / (RUNS - 1));
    rows.set(await read(from, from + length), run * length * dim);
  }
  return tf.tensor2d(rows, [RUNS * length, dim]);
}

/** Share of sampled pairs that the sketch does not rule out. */
function survivors(sample: Tensor2D, sketch: Sketch, leastProduct: number): number {
  const share = tf.tidy(() => {
    const sketches = applySketch(sample, sketch);
    // one row of each eighth against half of the sample: neighbours in the data set meet as strangers do
    const few = tf.gather(sketches, tf.range(0, sample.shape[0], 8, 'int32'));
    const many = tf.gather(sketches, tf.range(1, sample.shape[0], 2, 'int32'));
    const bounds = tf.matMul(few, many, false, true);
    return tf.mean(tf.cast(tf.greaterEqual(bounds, leastProduct - sketch.margin), 'float32'));
  });
  const [value] = share.dataSync();
  share.dispose();
  return value!;
}

/** Orthonormal `[d, width]` near the leading eigenvectors of the second moment of rows `[n, d]`, largest first. */
function leadingSubspace(sample: Tensor2D, width: number): Tensor2D {
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
