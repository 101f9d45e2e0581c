/** @file vitest run test/engine/search/scan: the nearest rows, against a plain sort, however the rows are cut. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CancelledError } from '../../../src/main/engine/errors.ts';
import { silentContext, type Progress } from '../../../src/main/engine/progress.ts';
import { randomStream } from '../../../src/main/engine/random.ts';
import { cosines } from '../../../src/main/engine/search/cosines.ts';
import { meanDirection } from '../../../src/main/engine/search/query.ts';
import { scan } from '../../../src/main/engine/search/scan.ts';
import { TopK } from '../../../src/main/engine/search/topK.ts';
import { findEmbeddings } from '../../../src/main/engine/store/embeddings.ts';
import { DATASET, workspaceWith } from '../support/vectors.ts';

/** By the definition: all cosines, sorted. */
function naive(rows: ArrayLike<number>, query: Float64Array, limit: number): { id: number; score: number }[] {
  const dim = query.length;
  const all = Array.from({ length: rows.length / dim }, (_, row) => {
    let [product, squares] = [0, 0];
    for (let i = 0; i < dim; i++) {
      product += rows[row * dim + i]! * query[i]!;
      squares += rows[row * dim + i]! ** 2;
    }
    return { id: row + 1, score: product / Math.sqrt(squares) };
  });
  return all.sort((a, b) => b.score - a.score || a.id - b.id).slice(0, limit);
}

describe('the k best', () => {
  test('are those of a sort, equal scores by id, whatever the order they come in', () => {
    const scores = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 60 });
    fc.assert(
      fc.property(scores, fc.integer({ min: 1, max: 70 }), fc.integer(), (list, k, seed) => {
        const scored = list.map((score, id) => ({ id, score }));
        const random = randomStream(seed);
        const shuffled = scored.map((one) => ({ one, at: random() })).sort((a, b) => a.at - b.at);
        const top = new TopK(k);
        for (const { one } of shuffled) top.add(one.id, one.score);
        expect(top.sorted()).toEqual(scored.toSorted((a, b) => b.score - a.score || a.id - b.id).slice(0, k));
      }),
    );
  });
});

describe('cosines', () => {
  test('of a computed case', () => {
    const rows = Float32Array.of(3, 4, 0, 0, 0, 2, -1, 0, 0);
    expect([...cosines(rows, Float64Array.of(0.6, 0.8, 0))]).toEqual([1, 0, -0.6]);
    expect([...cosines(new Float16Array(rows), Float64Array.of(0, 0, 1))]).toEqual([0, 1, 0]);
  });

  test('are NaN where a row has no direction', () => {
    const rows = [0, 0, Infinity, 0, NaN, 1];
    for (const stored of [Float32Array.from(rows), Float16Array.from(rows)]) {
      expect([...cosines(stored, Float64Array.of(0, 1))]).toEqual([NaN, NaN, NaN]);
    }
  });

  test('of float16 are those of the same numbers in float32, subnormal ones too', () => {
    const random = randomStream(3);
    const halves = Float16Array.from({ length: 7 * 50 }, () => (random() - 0.5) * 10 ** (random() * 10 - 8));
    const query = Float64Array.from({ length: 7 }, () => random() - 0.5);
    expect(cosines(halves, query)).toEqual(cosines(Float32Array.from(halves), query));
  });
});

describe('a scan', () => {
  const dim = 6;
  const random = randomStream(1);
  /** Every tenth row is a copy of row 0. */
  const rows = Float16Array.from({ length: 257 * dim }, () => random() - 0.5);
  for (let row = 0; row < 257; row += 10) rows.copyWithin(row * dim, 0, dim);
  const query = meanDirection([rows.slice(0, dim)], dim);

  test('finds what a sort finds, equal ones by sample, for every cut into shards and blocks', async () => {
    const expected = naive(rows, query, 40);
    expect(expected[25]!.score).toBe(expected[0]!.score);
    for (const [shardRows, blockRows] of [
      [1000, 1000],
      [100, 17],
      [13, 5],
    ] as const) {
      const set = await findEmbeddings(await workspaceWith(rows, dim, { shardRows }), DATASET);
      const { best, searched } = await scan(set, query, { limit: 40, blockRows }, silentContext());
      expect(searched).toBe(257);
      expect(best.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
      for (const [i, { score }] of best.entries()) expect(score).toBeCloseTo(expected[i]!.score, 12);
    }
  });

  test('looks only at the samples that are wanted', async () => {
    const set = await findEmbeddings(await workspaceWith(rows, dim), DATASET);
    const { best, searched } = await scan(set, query, { limit: 3, wanted: (id) => id > 250 }, silentContext());
    expect(searched).toBe(7);
    expect(best.map(({ id }) => id)).toEqual(
      naive(rows, query, 257)
        .filter(({ id }) => id > 250)
        .slice(0, 3)
        .map(({ id }) => id),
    );
  });

  test('reports its progress, and stops when it is asked to', async () => {
    const set = await findEmbeddings(await workspaceWith(rows, dim), DATASET);
    const seen: Progress[] = [];
    await scan(set, query, { limit: 1, blockRows: 60 }, { ...silentContext(), onProgress: (one) => seen.push(one) });
    expect(seen.map(({ done }) => done)).toEqual([60, 100, 160, 200, 257]);
    const stopped = scan(set, query, { limit: 1 }, silentContext(AbortSignal.abort()));
    await expect(stopped).rejects.toThrow(CancelledError);
  });

  test('names a row that is damaged', async () => {
    const set = await findEmbeddings(await workspaceWith(Float32Array.of(1, 0, 0, 0, 0, 1), 2), DATASET);
    const damaged = scan(set, Float64Array.of(1, 0), { limit: 1 }, silentContext());
    await expect(damaged).rejects.toThrow(/row 1 in .* is zero or not finite/);
  });
});

describe('the direction of several parts', () => {
  test('is their middle, whatever their lengths', () => {
    const middle = meanDirection([Float32Array.of(2, 0), Float32Array.of(0, 0.5)], 2);
    expect([...middle].map((x) => x.toFixed(6))).toEqual(['0.707107', '0.707107']);
  });

  test('is refused where they cancel', () => {
    expect(() => meanDirection([Float32Array.of(1, 0), Float32Array.of(-2, 0)], 2)).toThrow(/cancel each other/);
  });
});
