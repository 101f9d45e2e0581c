/** @file Hostile and unusual pictures through an import. Run: vitest run test/engine/import/pictures */

import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { bombPng } from '../support/bombPng.ts';
import { makeTar } from './makeTar.ts';
import { importInto, jpeg, makePlace, picture, rowsOf, writeFiles } from './support.ts';

const fixture = (name: string): Buffer => readFileSync(path.join(import.meta.dirname, '../../fixtures/pictures', name));

test('unusual pictures are imported', async () => {
  const names = [
    ...['444.jpg', 'cmykAdobe.jpg', 'cmykPlain.jpg', 'progressive.jpg', 'trailing.jpg', 'turned.jpg', 'ycck.jpg'],
    ...['animated.png', 'bits1.png', 'colour16.png', 'grey4.png', 'interlaced.png', 'palette16.png'],
    ...['animated.gif', 'animated.webp', 'bits1.tif', 'cmyk.tif', 'lzw.tif'],
  ];
  const place = makePlace();
  writeFiles(path.join(place.dir, 'photos'), Object.fromEntries(names.map((name) => [name, fixture(name)])));
  expect(await importInto(place, 'photos')).toMatchObject({ imported: names.length, skipped: 0 });
  // the size in the file, not that after the EXIF rotation, as the towers see it
  expect(rowsOf(place).find((row) => row.path === 'turned.jpg')).toMatchObject({ width: 41, height: 29 });
});

test('large pictures are imported with their own size; what is too large is skipped, and the rest goes on', async () => {
  const place = makePlace();
  const claims = (width: number, height: number) => {
    const bytes = Buffer.from(fixture('progressive.jpg'));
    // SOF2: length, precision, height, width
    const at = bytes.indexOf(Buffer.of(0xff, 0xc2));
    bytes.writeUInt16BE(height, at + 5);
    bytes.writeUInt16BE(width, at + 7);
    return bytes;
  };
  writeFiles(path.join(place.dir, 'photos'), {
    'a-good.jpg': await jpeg(),
    'b-120.png': bombPng(12_000, 10_000),
    'c-3600.png': bombPng(60_000, 60_000, 1),
    'd-claims.png': bombPng(30_000, 30_000, 1),
    'e-progressive.jpg': claims(65_000, 10_000),
    'g-good.jpg': await jpeg(2),
  });
  expect(await importInto(place, 'photos')).toMatchObject({ imported: 3, skipped: 3 });
  expect(rowsOf(place).map(({ path: name, width, height, reason }) => [name, width, height, reason])).toEqual([
    ['a-good.jpg', 24, 16, null],
    ['b-120.png', 12_000, 10_000, null],
    ['c-3600.png', 60_000, 60_000, 'too many pixels: 60000 x 60000, more than 1000 million'],
    ['d-claims.png', null, null, expect.stringMatching(/^damaged picture: \S/)],
    ['e-progressive.jpg', 65_000, 10_000, expect.stringMatching(/^too many pixels: .*a progressive jpeg.* 3.6 GiB/)],
    ['g-good.jpg', 24, 16, null],
  ]);
});

test('cut off, empty, of no picture format: each has its reason', async () => {
  const place = makePlace();
  const whole = await picture(3, 300, 200).jpeg({ progressive: true }).toBuffer();
  const png = await picture(3, 300, 200).png({ progressive: true }).toBuffer();
  const gif = await sharp(fixture('animated.gif')).gif().toBuffer();
  const heic = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic\0\0\0\0mif1heic'), Buffer.alloc(99)]);
  const flipped = Buffer.from(await picture(4, 300, 200).png().toBuffer());
  flipped[flipped.length >> 1]! ^= 0xff;
  writeFiles(path.join(place.dir, 'photos'), {
    'a.jpg': '',
    'b.jpg': whole.subarray(0, whole.length / 2),
    'c.png': png.subarray(0, png.length / 2),
    'd.gif': gif.subarray(0, gif.length / 2),
    'e.png': flipped,
    'f.heic': heic,
    'g.svg.png': '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><image href="/etc/passwd"/></svg>',
    'h.jpg': whole.subarray(0, 3),
    'i.png': Buffer.alloc(5000),
    'j.webp': Buffer.from('RIFF\x24\0\0\0WEBPVP8 '),
    'k.gif': 'GIF89a',
    'l.jpg': Buffer.from('BM' + '\0'.repeat(60)),
    'm.jpg': whole,
  });
  await importInto(place, 'photos');
  expect(
    Object.fromEntries(rowsOf(place).map((row) => [row.path, row.reason?.replace(/(damaged picture): \S.*/, '$1')])),
  ).toEqual({
    'a.jpg': 'empty file',
    'b.jpg': 'damaged picture',
    'c.png': 'damaged picture',
    'd.gif': 'damaged picture',
    'e.png': 'damaged picture',
    'f.heic': 'unsupported format: heic, save it as JPEG or PNG',
    'g.svg.png': 'unsupported format: svg, save it as JPEG or PNG',
    'h.jpg': 'damaged picture',
    'i.png': 'not a picture',
    'j.webp': 'damaged picture',
    'k.gif': 'damaged picture',
    'l.jpg': 'unsupported format: bmp, save it as JPEG or PNG',
    'm.jpg': undefined,
  });
});

test('an import that skips every pair fails with the reasons, and is as if it had not been', async () => {
  const place = makePlace();
  const whole = await jpeg();
  const photos = path.join(place.dir, 'photos');
  writeFiles(photos, { '1.jpg': whole.subarray(0, 300), '2.jpg': '', '3.jpg': whole.subarray(0, 200) });
  await expect(importInto(place, 'photos')).rejects.toThrow(
    /^Nothing was imported from .*photos: all 3 pairs were skipped \(2 damaged picture, for example 1\.jpg: .+; 1 empty file, for example 2\.jpg\)\./,
  );
  expect(place.workspace.sqlite.prepare('SELECT count(*) FROM datasets').pluck().get()).toBe(0);
  // the name is free for another source
  writeFiles(path.join(place.dir, 'good'), { '1.jpg': whole, '2.jpg': '' });
  expect(await importInto(place, 'good')).toMatchObject({ imported: 1, skipped: 1 });
});

test('a dataset that was there stays when all of it is skipped later', async () => {
  const place = makePlace();
  writeFiles(path.join(place.dir, 'photos'), { '1.jpg': await jpeg(), '2.jpg': '' });
  await importInto(place, 'photos');
  place.workspace.sqlite.exec(`UPDATE samples SET status = 'skipped', reason = 'file not found', hash = NULL`);
  rmSync(path.join(place.dir, 'photos/1.jpg'));
  await expect(importInto(place, 'photos')).rejects.toThrow(/all 2 pairs were skipped/);
  expect(rowsOf(place)).toHaveLength(2);
});

test('what a tar.gz of bad pictures left in the workspace goes with it', async () => {
  const place = makePlace();
  writeFiles(place.dir, {
    'a.tar.gz': gzipSync(makeTar([{ name: '1.jpg', content: (await jpeg()).subarray(0, 300) }])),
  });
  await expect(importInto(place, 'a.tar.gz')).rejects.toThrow(/its one pair was skipped/);
  expect(readdirSync(path.join(place.workspace.dir, 'pictures'))).toEqual([]);
});
