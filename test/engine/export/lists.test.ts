/** @file Lists of files and of uids, and the subsets of all exports. Run: vitest run test/engine/export/lists.test.ts */

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exportFolder } from '../../../src/main/engine/export/folder.ts';
import { exportFiles } from '../../../src/main/engine/export/files.ts';
import { run } from '../../../src/main/engine/export/run.ts';
import { exportUids } from '../../../src/main/engine/export/uids.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { makePlace, remove, samplesOf, type Place } from './place.ts';

const context = silentContext();
const lines = (file: string, end = '\n'): string[] => readFileSync(file, 'utf8').split(end).slice(0, -1);
const place7 = async (): Promise<Place> => {
  const place = await makePlace(7);
  remove(place, [2, 5]);
  return place;
};
const filesOf = (place: Place, ids: number[]) =>
  samplesOf(place).flatMap(({ id, file }) => (ids.includes(id) ? [file] : []));

test('files: absolute paths of the kept, the removed or all', async () => {
  const place = await place7();
  const out = path.join(place.dir, 'list.txt');
  for (const [which, ids] of [
    [undefined, [1, 3, 4, 6, 7]],
    ['removed', [2, 5]],
    ['all', [1, 2, 3, 4, 5, 6, 7]],
  ] as const) {
    const result = await exportFiles(place.input, { out, which }, context);
    expect(result).toEqual({ path: out, rows: ids.length, skipped: 0 });
    expect(lines(out)).toEqual(filesOf(place, [...ids]));
  }
});

test('files: samples without a file of their own are counted; excluded ones are left out', async () => {
  const place = await place7();
  place.workspace.sqlite.exec(
    'UPDATE samples SET file = NULL WHERE id = 1; UPDATE samples SET offset = 0, length = 9 WHERE id = 3',
  );
  const out = path.join(place.dir, 'list.txt');
  const excluded = (first: number, last: number) => new Set([first, last]);
  expect(await exportFiles(place.input, { out, excluded }, context)).toMatchObject({ rows: 2, skipped: 1 });
  expect(lines(out)).toEqual(filesOf(place, [4, 6]));
});

test('files: a line break in a path needs --null', async () => {
  const place = await makePlace(2);
  place.workspace.sqlite.exec(`UPDATE samples SET file = '/a' || char(10) || 'b.png' WHERE id = 1`);
  const out = path.join(place.dir, 'list.txt');
  await expect(exportFiles(place.input, { out }, context)).rejects.toThrow(/line break. Use --null/);
  await exportFiles(place.input, { out, null: true }, context);
  expect(lines(out, '\0')).toEqual(['/a\nb.png', samplesOf(place)[1]!.file]);
});

test('files: a caption of a source folder is not overwritten, nor a table that a pattern names', async () => {
  const place = await makePlace(2);
  const caption = path.join(place.dir, 'source/odd/1.txt');
  const before = readFileSync(caption, 'utf8');
  await expect(exportFiles(place.input, { out: caption }, context)).rejects.toThrow(/not overwritten/);
  expect(readFileSync(caption, 'utf8')).toBe(before);
  mkdirSync(path.join(place.dir, 'tables'));
  const listed = path.join(place.dir, 'tables/listed.tsv');
  writeFileSync(path.join(place.dir, 'all.txt'), 'tables/listed.tsv\n');
  for (const name of ['a.csv', 'listed.tsv']) writeFileSync(path.join(place.dir, 'tables', name), 'mine');
  place.workspace.sqlite
    .prepare(`INSERT INTO datasets (name, source, format, imported_at) VALUES ('other', ?, 'csv', '')`)
    .run(`${place.dir}/tables/*.csv\n@${place.dir}/all.txt`);
  for (const out of [path.join(place.dir, 'tables/a.csv'), listed, path.join(place.dir, 'all.txt')]) {
    await expect(exportFiles(place.input, { out }, context), out).rejects.toThrow(/source of the dataset "other"/);
  }
  expect(readFileSync(listed, 'utf8')).toBe('mine');
});

