/** @file The nearest centre, exactly. Run: npx vitest run test/engine/cluster/assign.test.ts */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Assigner } from '../../../src/main/engine/cluster/assign.ts';
import { ClusterSums } from '../../../src/main/engine/cluster/sums.ts';
import { normalStream, permutation } from '../../../src/main/engine/random.ts';
import { tf } from '../../../src/main/engine/runtime/backend.ts';
import type { Arithmetic } from '../../../src/main/engine/runtime/similarity.ts';
import { ChunkedRows } from '../../../src/main/engine/store/chunkedRows.ts';
import { normaliseRows } from '../../../src/main/engine/store/embeddings.ts';
import { innerProduct } from '../../../src/main/engine/vectors.ts';
import { clusteredRows, sourceOf } from '../support/vectors.ts';

async function labelsOf(
  rows: Float32Array,
  centres: Float32Array,
  dim: number,
  chunkRows: number,
  arithmetic: Arithmetic,
): Promise<number[]> {
  const assigner = new Assigner(new ChunkedRows(sourceOf(rows, dim), chunkRows), { arithmetic });
  const labels = new Int32Array(rows.length / dim).fill(-1);
  const changed = await assigner.assign(
    centres,
    labels,
    () => undefined,
    () => Promise.resolve(),
  );
  expect(changed).toBe(labels.length);
  assigner.dispose();
  return Array.from(labels);
}

function naive(rows: Float32Array, centres: Float32Array, dim: number): number[] {
  return Array.from({ length: rows.length / dim }, (_, row) => {
    const products = Array.from({ length: centres.length / dim }, (_, c) => innerProduct(rows, row, centres, c, dim));
    return products.indexOf(Math.max(...products));
  });
}

const anyCase = fc.record({
  images: fc.integer({ min: 1, max: 90 }),
  clusters: fc.integer({ min: 1, max: 70 }),
  dim: fc.integer({ min: 2, max: 30 }),
  seed: fc.nat(),
  chunkRows: fc.integer({ min: 1, max: 100 }),
  arithmetic: fc.constantFrom('float32' as const, 'bfloat16' as const),
});

it('is that of the definition for every shape, chunk and arithmetic, ties to the lowest', async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, async ({ images, clusters, dim, seed, chunkRows, arithmetic }) => {
      const rows = clusteredRows(images, dim, seed);
      const centres = clusteredRows(clusters, dim, seed + 1); // with equal centres among them
      const unit = await sourceOf(rows, dim).read(0, images);
      expect(await labelsOf(rows, centres, dim, chunkRows, arithmetic)).toEqual(naive(unit, centres, dim));
    }),
    { numRuns: 80 },
  );
});

it('is found among more centres than a panel holds', async () => {
  const dim = 8;
  const [rows, centres] = [clusteredRows(150, dim, 1), clusteredRows(4500, dim, 2)];
  const unit = await sourceOf(rows, dim).read(0, 150);
  expect(await labelsOf(rows, centres, dim, 100, 'bfloat16')).toEqual(naive(unit, centres, dim));
});

/** Unit rows that differ by a thousandth. */
function almostEqual(count: number, dim: number, seed: number): Float32Array {
  const normal = normalStream(seed);
  const rows = Float32Array.from({ length: count * dim }, () => 1 + 1e-3 * normal());
  normaliseRows(rows, dim, (row) => `row ${row}`);
  return rows;
}

it('is found where bfloat16 cannot tell the centres apart', async () => {
  const dim = 16;
  const [rows, centres] = [almostEqual(400, dim, 3), almostEqual(50, dim, 4)];
  const unit = await sourceOf(rows, dim).read(0, 400);
  expect(await labelsOf(rows, centres, dim, 100, 'bfloat16')).toEqual(naive(unit, centres, dim));
});

it('leaves no tensor behind', async () => {
  const [rows, centres] = [clusteredRows(300, 8, 1), clusteredRows(40, 8, 2)];
  const before = tf.memory().numTensors;
  for (const arithmetic of ['float32', 'bfloat16'] as const) await labelsOf(rows, centres, 8, 90, arithmetic);
  await labelsOf(almostEqual(300, 8, 5), almostEqual(40, 8, 6), 8, 90, 'bfloat16');
  expect(tf.memory().numTensors).toBe(before);
});

describe('cluster sums', () => {
  const [dim, images] = [5, 600];
  const normal = normalStream(4);
  // coordinates of all sizes, so that plain float64 sums would round differently in another order
  const rows = Float32Array.from({ length: images * dim }, (_, at) => normal() * 10 ** (-3 * (at % 7)));
  normaliseRows(rows, dim, (row) => `row ${row}`);

  type Move = [row: number, to: number, from: number];
  const sumsAfter = (vectors: Float32Array, moves: Iterable<Move>) => {
    const sums = new ClusterSums(3, dim);
    for (const [row, to, from] of moves) sums.move(vectors, row, to, from);
    const centres = new Float32Array(3 * dim);
    sums.writeCentres(centres, new Float64Array(3));
    return centres;
  };

  it('do not depend on the order or on what moved before', () => {
    const labels = Array.from({ length: images }, (_, row) => row % 3);
    const expected = sumsAfter(
      rows,
      labels.map((label, row) => [row, label, -1]),
    );
    const shuffled = Array.from(permutation(images, 1), (row): Move => [row, labels[row]!, -1]);
    const detours = labels.flatMap((label, row): Move[] => [
      [row, (label + 1) % 3, -1],
      [row, label, (label + 1) % 3],
    ]);
    expect(sumsAfter(rows, shuffled)).toEqual(expected);
    expect(sumsAfter(rows, detours)).toEqual(expected);
  });

  it('are exact: opposite images cancel to nothing, in any order, and leave a centre as it was', () => {
    const both = Float32Array.of(...rows, ...rows.map((value) => -value));
    const order = permutation(2 * images, 2);
    const moves = Array.from(order, (row): Move => [row, 0, -1]);
    expect(sumsAfter(both, moves)).toEqual(new Float32Array(3 * dim));
  });
});
