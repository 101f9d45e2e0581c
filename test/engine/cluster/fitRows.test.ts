/** @file Chosen rows and the copied sample. Run: npx vitest run test/engine/cluster/fitRows.test.ts */

import { statSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fitRows } from '../../../src/main/engine/cluster/fitRows.ts';
import { chosenRows } from '../../../src/main/engine/cluster/keptRows.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import type { RowSource } from '../../../src/main/engine/store/chunkedRows.ts';
import { temporaryFolder } from '../support/vectors.ts';

/** A million rows, each its own number; counts what is read at once. */
function numbers(): RowSource & { most: number } {
  const source = {
    count: 1_000_000,
    dim: 1,
    most: 0,
    read: (from: number, to: number) => {
      source.most = Math.max(source.most, to - from);
      return Promise.resolve(Float32Array.from({ length: to - from }, (_, i) => from + i));
    },
  };
  return source;
}

it('chosen rows are read in short pieces, however far apart they lie', async () => {
  const source = numbers();
  const anyChosen = fc.uniqueArray(fc.integer({ min: 0, max: 999_999 }), { minLength: 1, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(anyChosen, async (chosen) => {
      const rows = Int32Array.from(chosen).sort();
      expect(Array.from(await chosenRows(source, rows).read(0, rows.length))).toEqual(Array.from(rows));
      const [from, to] = [rows.length >> 2, rows.length >> 1];
      expect(Array.from(await chosenRows(source, rows).read(from, to))).toEqual(Array.from(rows.slice(from, to)));
    }),
    { numRuns: 40 },
  );
  expect(source.most).toBeLessThanOrEqual(16384);
});

it('a sample holds different rows in order, is copied once and chosen by the seed', async () => {
  const dir = temporaryFolder();
  const choose = async (seed: number, folder: string) => {
    const sample = await fitRows(numbers(), 40_000, seed, path.join(dir, folder), silentContext());
    expect(sample).toMatchObject({ count: 40_000, dim: 1 });
    return sample.read(0, 40_000);
  };
  const first = await choose(1, 'a');
  expect(first.every((row, at) => at === 0 || row > first[at - 1]!)).toBe(true);
  // spread evenly: a tenth of the range holds about a tenth
  expect(Math.abs(first.filter((row) => row < 100_000).length - 4000)).toBeLessThan(300);
  const written = statSync(path.join(dir, 'a/sample.npy')).mtimeMs;
  expect(await choose(1, 'a')).toEqual(first);
  expect(statSync(path.join(dir, 'a/sample.npy')).mtimeMs).toBe(written);
  expect(await choose(2, 'b')).not.toEqual(first);
});

it('all rows are not copied', async () => {
  const source = numbers();
  expect(await fitRows(source, 1_000_000, 0, '/nowhere', silentContext())).toBe(source);
});