test("files: the workspace's own files are not overwritten, also through a link", async () => {
  const place = await makePlace(2);
  const { dir } = place.workspace;
  const before = readFileSync(path.join(dir, 'workspace.sqlite'));
  symlinkSync(dir, path.join(place.dir, 'link'));
  mkdirSync(path.join(dir, 'runs'));
  const outs = ['workspace.sqlite', 'workspace.sqlite-wal', 'runs/new.txt', '../link/workspace.sqlite'];
  for (const out of outs.map((name) => path.join(dir, name))) {
    await expect(exportFiles(place.input, { out }, context), out).rejects.toThrow(/among the workspace's own files/);
  }
  expect(readFileSync(path.join(dir, 'workspace.sqlite'))).toEqual(before);
  await expect(exportFolder(place.input, { out: path.join(dir, 'runs/new') }, context)).rejects.toThrow(/own files/);
  await expect(exportFolder(place.input, { out: path.join(place.dir, 'link') }, context)).rejects.toThrow(
    /is the workspace/,
  );
  expect(await exportFiles(place.input, { out: path.join(dir, 'export/list.txt') }, context)).toMatchObject({
    rows: 2,
  });
});

/** Header and numbers of an array of dtype u8,u8, read without our reader. */
function readUids(file: string): { header: string; uids: string[] } {
  const bytes = readFileSync(file);
  const length = bytes.readUInt16LE(8);
  const data = bytes.subarray(10 + length);
  const hex = (at: number) => data.readBigUInt64LE(at).toString(16).padStart(16, '0');
  return {
    header: bytes.toString('latin1', 10, 10 + length),
    uids: Array.from({ length: data.length / 16 }, (_, row) => hex(row * 16) + hex(row * 16 + 8)),
  };
}

test('uids: ascending, each once, of any numbers', async () => {
  const place = await makePlace(8);
  const out = path.join(place.dir, 'u.npy');
  const set = place.workspace.sqlite.prepare('UPDATE samples SET uid = ? WHERE id = ?');
  const digits = fc.string({ unit: fc.constantFrom('0', '7', '8', 'f'), minLength: 32, maxLength: 32 });
  const uid = fc.oneof(digits, fc.constantFrom('0'.repeat(32), 'f'.repeat(32), `${'0'.repeat(16)}${'f'.repeat(16)}`));
  await fc.assert(
    fc.asyncProperty(fc.array(uid, { minLength: 8, maxLength: 8 }), async (uids) => {
      uids.forEach((value, i) => set.run(value, i + 1));
      const { rows, repeated } = await exportUids(place.input, { out }, context);
      const found = readUids(out);
      const wanted = [...new Set(uids)].sort();
      expect(found.uids).toEqual(wanted);
      expect([rows, repeated]).toEqual([wanted.length, 8 - wanted.length]);
      expect(found.header).toMatch(
        new RegExp(
          String.raw`^\{'descr': \[\('f0', '<u8'\), \('f1', '<u8'\)\], 'fortran_order': False, 'shape': \(${rows},\), \} *\n$`,
        ),
      );
    }),
    { numRuns: 30 },
  );
});

test('uids: without one the sample is named; hashes stand in when asked for', async () => {
  const place = await place7();
  const out = path.join(place.dir, 'u.npy');
  await expect(exportUids(place.input, { out }, context)).rejects.toThrow(/Sample 1 \(even\/0.png\).*--uids-from hash/);
  await exportUids(place.input, { out, from: 'hash' }, context);
  const hashes = samplesOf(place).filter(({ id }) => id !== 2 && id !== 5);
  expect(readUids(out).uids).toEqual(hashes.map(({ hash }) => hash.slice(0, 32)).sort());
  await expect(exportUids(place.input, { out: `${out}.txt` }, context)).rejects.toThrow(/does not end with .npy/);
});

test('an export has its own options only, with values that are checked', async () => {
  const place = await place7();
  const out = path.join(place.dir, 'x');
  const failing = (what: Parameters<typeof run>[1], options: object) =>
    run(place.input, what, { out, ...options }, context);
  await expect(failing('files', { copy: true })).rejects.toThrow(/export files: .*copy/s);
  await expect(failing('manifest', { which: 'some' })).rejects.toThrow(/export manifest: .*which/s);
  await expect(failing('webdataset', { shardSize: '1 parsec' })).rejects.toThrow(/"1 parsec" is not a size/);
  await expect(failing('webdataset', { shardSamples: 0 })).rejects.toThrow(/shardSamples/);
  await expect(failing('uids', { uidsFrom: 'name' })).rejects.toThrow(/uidsFrom/);
  const manifest = await run(place.input, 'manifest', { out: `${out}.csv`, which: 'removed' }, context);
  expect(manifest.rows).toBe(2);
});

test.each([
  ['6656', 1],
  [6655, 2],
  ['6.5KiB', 1],
  ['6.6 kB', 2],
  ['0.00666MB', 1],
] as const)('samples of 2560 and 3072 bytes and the end of 1024, in shards of %s', async (shardSize, shards) => {
  const place = await makePlace(2);
  const out = path.join(place.dir, 'x');
  expect(await run(place.input, 'webdataset', { out, shardSize }, context)).toMatchObject({ shards });
});
