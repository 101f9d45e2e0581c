/**
 * @file Inner products of many rows with many, fast and with a proven error bound. The device multiplies and reduces
 * tiles of products to their maxima; a caller looks at these and reads back only the tiles that matter.
 * Whatever the device, its threads or the arithmetic: |product - exact| <= marginOf(a, b).
 */

import type { Rank, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { tf, usesGpu } from './backend.ts';
import {
  fromBfloat16,
  gatherBfloat16,
  matMulBfloat16,
  reshapeBfloat16,
  rowMaximaBfloat16,
  sliceBfloat16,
  toBfloat16,
} from './bfloat16.ts';
import { leadersAmong, leadersOf, type Leaders } from './leaders.ts';

/** Products of one row with this many neighbouring rows form a tile. A GPU reduces longer ones better. */
export const TILE = usesGpu() ? 128 : 32;

/** Rows of a block of products: on a processor 2048 x 2048 stay in its caches; a GPU wants long calls. */
export const PANEL_ROWS = usesGpu() ? 16384 : 2048;

/** Up to so many columns, the two largest products of a row are found faster in all of its products than by the device. */
const FEW = 128;

/** Rows and columns of products that only try the machine out; large enough for the kernels of real ones. */
const PROBE = usesGpu() ? 4096 : 512;

export type Arithmetic = 'float32' | 'bfloat16';

/** Rows on the device, ready to be multiplied. */
export interface Operand {
  /** `[padded, width]`: the last row is repeated up to a whole tile. */
  tensor: Tensor2D;
  /** Rows without the padding. */
  rows: number;
  arithmetic: Arithmetic;
  width: number;
  /** Largest length of a row. */
  norm: number;
  /** Largest distance between a row and what the product sees of it. */
  error: number;
}

let inputError: number | undefined;

/**
 * Relative error of what a float32 product sees of its inputs. Graphics processors keep 10 bits after the point (TF32),
 * and a processor can be told to multiply float32 as bfloat16 (7 bits): one product with numbers that need 12 bits tells.
 */
export function float32InputError(): number {
  if (inputError !== undefined) return inputError;
  const needs12Bits = (1 + 2 ** -9 + 2 ** -12) / Math.sqrt(PROBE);
  const matrix = tf.fill([PROBE, PROBE], needs12Bits);
  const product = tf.matMul(matrix, matrix, false, true);
  const off = Math.abs(product.dataSync()[0]! / (PROBE * Math.fround(needs12Bits) ** 2) - 1);
  tf.dispose([matrix, product]);
  const measured = off > 2 ** -9 ? 2 ** -8 : off > 2 ** -13 ? 2 ** -11 : 0;
  // where TF32 is not forbidden, a GPU may take it for other sizes than this
  const mayRound = usesGpu() && process.env['NVIDIA_TF32_OVERRIDE'] !== '0';
  inputError = Math.max(measured, mayRound ? 2 ** -11 : 0);
  return inputError;
}

/** Measured lengths are float32 sums themselves. */
const SLACK = 1.001;

/** Uploads rows `[n, width]`, n >= 1. The operand owns its tensor. */
export function makeOperand(matrix: Tensor2D, arithmetic: Arithmetic): Operand {
  const [rows, width] = matrix.shape;
  const missing = (TILE - (rows % TILE)) % TILE;
  const { tensor, lengths } = tf.tidy(() => {
    const last = tf.slice(matrix, [rows - 1, 0], [1, width]);
    const padded = missing === 0 ? tf.clone(matrix) : tf.concat([matrix, tf.tile(last, [missing, 1])]);
    const longest = (x: Tensor2D) => tf.sqrt(tf.max(tf.sum(tf.square(x), 1)));
    if (arithmetic === 'float32') return { tensor: padded, lengths: tf.stack([longest(padded)]) };
    const rounded = toBfloat16(padded);
    const lost = longest(tf.sub(padded, fromBfloat16(rounded)));
    return { tensor: rounded, lengths: tf.stack([longest(padded), lost]) };
  });
  const measured = lengths.dataSync();
  lengths.dispose();
  const norm = measured[0]! * SLACK;
  const error = arithmetic === 'float32' ? norm * float32InputError() : measured[1]! * SLACK + 2 ** -24;
  return { tensor, rows, arithmetic, width, norm, error };
}

/** `count` rows of an operand from row `from`, in whole tiles where they end with one. The result owns its tensor. */
export function sliceRows(operand: Operand, from: number, count: number): Operand {
  const { tensor, arithmetic, width } = operand;
  const part = tf.tidy(() => {
    if (arithmetic === 'float32') return tf.slice(tensor, [from, 0], [count, width]);
    return sliceBfloat16(tensor, tf.tensor1d([from, 0], 'int32'), tf.tensor1d([count, width], 'int32'));
  });
  return { ...operand, tensor: part, rows: Math.min(count, operand.rows - from) };
}

/** Chosen rows of an operand, to be the first one of a product. The result owns its tensor. */
export function gatherRows(operand: Operand, rows: Uint32Array): Operand {
  const part = tf.tidy(() => {
    const indices = tf.tensor1d(Int32Array.from(rows), 'int32');
    return operand.arithmetic === 'float32'
      ? tf.gather(operand.tensor, indices)
      : gatherBfloat16(operand.tensor, indices);
  });
  return { ...operand, tensor: part, rows: rows.length };
}

/** Most by which a product of the operands differs from the exact inner product. */
export function marginOf(a: Operand, b: Operand): number {
  // <x, y> - <x', y'> = <x - x', y> + <x', y - y'>, each bounded by Cauchy and Schwarz
  const inputs = a.error * b.norm + (a.norm + a.error) * b.error;
  const size = (a.norm + a.error) * (b.norm + b.error);
  // a sum of `width` float32 products in any order, twice the textbook bound
  const sum = (a.width + 2) * 2 ** -23 * size;
  // 8 digits: libraries round to the nearest on processors with instructions for it, and cut the rest off on others
  const output = a.arithmetic === 'bfloat16' ? 2 ** -7 * (size + sum) : 0;
  return inputs + sum + output;
}

/** Products of two operands, still on the device. Dispose it. */
export interface Block {
  tiles: number;
  /** Largest product of each row, `[a rows with padding]`. */
  rowMaxima: () => Float32Array;
  /** Largest product of each tile, row-major `[rows, tiles]`: of chosen rows, or of all. */
  maxima: (rows?: Int32Array) => Float32Array;
  /** Reads tiles `row * tiles + tile` back, `[indices, TILE]`. */
  read: (indices: Int32Array) => Float32Array;
  /** The two largest products of each row, with padding. */
  leaders: () => Leaders;
  dispose: () => void;
}

/**
 * a b^T in tiles; rows `[m, width]` and `[n, width]` of the same arithmetic.
 * @param keep whether bfloat16 products stay what they are: memory limits a GPU; a processor reduces float32 faster.
 */
export function multiply(a: Operand, b: Operand, keep = usesGpu()): Block {
  const tiles = b.tensor.shape[0] / TILE;
  const half = keep && a.arithmetic === 'bfloat16';
  const products = tf.tidy(() => {
    if (a.arithmetic === 'float32') return tf.matMul(a.tensor, b.tensor, false, true).reshape<Tensor2D>([-1, TILE]);
    const rounded = matMulBfloat16(a.tensor, b.tensor);
    return half ? reshapeBfloat16(rounded, TILE) : fromBfloat16(rounded).reshape<Tensor2D>([-1, TILE]);
  });
  const maxima = tf.tidy(() =>
    (half ? rowMaximaBfloat16(products) : tf.max(products, 1)).reshape<Tensor2D>([-1, tiles]),
  );
  return {
    tiles,
    rowMaxima: () => readAndDispose(tf.max(maxima, 1)),
    maxima: (rows) =>
      rows ? readAndDispose(gathered(maxima, tf.tensor1d(rows, 'int32'))) : maxima.dataSync<'float32'>(),
    read: (indices) => readAndDispose(gathered(products, tf.tensor1d(indices, 'int32'), half)),
    leaders: () => {
      const columns = tiles * TILE;
      if (columns > FEW) return leadersOf(maxima, TILE, (rows) => gathered(products, rows, half));
      const all = half ? fromBfloat16(products) : tf.clone(products);
      return leadersAmong(readAndDispose(all), a.rows, columns);
    },
    dispose: () => {
      tf.dispose([products, maxima]);
    },
  };
}

/** The rows among the first `rows` that hold a product of at least the threshold. */
export function rowsReaching(block: Block, rows: number, threshold: number): Int32Array {
  const maxima = block.rowMaxima();
  const found: number[] = [];
  for (let row = 0; row < rows; row++) if (maxima[row]! >= threshold) found.push(row);
  return Int32Array.from(found);
}

function gathered(matrix: Tensor2D, rows: Tensor1D, half = false): Tensor2D {
  const chosen = half ? tf.tidy(() => fromBfloat16(gatherBfloat16(matrix, rows))) : tf.gather(matrix, rows);
  rows.dispose();
  return chosen;
}

/** Not inside tidy(): it would search a returned array for tensors, number by number. */
function readAndDispose(tensor: Tensor): Float32Array {
  const values = tensor.dataSync<'float32'>();
  tensor.dispose();
  return values;
}

let chosen: Arithmetic | undefined;

/** The arithmetic in which this machine multiplies faster, measured once in some 30 milliseconds. */
export function fastestArithmetic(): Arithmetic {
  chosen ??= bfloat16IsExact() ? faster() : 'float32';
  return chosen;
}

/** In turns, the best of each: the first products of a process, or another program's work, must not decide. */
function faster(): Arithmetic {
  const best = { float32: Infinity, bfloat16: Infinity };
  const matrix = tf.randomUniform<Rank.R2>([2 * PROBE, PROBE / 2], -1, 1, 'float32', 1);
  for (let attempt = 0; attempt < 5; attempt++) {
    for (const arithmetic of ['float32', 'bfloat16'] as const) {
      const operand = makeOperand(matrix, arithmetic);
      const start = performance.now();
      const block = multiply(operand, operand);
      block.rowMaxima(); // a GPU has only begun until something is read
      block.dispose();
      best[arithmetic] = Math.min(best[arithmetic], performance.now() - start);
      operand.tensor.dispose();
    }
  }
  matrix.dispose();
  return best.bfloat16 < best.float32 ? 'bfloat16' : 'float32';
}

/** A library that also sums in bfloat16 stops growing at 256 equal terms: its products would break the bound. */
function bfloat16IsExact(): boolean {
  const matrix = tf.fill<Rank.R2>([TILE, 4096], 1 / 64);
  const operand = makeOperand(matrix, 'bfloat16');
  const block = multiply(operand, operand);
  const off = Math.abs(block.maxima()[0]! - 1);
  block.dispose();
  tf.dispose([matrix, operand.tensor]);
  return off <= 2 ** -8;
}
