/** @file Run: vitest run test/engine/import/folderTable.test.ts */

import { expect, test } from 'vitest';
import { importInto, jpeg, makePlace, rowsOf, writeFiles, type Place } from './support.ts';

async function placeWith(files: Record<string, string>): Promise<Place> {
  const place = makePlace();
  const pictures = {
    'set/a.jpg': await jpeg(1),
    'set/train/b.jpg': await jpeg(2),
    'set/train/cat/c.jpg': await jpeg(3),
  };
  writeFiles(place.dir, { ...pictures, ...files });
  return place;
}

const found = (place: Place) => rowsOf(place).map((row) => [row.path, row.caption, row.label, row.reason]);

test('metadata.jsonl at the top: captions and labels of pictures in sub-folders too', async () => {
  const rows = [
    { file_name: 'a.jpg', text: 'one' },
    { file_name: 'train/b.jpg', text: 'two', label: 'dog' },
    { file_name: 'gone.jpg', text: 'of no picture' },
  ];
  const place = await placeWith({ 'set/metadata.jsonl': rows.map((row) => JSON.stringify(row)).join('\n') });
  expect(await importInto(place, 'set')).toMatchObject({ format: 'folder', imported: 3, skipped: 0 });
  expect(found(place)).toEqual([
    ['a.jpg', 'one', null, null],
    ['train/b.jpg', 'two', 'dog', null],
    ['train/cat/c.jpg', '', 'cat', null],
  ]);
});

test('metadata.csv of the nearest folder; a side-car where it has no caption; bad rows stop only themselves', async () => {
  const place = await placeWith({
    'set/metadata.csv': 'file_name,caption\na.jpg,top\ntrain/b.jpg,hidden\n',
    'set/train/metadata.csv': 'file_name,caption\nb.jpg,near\ncat/c.jpg,a, comma\n',
    'set/train/b.txt': 'beside',
    'set/train/cat/c.txt': 'beside',
  });
  expect(await importInto(place, 'set')).toMatchObject({ imported: 3 });
  expect(found(place).map(([, caption]) => caption)).toEqual(['top', 'near', 'beside']);
});

test('a table of something else is ignored, one that cannot be read is a reason', async () => {
  const place = await placeWith({
    'set/metadata.csv': 'id,price\n1,2\n',
    'set/train/metadata.csv': 'file_name,text\nb.jpg,"x',
  });
  await importInto(place, 'set');
  expect(found(place).map(([path, , , reason]) => [path, String(reason).split(': ', 2).join(': ')])).toEqual([
    ['a.jpg', 'null'],
    ['train/b.jpg', 'metadata cannot be read: metadata.csv'],
    ['train/cat/c.jpg', 'metadata cannot be read: metadata.csv'],
  ]);
  writeFiles(place.dir, { 'set/train/metadata.csv': 'file_name,text\nb.jpg,x\n' });
  expect(await importInto(place, 'set')).toMatchObject({ imported: 3, repaired: 2 });
});
