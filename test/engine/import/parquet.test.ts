/** @file Run: vitest run test/engine/import/parquet.test.ts. Fixtures: test/fixtures/import/makeParquet.py */

import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { checkColumns, openParquetFile } from '../../../src/main/engine/import/parquetFile.ts';
import { pictureOf, readPicture } from '../../../src/main/engine/pictureSource.ts';
import { importInto, jpeg, makePlace, rowsOf, writeFiles, type Place } from './support.ts';

const fixtures = path.join(import.meta.dirname, '../../fixtures/import/parquet');

function placeWith(...names: string[]): Place {
  const place = makePlace();
  mkdirSync(path.join(place.dir, 'data'));
  for (const name of names) copyFileSync(path.join(fixtures, name), path.join(place.dir, 'data', name));
  return place;
}

interface Columns {
  file: string | null;
  offset: number | null;
  length: number | null;
  encoding: null;
  uid: string | null;
}
const stored = (place: Place) =>
  place.workspace.sqlite
    .prepare<[], Columns>('SELECT file, offset, length, encoding, uid FROM samples ORDER BY id')
    .all();
const packs = (place: Place) => readdirSync(path.join(place.workspace.dir, 'pictures/set'));

test('a Hugging Face table: pictures from {bytes, path}, names of classes, the first of several captions', async () => {
  const place = placeWith('huggingface.parquet');
  expect(await importInto(place, 'data')).toMatchObject({ format: 'parquet', imported: 2, skipped: 2 });
  expect(rowsOf(place).map((row) => [row.path, row.caption, row.label, row.width, row.reason])).toEqual([
    ['huggingface.parquet#0', 'first', 'cat', 8, null],
    ['huggingface.parquet#1', 'only', 'dog ü', 8, null],
    ['huggingface.parquet#2', '', 'dog ü', null, 'no picture'],
    ['huggingface.parquet#3', 'bad', 'cat', null, 'not a picture'],
  ]);
  const [first, second] = stored(place);
  expect(first).toMatchObject({ file: 'pictures/set/00000.pack', offset: 0 });
  expect(second!.offset).toBe(first!.length);
  const bytes = await readPicture(pictureOf(place.workspace.dir, second!)!);
  expect(await sharp(bytes).metadata()).toMatchObject({ format: 'png', width: 8, height: 6 });
});

test('imported again, nothing is copied twice; a second shard is added', async () => {
  const place = placeWith('huggingface.parquet');
  await importInto(place, 'data');
  expect(await importInto(place, 'data')).toMatchObject({ imported: 2, skipped: 2, added: 0 });
  expect(packs(place)).toEqual(['00000.pack']);
  copyFileSync(path.join(fixtures, 'huggingface.parquet'), path.join(place.dir, 'data/a.parquet'));
  expect(await importInto(place, 'data')).toMatchObject({ imported: 4, added: 4 });
  expect(rowsOf(place)[4]!.path).toBe('a.parquet#0');
  expect(packs(place)).toEqual(['00000.pack', '00001.pack']);
});

test('bare bytes in indexed pages, with uids', async () => {
  const place = placeWith('indexed.parquet');
  expect(await importInto(place, 'data/indexed.parquet')).toMatchObject({ imported: 12, skipped: 0 });
  expect(rowsOf(place).map((row) => row.caption)).toEqual(Array.from({ length: 12 }, (_, i) => `text ${i}`));
  expect(stored(place)[11]!.uid).toBe('0000000000000000000000000000000b');
});

test.each(['paths.parquet', 'binary.parquet', 'lz4.parquet'])(
  'paths count from the folder of %s, or from --images',
  async (name) => {
    const place = placeWith(name);
    const png = await sharp(await jpeg())
      .png()
      .toBuffer();
    writeFiles(place.dir, { 'data/a.png': png, 'c.png': png, 'else/b.png': png });
    expect(await importInto(place, `data/${name}`)).toMatchObject({ imported: 2, skipped: 1 });
    expect(rowsOf(place).map((row) => [row.path, row.caption, row.label, row.reason])).toEqual([
      ['a.png', 'one', '5', null],
      ['b.png', '', '6', 'file not found'],
      ['../c.png', 'three', null, null],
    ]);
    await expect(importInto(place, `data/${name}`, { images: path.join(place.dir, 'else') })).rejects.toThrow(
      /columns/,
    );
    place.workspace.sqlite.exec('DELETE FROM datasets');
    const elsewhere = await importInto(place, `data/${name}`, { images: path.join(place.dir, 'else') });
    expect(elsewhere).toMatchObject({ imported: 2 });
    expect(rowsOf(place)[1]!.file).toBe(path.join(place.dir, 'else/b.png'));
  },
);

