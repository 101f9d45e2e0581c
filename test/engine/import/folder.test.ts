/** @file Run: vitest run test/engine/import/folder.test.ts */

import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { naturalOrder } from '../../../src/main/engine/import/naturalOrder.ts';
import { bombPng } from '../support/bombPng.ts';
import { importInto, jpeg, makePlace, picture, rowsOf, writeFiles } from './support.ts';

test('a folder gives paths in natural order, labels from sub-folders and captions from side-cars', async () => {
  const place = makePlace();
  writeFiles(path.join(place.dir, 'photos'), {
    'img10.jpg': await jpeg(1),
    'img2.jpg': await jpeg(2),
    'img2.txt': '\ufeff a mango \n',
    'cats/tabby/1.PNG': await picture(3).png().toBuffer(),
    'cats/tabby/1.json': JSON.stringify({ title: 'not this', caption: 'a tabby' }),
    'dogs/a.webp': await picture(4).webp().toBuffer(),
    'dogs/a.json': JSON.stringify({ text: ['first', 'second'] }),
    'readme.md': 'no picture',
    '.hidden.jpg': await jpeg(5),
    '.git/b.jpg': await jpeg(5),
    '__MACOSX/c.jpg': await jpeg(5),
  });
  const result = await importInto(place, 'photos');
  expect(result).toMatchObject({ format: 'folder', imported: 4, skipped: 0, added: 4, reasons: {} });
  expect(rowsOf(place).map((row) => [row.position, row.path, row.label, row.caption])).toEqual([
    [0, 'cats/tabby/1.PNG', 'tabby', 'a tabby'],
    [1, 'dogs/a.webp', 'dogs', 'first'],
    [2, 'img2.jpg', null, 'a mango'],
    [3, 'img10.jpg', null, ''],
  ]);
  const first = rowsOf(place)[0]!;
  expect(first).toMatchObject({ file: path.join(place.dir, 'photos/cats/tabby/1.PNG'), width: 24, height: 16 });
});

test('every format that the library reads is imported, whatever its name says', async () => {
  const place = makePlace();
  writeFiles(path.join(place.dir, 'photos'), {
    'a.png': await jpeg(),
    'b.jpg': await picture().png().toBuffer(),
    'c.webp': await picture().webp().toBuffer(),
    'd.gif': await picture().gif().toBuffer(),
    'e.avif': await picture().avif({ effort: 0 }).toBuffer(),
    'f.tiff': await picture().tiff().toBuffer(),
    'no-ending': await jpeg(),
    'wrong.dat': await picture().png().toBuffer(),
  });
  expect(await importInto(place, 'photos')).toMatchObject({ imported: 8, skipped: 0 });
});

test('what is no whole picture is skipped with its reason, and stops nothing', async () => {
  const place = makePlace();
  const photos = path.join(place.dir, 'photos');
  const whole = await picture(1, 200, 200).jpeg().toBuffer();
  const png = await picture(1, 200, 200).png().toBuffer();
  writeFiles(photos, {
    '0-good.jpg': whole,
    '1-empty.jpg': '',
    '2-text.jpg': 'this is a text',
    '3-truncated.jpg': whole.subarray(0, whole.length - 400),
    '4-bomb.png': bombPng(60_000, 60_000, 1),
    '5-truncated.png': png.subarray(0, png.length * 0.9),
    '6.bmp': Buffer.concat([Buffer.from('BM'), Buffer.alloc(60)]),
    '7-drawing.png': '<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>',
    '8-good.jpg': whole,
    '8-good.json': '{"caption": ',
  });
  mkdirSync(path.join(photos, '9-folder.jpg'));
  symlinkSync('nowhere.jpg', path.join(photos, 'a-broken.jpg'));
  symlinkSync('b-loop.jpg', path.join(photos, 'b-loop.jpg'));
  symlinkSync('..', path.join(photos, 'c-parent'));
  symlinkSync('0-good.jpg', path.join(photos, 'd-link.jpg'));
  execFileSync('mkfifo', [path.join(photos, 'e-pipe.jpg')]);
  execFileSync('mkfifo', [path.join(photos, 'd-link.txt')]);
  const result = await importInto(place, 'photos');
  const reasons = Object.fromEntries(rowsOf(place).map((row) => [row.path, row.reason?.split(': ')[0]]));
  expect(reasons).toEqual({
    '0-good.jpg': undefined,
    '1-empty.jpg': 'empty file',
    '2-text.jpg': 'not a picture',
    '3-truncated.jpg': 'damaged picture',
    '4-bomb.png': 'too many pixels',
    '5-truncated.png': 'damaged picture',
    '6.bmp': 'unsupported format',
    '7-drawing.png': 'unsupported format',
    '8-good.jpg': 'side-car is not JSON',
    'a-broken.jpg': 'file not found',
    'b-loop.jpg': 'link that leads nowhere',
    'c-parent': 'link to a folder, not followed',
    'd-link.jpg': 'side-car cannot be read',
    'e-pipe.jpg': 'not a regular file',
  });
  expect(result).toMatchObject({ imported: 1, skipped: 13 });
  expect(result.reasons).toMatchObject({ 'damaged picture': 2, 'unsupported format': 2, 'empty file': 1 });
  expect(result.skippedItems).toHaveLength(13);
  expect(result.skippedItems[3]).toEqual({
    path: '4-bomb.png',
    reason: 'too many pixels: 60000 x 60000, more than 1000 million',
  });
});

test('a picture cut off anywhere in its pixels is found out', async () => {
  const encoders = ['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff'] as const;
  const place = makePlace();
  for (const format of encoders) {
    const whole = await picture(2, 300, 260).toFormat(format).toBuffer();
    for (const part of [0.2, 0.6, 0.9]) {
      writeFiles(path.join(place.dir, 'cut'), { [`${part}.${format}`]: whole.subarray(0, whole.length * part) });
    }
  }
  writeFiles(path.join(place.dir, 'cut'), { 'whole.jpg': await jpeg() });
  expect(await importInto(place, 'cut')).toMatchObject({
    imported: 1,
    skipped: 18,
    reasons: { 'damaged picture': 18 },
  });
});

test('the workspace inside the source is not walked', async () => {
  const place = makePlace();
  writeFiles(place.dir, { 'a.jpg': await jpeg(), 'workspace/thumbnails/b.jpg': await jpeg() });
  await importInto(place, '.');
  expect(rowsOf(place).map((row) => row.path)).toEqual(['a.jpg']);
});

test('natural order is a total order that counts', () => {
  const name = fc.string({ unit: fc.constantFrom('0', '1', '2', '10', 'a', 'B', '.', '-', 'é'), maxLength: 8 });
  fc.assert(
    fc.property(fc.array(name, { maxLength: 30 }), (names) => {
      for (const a of names) {
        for (const b of names) {
          expect(naturalOrder(a, b)).toBe(0 - naturalOrder(b, a) || 0);
          expect(naturalOrder(a, b) === 0).toBe(a === b);
          for (const c of names.slice(0, 6)) {
            if (naturalOrder(a, b) < 0 && naturalOrder(b, c) < 0) expect(naturalOrder(a, c)).toBeLessThan(0);
          }
        }
      }
    }),
    { numRuns: 50 },
  );
  expect(['b10', 'b9', 'b09', 'a', 'b', 'b1x', 'b1'].sort(naturalOrder)).toEqual([
    'a',
    'b',
    'b1',
    'b1x',
    'b09',
    'b9',
    'b10',
  ]);
});
