/** @file The two largest products of each row of a block: found on the device, so that three numbers a row are copied, not all. */

import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { tf } from './backend.ts';

export interface Leaders {
  /** Largest product of each row `[rows]`. */
  values: Float32Array;
  /** Its column; of equal ones the first. */
  places: Int32Array;
  /** Largest product of the other columns. */
  seconds: Float32Array;
}

/** Less than any difference of products of rows of about length 1. */
const OUT = -1e9;

/**
 * Of products in tiles `[rows * tiles, tile]` and the maxima of the tiles `[rows, tiles]`.
 * @param read float32 rows of the products by number
 */
export function leadersOf(maxima: Tensor2D, tile: number, read: (rows: Tensor1D) => Tensor2D): Leaders {
  const [rows, tiles] = maxima.shape;
  const found = tf.tidy(() => {
    const leading = tf.argMax<Tensor1D>(maxima, 1);
    // in float32, exact at this size: a GPU would send whole numbers to the processor to add them
    const number = (integers: Tensor1D) => tf.cast(integers, 'float32');
    const tileNumbers = tf.add<Tensor1D>(tf.range(0, rows * tiles, tiles, 'float32'), number(leading));
    const winners = read(tf.cast(tileNumbers, 'int32'));
    const within = tf.argMax<Tensor1D>(winners, 1);
    const places = tf.cast<Tensor1D>(tf.add(tf.mul(number(leading), tile), number(within)), 'int32');
    return [
      tf.max<Tensor1D>(winners, 1),
      places,
      tf.maximum<Tensor1D>(largestOthers(maxima, leading), largestOthers(winners, within)),
    ] as const;
  });
  const [values, places, seconds] = found;
  const leaders = {
    values: values.dataSync<'float32'>(),
    places: places.dataSync<'int32'>(),
    seconds: seconds.dataSync<'float32'>(),
  };
  tf.dispose([values, places, seconds]);
  return leaders;
}

/** Largest number of each row without that of column `without` `[rows]`. */
const largestOthers = (matrix: Tensor2D, without: Tensor1D): Tensor1D =>
  tf.max(tf.add(matrix, tf.oneHot(without, matrix.shape[1], OUT, 0)), 1);

/** The same from the products themselves `[rows, columns]`: faster where they are few. */
export function leadersAmong(products: Float32Array, rows: number, columns: number): Leaders {
  const [values, seconds] = [new Float32Array(rows), new Float32Array(rows)];
  const places = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    let [value, second, place] = [-Infinity, -Infinity, 0];
    for (let column = 0; column < columns; column++) {
      const product = products[start + column]!;
      if (product <= second) continue;
      if (product > value) {
        second = value;
        value = product;
        place = column;
      } else second = product;
    }
    values[row] = value;
    places[row] = place;
    seconds[row] = second;
  }
  return { values, places, seconds };
}
