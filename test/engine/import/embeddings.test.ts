/** @file Run: vitest run test/engine/import/embeddings.test.ts (fixtures: test/fixtures/import/make.py) */

import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { CancelledError, DistilleryError } from '../../../src/main/engine/errors.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { findEmbeddings, readIds, readRows } from '../../../src/main/engine/store/embeddings.ts';
import { npyHeader, writeNpy } from '../../../src/main/engine/store/npy.ts';
import { importInto, jpeg, makePlace, rowsOf, writeFiles, type Place } from './support.ts';

const fixture = path.join(import.meta.dirname, '../../fixtures/import/clip-retrieval');

/** A place with a copy of the fixture in `source`. */
function placeWithFixture(): Place & { source: string } {
  const place = makePlace();
  const source = path.join(place.dir, 'source');
  cpSync(fixture, source, { recursive: true });
  return { ...place, source };
}

test('clip-retrieval shards come in numeric order with their captions and paths', async () => {
  const place = placeWithFixture();
  writeFiles(place.source, { 'pictures/2-0.jpg': await jpeg() });
  const result = await importInto(place, 'source');
  expect(result).toMatchObject({ format: 'embeddings', imported: 12, skipped: 0, added: 12 });
  const rows = rowsOf(place);
  expect(rows.map((row) => row.path)).toEqual(
    [0, 2, 10].flatMap((shard) =>
      Array.from({ length: { 0: 5, 2: 3, 10: 4 }[shard]! }, (_, row) => `pictures/${shard}-${row}.jpg`),
    ),
  );
  expect(rows.slice(0, 3).map((row) => row.caption)).toEqual(['caption 0 0 ü', '', 'caption 0 2 ü']);
  expect(rows.flatMap((row) => row.file ?? [])).toEqual([path.join(place.source, 'pictures/2-0.jpg')]);

  const set = await findEmbeddings(place.workspace, 'set');
  expect(set.manifest).toMatchObject({ teacher: 'imported', dim: 8, complete: true });
  expect(await readIds(set)).toEqual(Int32Array.from({ length: 12 }, (_, i) => i + 1));
  const image = await readRows(set, 'image');
  const text = await readRows(set, 'text');
  expect(Array.from(text)).toEqual(Array.from(image, (x) => -x));
  // row 1 of shard 10, the last but two: 0.1 everywhere, 1.1 at place 1, then scaled to length 1
  const length = Math.hypot(1.1, ...Array<number>(7).fill(0.1));
  expect(image[9 * 8 + 1]).toBeCloseTo(1.1 / length, 3);
  expect(image[9 * 8 + 7]).toBeCloseTo(0.1 / length, 3);
});

test('run again it adds nothing; a new shard is appended', async () => {
  const place = placeWithFixture();
  const later = ['img_emb/img_emb_10.npy', 'text_emb/text_emb_10.npy', 'metadata/metadata_10.parquet'];
  for (const file of later) renameSync(path.join(place.source, file), path.join(place.dir, path.basename(file)));
  expect(await importInto(place, 'source')).toMatchObject({ imported: 8, added: 8 });
  expect(await importInto(place, 'source')).toMatchObject({ imported: 8, added: 0 });
  for (const file of later) renameSync(path.join(place.dir, path.basename(file)), path.join(place.source, file));
  expect(await importInto(place, 'source')).toMatchObject({ imported: 12, added: 4 });
  expect((await findEmbeddings(place.workspace, 'set')).manifest.shards.map((shard) => shard.rows)).toEqual([5, 3, 4]);
});

test('stopped between the samples and their rows, it goes on as if undisturbed', async () => {
  const [place, undisturbed] = [placeWithFixture(), placeWithFixture()];
  const stop = new AbortController();
  const context = { ...silentContext(stop.signal), onProgress: stop.abort.bind(stop, undefined) };
  await expect(importInto(place, 'source', {}, context)).rejects.toBeInstanceOf(CancelledError);
  // as after a crash: samples of the next shard are there, its rows are not
  place.workspace.sqlite.exec(
    `INSERT INTO samples (dataset_id, position, path, caption, status) VALUES (1, 5, 'x', '', 'ok'), (1, 6, 'y', '', 'ok')`,
  );
  await importInto(place, 'source');
  await importInto(undisturbed, 'source');
  expect(rowsOf(place)).toEqual(rowsOf(undisturbed));
  const folder = (from: Place) => path.join(from.workspace.dir, 'embeddings/set/imported');
  for (const name of readdirSync(folder(undisturbed))) {
    expect(readFileSync(path.join(folder(place), name)), name).toEqual(
      readFileSync(path.join(folder(undisturbed), name)),
    );
  }
});

test('zero and non-finite rows are skipped with their reasons', async () => {
  const place = makePlace();
  const values = new Float32Array([1, 2, 0, 0, 3, 4, NaN, 1, 5, 6, Infinity, 1]);
  await writeNpy(path.join(place.dir, 'source/img_emb/img_emb_0.npy'), values, [6, 2]);
  const result = await importInto(place, 'source');
  expect(result).toMatchObject({
    imported: 3,
    skipped: 3,
    reasons: { 'image embedding is not finite': 2, 'image embedding is zero': 1 },
  });
  expect(rowsOf(place).map((row) => row.path)[2]).toBe('img_emb_0.npy#2');
  const set = await findEmbeddings(place.workspace, 'set');
  expect(await readIds(set)).toEqual(Int32Array.of(1, 3, 5));
  expect(Array.from(await readRows(set, 'image')).slice(2, 4)).toEqual([Math.fround(0.6), Math.fround(0.8)]);
  await expect(readRows(set, 'text')).rejects.toThrow(/no text embeddings/);
});

