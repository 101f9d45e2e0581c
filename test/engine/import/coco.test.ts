/** @file Run: vitest run test/engine/import/coco.test.ts */

import { truncateSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { CancelledError, DistilleryError, UsageError } from '../../../src/main/engine/errors.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { importInto, jpeg, makePlace, rowsOf, writeFiles, type Place } from './support.ts';

const captions = {
  info: { description: 'COCO 2017 Dataset', year: 2017 },
  licenses: [{ id: 1, name: 'x', url: 'y' }],
  images: [
    { license: 4, file_name: '000000397133.jpg', coco_url: 'http://x/1.jpg', height: 16, width: 24, id: 397133 },
    { license: 1, file_name: '000000037777.jpg', height: 16, width: 24, id: 37777 },
    { file_name: 'gone.jpg', id: 3 },
    { file_name: '../out.jpg', id: 4 },
    { id: 5 },
    { file_name: 'uncaptioned.jpg', id: 'a text' },
  ],
  annotations: [
    { image_id: 37777, id: 40, caption: ' The dining table \n' },
    { image_id: 37777, id: 39, caption: 'Another' },
    { image_id: 397133, id: 1, caption: '  ' },
    { image_id: 397133, id: 2, caption: 'A man is in a kitchen ü\0' },
    { image_id: 999, id: 3, caption: 'of no image' },
    { image_id: 3, id: 4, category_id: 1, bbox: [1, 2, 3, 4] },
  ],
};

async function placeWith(json: unknown, pictures: string): Promise<Place> {
  const place = makePlace();
  writeFiles(place.dir, {
    'annotations/captions_val2017.json': JSON.stringify(json),
    [`${pictures}/000000397133.jpg`]: await jpeg(1),
    [`${pictures}/000000037777.jpg`]: await jpeg(2),
    [`${pictures}/uncaptioned.jpg`]: await jpeg(3),
    'train2017/other.jpg': 'x',
    'images/train/other.jpg': 'x',
  });
  return place;
}

const file = 'annotations/captions_val2017.json';
const expected = [
  ['000000397133.jpg', 'A man is in a kitchen ü', null],
  ['000000037777.jpg', 'The dining table', null],
  ['gone.jpg', '', 'file not found'],
  ['../out.jpg', '', 'path leads out of the folder of the pictures'],
  ['', '', 'no path'],
  ['uncaptioned.jpg', '', null],
];
const found = (place: Place) => rowsOf(place).map((row) => [row.path, row.caption, row.reason]);

test.each(['val2017', 'images', 'images/val2017', 'annotations', 'annotations/images', '.'])(
  'pictures in %s are found; each gets the first of its captions',
  async (folder) => {
    const place = await placeWith(captions, folder);
    expect(await importInto(place, file)).toMatchObject({ format: 'coco', imported: 3, skipped: 3 });
    expect(found(place)).toEqual(expected);
    expect(rowsOf(place)[0]!.file).toBe(path.join(place.dir, folder, '000000397133.jpg'));
    expect(await importInto(place, file)).toMatchObject({ imported: 3, added: 0 });
  },
);

test('annotations before images', async () => {
  const { images, annotations } = captions;
  const place = await placeWith({ annotations, images }, 'val2017');
  await importInto(place, file);
  expect(found(place)).toEqual(expected);
});

test('a folder that is named; without one, pictures elsewhere are not found', async () => {
  const place = await placeWith(captions, 'far/away/from');
  const failure = importInto(place, file);
  await expect(failure).rejects.toThrow(/000000397133.jpg.*--images/);
  await expect(failure).rejects.toBeInstanceOf(UsageError);
  expect(await importInto(place, file, { images: path.join(place.dir, 'far/away/from') })).toMatchObject({
    imported: 3,
  });
});

test("Karpathy's splits", async () => {
  const sentences = [{ raw: 'first', tokens: ['first'] }, { raw: 'second' }];
  const images = [
    { filepath: 'val2017', filename: '000000397133.jpg', sentences, imgid: 0, split: 'test', cocoid: 1 },
    { filename: 'val2017/000000037777.jpg', sentences: [], imgid: 1 },
  ];
  const place = await placeWith({ images, dataset: 'coco' }, 'val2017');
  expect(await importInto(place, file)).toMatchObject({ format: 'coco', imported: 2 });
  expect(found(place)[0]).toEqual(['val2017/000000397133.jpg', 'first', null]);
});

test('a cut file imports nothing, one that is too large is refused, entries that are odd stop only themselves', async () => {
  const place = await placeWith(captions, 'val2017');
  truncateSync(path.join(place.dir, file), 700);
  await expect(importInto(place, file)).rejects.toThrow(/cut/);
  await expect(importInto(place, file)).rejects.toBeInstanceOf(DistilleryError);
  truncateSync(path.join(place.dir, file), 2 ** 31 + 1);
  await expect(importInto(place, file)).rejects.toThrow(/2147483649 bytes/);
  expect(rowsOf(place)).toEqual([]);
  const odd = {
    images: [{ file_name: 5 }, 7, null, ...captions.images],
    annotations: [{ image_id: {} }, [], ...captions.annotations],
  };
  writeFiles(place.dir, { [file]: JSON.stringify(odd) });
  await importInto(place, file);
  expect(found(place)).toEqual([['', '', 'no path'], ...expected]);
});

test('reading can be cancelled', async () => {
  const place = await placeWith(captions, 'val2017');
  const stop = new AbortController();
  const context = { ...silentContext(stop.signal), onProgress: stop.abort.bind(stop, undefined) };
  await expect(importInto(place, file, {}, context)).rejects.toBeInstanceOf(CancelledError);
  expect(rowsOf(place)).toEqual([]);
});

test('a file without captions says so', async () => {
  const place = await placeWith({ images: captions.images, categories: [] }, 'val2017');
  const lines: string[] = [];
  await importInto(place, file, {}, { ...silentContext(), log: (line) => lines.push(line) });
  expect(lines.join()).toMatch(/no captions/);
});
