/** @file Products in tiles and their error bound. Run: npx vitest run test/engine/runtime/similarity.test.ts */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalStream } from '../../../src/main/engine/random.ts';
import { tf } from '../../../src/main/engine/runtime/backend.ts';
import {
  fastestArithmetic,
  makeOperand,
  marginOf,
  multiply,
  rowsReaching,
  TILE,
  type Arithmetic,
} from '../../../src/main/engine/runtime/similarity.ts';

const ARITHMETICS: Arithmetic[] = ['float32', 'bfloat16'];

function normalRows(rows: number, width: number, seed: number): Float32Array {
  return Float32Array.from({ length: rows * width }, normalStream(seed));
}

/** Products of all rows with all rows as the device has them, and exactly; maxima as well. */
function products(a: Float32Array, b: Float32Array, width: number, arithmetic: Arithmetic, keep = false) {
  const [left, right] = [a, b].map((rows) => {
    const matrix = tf.tensor2d(rows, [rows.length / width, width]);
    const operand = makeOperand(matrix, arithmetic);
    matrix.dispose();
    return operand;
  }) as [ReturnType<typeof makeOperand>, ReturnType<typeof makeOperand>];
  const block = multiply(left, right, keep);
  const all = Int32Array.from({ length: left.rows * block.tiles }, (_, tile) => tile);
  const values = block.read(all);
  const maxima = block.maxima();
  const rowMaxima = block.rowMaxima();
  const chosen = Int32Array.of(left.rows - 1, 0);
  const ofChosen = block.maxima(chosen);
  const reaching = rowsReaching(block, left.rows, 0.5);
  const leaders = block.leaders();
  block.dispose();
  tf.dispose([left.tensor, right.tensor]);
  return { margin: marginOf(left, right), values, maxima, rowMaxima, ofChosen, reaching, leaders, tiles: block.tiles };
}

function exact(a: Float32Array, i: number, b: Float32Array, j: number, width: number): number {
  let sum = 0;
  for (let t = 0; t < width; t++) sum += a[i * width + t]! * b[j * width + t]!;
  return sum;
}

describe('tiles', () => {
  const anyCase = fc.record({
    m: fc.integer({ min: 1, max: 70 }),
    // both ways of finding the leaders
    n: fc.oneof(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 129, max: 300 })),
    width: fc.integer({ min: 1, max: 40 }),
    seed: fc.nat(),
    arithmetic: fc.constantFrom(...ARITHMETICS),
    keep: fc.boolean(),
  });

  it('hold every product within the margin, and their maxima', () => {
    fc.assert(
      fc.property(anyCase, ({ m, n, width, seed, arithmetic, keep }) => {
        const [a, b] = [normalRows(m, width, seed), normalRows(n, width, seed + 1)];
        const { margin, values, maxima, tiles, ...ofRows } = products(a, b, width, arithmetic, keep);
        expect(tiles).toBe(Math.ceil(n / TILE));
        for (let i = 0; i < m; i++) {
          for (let j = 0; j < n; j++) {
            const value = values[i * tiles * TILE + j]!;
            expect(Math.abs(value - exact(a, i, b, j, width))).toBeLessThanOrEqual(margin);
          }
          for (let tile = 0; tile < tiles; tile++) {
            const start = (i * tiles + tile) * TILE;
            expect(maxima[i * tiles + tile]).toBe(Math.max(...values.subarray(start, start + TILE)));
          }
          expect(ofRows.rowMaxima[i]).toBe(Math.max(...maxima.subarray(i * tiles, (i + 1) * tiles)));
        }
        expect(ofRows.ofChosen).toEqual(
          Float32Array.from([...maxima.subarray((m - 1) * tiles, m * tiles), ...maxima.subarray(0, tiles)]),
        );
        const reaching = [...ofRows.rowMaxima.subarray(0, m).entries()].filter(([, value]) => value >= 0.5);
        expect([...ofRows.reaching]).toEqual(reaching.map(([row]) => row));
        for (let i = 0; i < m; i++) {
          const row = [...values.subarray(i * tiles * TILE, (i + 1) * tiles * TILE)];
          const place = row.indexOf(Math.max(...row));
          const { leaders } = ofRows;
          expect([leaders.values[i], leaders.places[i]]).toEqual([row[place], place]);
          expect(leaders.seconds[i]).toBe(Math.max(...row.toSpliced(place, 1)));
        }
      }),
    );
  });

  it('repeat the last row as padding, so that a maximum is never of something else', () => {
    const rows = Float32Array.from([-1, -2]);
    for (const arithmetic of ARITHMETICS) {
      expect(products(Float32Array.of(1), rows, 1, arithmetic).maxima[0]).toBe(-1);
    }
  });
});

it('the margin covers rounding that all goes one way', () => {
  // 1 + 2^-9 is half-way between two bfloat16 numbers and rounds down, always
  const width = 1024;
  const rows = new Float32Array(width).fill((1 + 2 ** -9) / 32);
  const { margin, values } = products(rows, rows, width, 'bfloat16');
  const off = Math.abs(values[0]! - exact(rows, 0, rows, 0, width));
  expect(off).toBeGreaterThan(0.002);
  expect(off).toBeLessThanOrEqual(margin);
});

it('margins are small enough to be useful', () => {
  const rows = normalRows(64, 512, 1).map((value) => value / Math.sqrt(512));
  expect(products(rows, rows, 512, 'float32').margin).toBeLessThan(0.002);
  expect(products(rows, rows, 512, 'bfloat16').margin).toBeLessThan(0.02);
});

it('leaves no tensor behind', () => {
  fastestArithmetic();
  const before = tf.memory().numTensors;
  for (const arithmetic of ARITHMETICS) {
    for (const keep of [false, true]) products(normalRows(40, 8, 1), normalRows(50, 8, 2), 8, arithmetic, keep);
  }
  expect(ARITHMETICS).toContain(fastestArithmetic());
  expect(tf.memory().numTensors).toBe(before);
});