test('a single .npy file and a folder of them are embeddings too, float64 included', async () => {
  const place = makePlace();
  await writeNpy(path.join(place.dir, 'rows.npy'), Float64Array.of(3, 4), [1, 2]);
  expect(await importInto(place, 'rows.npy')).toMatchObject({ format: 'embeddings', imported: 1 });
  const other = makePlace();
  await writeNpy(path.join(other.dir, 'flat/a-2.npy'), Float16Array.of(3, 4), [1, 2]);
  await writeNpy(path.join(other.dir, 'flat/a-10.npy'), Float32Array.of(1, 0, 0, 1), [2, 2]);
  expect(await importInto(other, 'flat')).toMatchObject({ imported: 3 });
  expect(rowsOf(other).map((row) => row.path)).toEqual(['a-2.npy#0', 'a-10.npy#0', 'a-10.npy#1']);
});

test('more rows than a chunk: shards of the workspace follow the source', async () => {
  const place = makePlace();
  const rows = 16_384 + 10;
  const values = Float32Array.from({ length: rows * 2 }, (_, i) => i + 1);
  await writeNpy(path.join(place.dir, 'rows.npy'), values, [rows, 2]);
  await importInto(place, 'rows.npy');
  const set = await findEmbeddings(place.workspace, 'set');
  expect(set.manifest.shards.map((shard) => shard.rows)).toEqual([16_384, 10]);
  const [x, y] = await readRows(set, 'image', rows - 1, rows);
  expect(x! / y!).toBeCloseTo((2 * rows - 1) / (2 * rows), 6);
  expect(rowsOf(place).at(-1)).toMatchObject({ position: rows - 1, path: `rows.npy#${rows - 1}` });
});

const fourRows = (file: string) => writeNpy(file, new Float16Array(4 * 8).fill(1), [4, 8]);

test.each<[string, (source: string) => Promise<void> | void, RegExp]>([
  [
    'a wider shard',
    (s) => writeNpy(`${s}/img_emb/img_emb_2.npy`, new Float32Array(27), [3, 9]),
    /img_emb_2.npy has rows of 9/,
  ],
  [
    'texts of another width',
    (s) => writeNpy(`${s}/text_emb/text_emb_0.npy`, new Float32Array(45), [5, 9]),
    /text_emb_0.npy/,
  ],
  ['fewer texts', (s) => fourRows(`${s}/text_emb/text_emb_0.npy`), /text_emb_0.npy has 4 rows, .* has 5/],
  ['fewer images', (s) => fourRows(`${s}/img_emb/img_emb_0.npy`), /has 5 rows, .*img_emb_0.npy has 4/],
  ['one dimension', (s) => writeNpy(`${s}/img_emb/img_emb_0.npy`, new Float32Array(5), [5]), /shape \[5\]/],
  ['integers', (s) => writeNpy(`${s}/img_emb/img_emb_0.npy`, new Int32Array(40), [5, 8]), /<i4/],
  [
    'a pickle',
    (s) => {
      writeFileSync(`${s}/img_emb/img_emb_0.npy`, objectArray());
    },
    /could run code/,
  ],
  [
    'a cut file',
    (s) => {
      writeFileSync(`${s}/img_emb/img_emb_0.npy`, npyHeader('<f4', [5, 8]));
    },
    /claims shape/,
  ],
  [
    'a missing text shard',
    (s) => {
      rmSync(`${s}/text_emb/text_emb_2.npy`);
    },
    /no file with the shard number "2"/,
  ],
  [
    'a missing image shard',
    (s) => {
      rmSync(`${s}/img_emb/img_emb_2.npy`);
    },
    /3 files in text_emb, but 2/,
  ],
  [
    'a shard twice',
    (s) => {
      cpSync(`${s}/img_emb/img_emb_2.npy`, `${s}/img_emb/img_emb_02.npy`);
    },
    /two files with the shard number "2"/,
  ],
  [
    'damaged metadata',
    (s) => {
      writeFileSync(`${s}/metadata/metadata_2.parquet`, 'PAR1 and more PAR1');
    },
    /metadata_2.parquet cannot be read/,
  ],
])('refused before anything is imported: %s', async (_, damage, message) => {
  const place = placeWithFixture();
  await damage(place.source);
  const failure = importInto(place, 'source');
  await expect(failure).rejects.toThrow(message);
  await expect(failure).rejects.toBeInstanceOf(DistilleryError);
  expect(rowsOf(place)).toEqual([]);
});

test('a source that changed in place is refused', async () => {
  const place = placeWithFixture();
  await importInto(place, 'source');
  rmSync(`${place.source}/metadata`, { recursive: true });
  await expect(importInto(place, 'source')).rejects.toThrow(/with the columns/);
  cpSync(`${fixture}/metadata`, `${place.source}/metadata`, { recursive: true });
  for (const file of ['img_emb/img_emb_10.npy', 'text_emb/text_emb_10.npy', 'metadata/metadata_10.parquet']) {
    rmSync(path.join(place.source, file));
  }
  await expect(importInto(place, 'source')).rejects.toThrow(/had 12 embeddings and has changed/);
});

function objectArray(): Buffer {
  const head = Buffer.from(npyHeader('<f4', [5, 8]));
  head.write("'|O' ", head.indexOf("'<f4'"));
  return Buffer.concat([head, Buffer.alloc(400)]);
}