test('metadata alone names remote pictures', async () => {
  const place = placeWith('datacomp.parquet');
  await expect(importInto(place, 'data')).rejects.toThrow(
    /all 3 pairs were skipped \(3 remote address, not downloaded, for example http/,
  );
});

test('a compression that is not read, and row groups that are too large, are refused with what to do', async () => {
  const parquet = await openParquetFile(path.join(fixtures, 'paths.parquet'));
  const chunk = parquet.metadata.row_groups[0]!.columns[0]!.meta_data!;
  chunk.codec = 'LZO';
  expect(() => {
    checkColumns(parquet, ['caption']);
  }).not.toThrow();
  expect(() => {
    checkColumns(parquet, ['image_path']);
  }).toThrow(/LZO, which is not read.*zstd/);
  Object.assign(chunk, { codec: 'GZIP', total_uncompressed_size: 2n ** 31n });
  expect(() => {
    checkColumns(parquet, ['image_path']);
  }).toThrow(/2147483648 bytes of image_path in one row group.*row_group_size/);
});

/** The file with some bytes replaced, counted from its end where `at` is negative. */
function damage(place: Place, name: string, at: number, bytes: Uint8Array): void {
  const file = path.join(place.dir, 'data', name);
  const content = readFileSync(file);
  content.set(bytes, at < 0 ? content.length + at : at);
  writeFileSync(file, content);
}

test.each([
  [
    'cut',
    (place: Place) => {
      cut(place, 100);
    },
    /does not end as such a file does/,
  ],
  [
    'cut to nothing',
    (place: Place) => {
      cut(place, 1e9);
    },
    /it has 0 bytes/,
  ],
  [
    'footer longer than the file',
    (place: Place) => {
      damage(place, 'paths.parquet', -8, u32(5000));
    },
    /claims 5000 bytes/,
  ],
  [
    'footer of 4 GB',
    (place: Place) => {
      damage(place, 'paths.parquet', -8, u32(0xffffffff));
    },
    /claims 4294967295/,
  ],
  [
    'footer of nothing',
    (place: Place) => {
      damage(place, 'paths.parquet', -8, u32(0));
    },
    /cannot be read as Parquet/,
  ],
  [
    'noise for a footer',
    (place: Place) => {
      damage(place, 'paths.parquet', -80, noise(70));
    },
    /cannot be read as Parquet/,
  ],
])('a file that is broken is refused: %s', async (_, breakIt, message) => {
  const place = placeWith('paths.parquet');
  breakIt(place);
  await expect(importInto(place, 'data')).rejects.toThrow(message);
  expect(rowsOf(place)).toEqual([]);
});

const u32 = (value: number) => Uint8Array.from([0, 8, 16, 24], (shift) => (value >>> shift) & 255);
const noise = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 37 + 11) & 255);
function cut(place: Place, bytes: number): void {
  const file = path.join(place.dir, 'data/paths.parquet');
  const content = readFileSync(file);
  writeFileSync(file, content.subarray(0, Math.max(0, content.length - bytes)));
}

test('a claim of rows that are not there is refused', async () => {
  const place = placeWith('paths.parquet');
  const file = path.join(place.dir, 'data/paths.parquet');
  const content = readFileSync(file);
  // num_rows, field 3 of the footer after the schema's list: 3 rows are 0x06 in zigzag; the same byte stays one byte long
  const footer = content.length - 8 - content.readUInt32LE(content.length - 8);
  const at = content.indexOf(Buffer.from([0x16, 0x06, 0x19]), footer);
  expect(at).toBeGreaterThan(footer);
  content[at + 1] = 0x7e;
  writeFileSync(file, content);
  await expect(importInto(place, 'data')).rejects.toThrow(/claims 63 rows, its row groups 3/);
});

test('damaged pages stop only their own rows, a damaged shard only itself', async () => {
  const place = placeWith('huggingface.parquet', 'indexed.parquet');
  copyFileSync(path.join(fixtures, 'huggingface.parquet'), path.join(place.dir, 'data/whole.parquet'));
  copyFileSync(path.join(fixtures, 'huggingface.parquet'), path.join(place.dir, 'data/broken.parquet'));
  // the header of the first page of pictures
  damage(place, 'huggingface.parquet', 4, noise(12));
  writeFileSync(path.join(place.dir, 'data/broken.parquet'), readFileSync(path.join(fixtures, 'paths.parquet')));
  writeFileSync(path.join(place.dir, 'data/indexed.parquet'), 'PAR1 cut');
  const result = await importInto(place, 'data', { imageColumn: 'picture' }).catch((error: unknown) => error);
  expect(result).toMatchObject({ format: 'parquet' });
  expect(rowsOf(place).map((row) => [row.path, row.reason?.split(': ')[0]])).toEqual([
    ['broken.parquet', 'damaged Parquet file'],
    ['huggingface.parquet#0', 'damaged Parquet pages'],
    ['huggingface.parquet#1', 'damaged Parquet pages'],
    ['huggingface.parquet#2', 'no picture'],
    ['huggingface.parquet#3', 'not a picture'],
    ['indexed.parquet', 'damaged Parquet file'],
    ['whole.parquet#0', undefined],
    ['whole.parquet#1', undefined],
    ['whole.parquet#2', 'no picture'],
    ['whole.parquet#3', 'not a picture'],
  ]);
});

test('any single damaged byte is refused or skipped, never a crash', async () => {
  const original = readFileSync(path.join(fixtures, 'huggingface.parquet'));
  const place = placeWith('huggingface.parquet');
  const file = path.join(place.dir, 'data/huggingface.parquet');
  for (let at = 0; at < original.length; at += 41) {
    const content = Uint8Array.from(original);
    content[at]! ^= 0x80 | (at & 0x7f);
    writeFileSync(file, content);
    place.workspace.sqlite.exec('DELETE FROM datasets');
    const result = await importInto(place, 'data').catch((error: unknown) => error);
    if (result instanceof Error) expect(result.name).toMatch(/^(Distillery|Usage)Error$/);
    else expect(result).toHaveProperty('imported');
  }
});
