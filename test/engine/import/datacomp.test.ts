/** @file Run: vitest run test/engine/import/datacomp.test.ts. Fixtures: test/fixtures/import/makeDatacomp.py */

import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { findEmbeddings, readRows } from '../../../src/main/engine/store/embeddings.ts';
import { npyHeader } from '../../../src/main/engine/store/npy.ts';
import { importInto, makePlace, rowsOf, writeFiles, type Place } from './support.ts';

const fixture = path.join(import.meta.dirname, '../../fixtures/import/datacomp');
const [first, second] = ['0'.repeat(32), `${'0'.repeat(31)}1`] as const;

function placeWithFixture(): Place {
  const place = makePlace();
  cpSync(fixture, path.join(place.dir, 'metadata'), { recursive: true });
  return place;
}

const uidsOf = (place: Place) =>
  place.workspace.sqlite.prepare('SELECT uid FROM samples ORDER BY id').pluck().all() as string[];

/** Rows as they are stored in the fixture, scaled to length 1. */
function expectedRows(dim: number): number[] {
  const shards = [0, 0, 0, 1, 1];
  return shards.flatMap((shard, i) => {
    const row = Array.from({ length: dim }, (_, axis) => Number(axis === i - shard * 3));
    row[dim - 1] = shard + 1;
    const length = Math.hypot(...row);
    return row.map((x) => Math.fround(x / length));
  });
}

test.each([
  [undefined, 6],
  ['l14', 6],
  ['b32', 4],
  ['b32_txt', 4],
])('rows of the model %s with uids, addresses and captions; packed arrays too', async (embeddingKey, dim) => {
  const place = placeWithFixture();
  expect(await importInto(place, 'metadata', { embeddingKey })).toMatchObject({ format: 'embeddings', imported: 5 });
  expect(rowsOf(place).map((row) => [row.path, row.file, row.caption])).toEqual([
    ['https://example.com/0/0.jpg', null, 'text 0 0 ü'],
    ['https://example.com/0/1.jpg', null, ''],
    ['https://example.com/0/2.jpg', null, 'text 0 2 ü'],
    ['https://example.com/1/0.jpg', null, 'text 1 0 ü'],
    ['https://example.com/1/1.jpg', null, ''],
  ]);
  expect(uidsOf(place)).toEqual([0, 1, 2, 16, 17].map((uid) => uid.toString(16).padStart(32, '0')));
  const set = await findEmbeddings(place.workspace, 'set');
  expect(set.manifest).toMatchObject({ dim, complete: true });
  const image = await readRows(set, 'image');
  for (const [i, value] of expectedRows(dim).entries()) expect(image[i]).toBeCloseTo(value, 6);
  expect(Array.from(await readRows(set, 'text'))).toEqual(Array.from(image, (x) => -x));
});

test('one .npz without metadata; a pattern; imported again', async () => {
  const place = placeWithFixture();
  rmSync(path.join(place.dir, `metadata/${second}.parquet`));
  expect(await importInto(place, `metadata/${second}.npz`)).toMatchObject({ imported: 2 });
  expect(rowsOf(place).map((row) => row.path)).toEqual([0, 1].map((row) => `${second}.npz[l14_img]#${row}`));
  const other = placeWithFixture();
  expect(await importInto(other, 'metadata/*.npz')).toMatchObject({ imported: 5 });
  expect(await importInto(other, 'metadata/*.npz')).toMatchObject({ imported: 5, added: 0 });
  await expect(importInto(other, 'metadata/*.npz', { embeddingKey: 'b32' })).rejects.toThrow(/with the columns/);
});

const change = (place: Place, name: string, edit: (bytes: Buffer) => void) => {
  const file = path.join(place.dir, 'metadata', name);
  const bytes = readFileSync(file);
  edit(bytes);
  writeFileSync(file, bytes);
};

test.each<[string, (place: Place) => void, RegExp]>([
  [
    'metadata of one shard missing',
    ({ dir }) => {
      rmSync(`${dir}/metadata/${second}.parquet`);
    },
    /only one of them has metadata/,
  ],
  [
    'metadata of another',
    ({ dir }) => {
      cpSync(`${dir}/metadata/${first}.parquet`, `${dir}/metadata/${second}.parquet`);
    },
    /1.parquet has 3 rows, .*1.npz\[l14_img\] has 2/,
  ],
  [
    'a cut .npz',
    ({ dir }) => {
      writeFileSync(`${dir}/metadata/${second}.npz`, readFileSync(`${fixture}/${second}.npz`).subarray(0, 200));
    },
    /cannot be read as .npz: /,
  ],
  [
    'no .npz',
    ({ dir }) => {
      writeFileSync(`${dir}/metadata/${second}.npz`, 'PK');
    },
    /cannot be read as .npz: /,
  ],
  [
    'an absurd shape',
    (place) => {
      shape(place, '(3, 6)', '(9, 6)');
    },
    /l14_img\] claims shape \[9, 6\]/,
  ],
  [
    'Python objects',
    (place) => {
      shape(place, "'<f2'", "'|O' ");
    },
    /could run code/,
  ],
  [
    'integers',
    (place) => {
      shape(place, "'<f2'", "'<i4'");
    },
    /claims shape|holds <i4/,
  ],
  [
    'three dimensions',
    (place) => {
      shape(place, '(3, 6)', '(3,2,)');
    },
    /has rows of|has shape/,
  ],
])('refused before anything is imported: %s', async (_, damage, message) => {
  const place = placeWithFixture();
  damage(place);
  await expect(importInto(place, 'metadata', { embeddingKey: 'l14' })).rejects.toThrow(message);
  expect(rowsOf(place)).toEqual([]);
});

function shape(place: Place, from: string, to: string): void {
  change(place, `${first}.npz`, (bytes) => {
    const start = bytes.indexOf('l14_img.npy');
    bytes.write(to, bytes.indexOf(from, start), 'latin1');
  });
}

test('a key that no array has, and a key without .npz', async () => {
  const place = placeWithFixture();
  await expect(importInto(place, 'metadata', { embeddingKey: 'h14' })).rejects.toThrow(
    /no embeddings "h14" \(arrays: b32_img, b32_txt, l14_img, l14_txt\).*--embedding-key/,
  );
  writeFiles(place.dir, { 'rows.npy': Buffer.concat([npyHeader('<f4', [1, 1]), Buffer.alloc(4, 1)]) });
  await expect(importInto(place, 'rows.npy', { embeddingKey: 'l14' })).rejects.toThrow(/arrays of .npz files/);
});

test('damage inside what is packed stops there, with the name of the array', async () => {
  const place = placeWithFixture();
  change(place, `${second}.npz`, (bytes) => {
    const start = bytes.indexOf('l14_txt.npy');
    bytes.fill(0xff, start + 60, start + 90);
  });
  await expect(importInto(place, 'metadata')).rejects.toThrow(/1.npz\[l14_txt\]/);
});
