/** @file Which sketch rules out most pairs for its length. */

import type { Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { tf, usesGpu } from '../runtime/backend.ts';
import { fastestArithmetic, type Arithmetic } from '../runtime/similarity.ts';
import { applySketch, leadingSubspace, sketchOf, wholeRows, type Sketch } from '../runtime/sketch.ts';
import { sampleRows, type RowSource } from '../store/chunkedRows.ts';

/** Fewer images than this are compared faster than a subspace is found. */
const WORTHWHILE = 8192;
const WIDTHS = [31, 63, 127, 255];
/** Cost of a pair in nanoseconds; these choose the width and nothing else. Measured on two cores. */
const COST = { perDimension: { float32: 0.01, bfloat16: 0.005 }, perSurvivor: 500 };

/** The sketch with the least expected work for pairs of at least this inner product. */
export async function chooseSketch(
  source: RowSource,
  leastProduct: number,
  arithmetic: Arithmetic = fastestArithmetic(),
): Promise<Sketch> {
  const widths = WIDTHS.filter((width) => (width + 1) * 4 <= source.dim);
  // a GPU multiplies whole rows in a hundredth of the time in which the processor looks at what a sketch leaves
  if (usesGpu() || source.count < WORTHWHILE || widths.length === 0) return wholeRows;
  const rows = await sampleRows(source);
  const sample = tf.tensor2d(rows, [rows.length / source.dim, source.dim]);
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
