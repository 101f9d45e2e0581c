/** @file Run: vitest run test/engine/import/zip.test.ts. Fixtures: test/fixtures/import/makeArchives.py */

import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { crc32, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { decode } from '../../../src/main/engine/clip/decode.ts';
import { pictureOf, readPicture, type PictureColumns } from '../../../src/main/engine/pictureSource.ts';
import { makeZip, type ZipMember } from './makeZip.ts';
import { importInto, jpeg, makePlace, picture, rowsOf, writeFiles, type Place } from './support.ts';

const fixtures = path.join(import.meta.dirname, '../../fixtures/import/archives');
const expected = JSON.parse(readFileSync(path.join(fixtures, 'expected.json'), 'utf8')) as {
  zip: Record<string, string>;
};

const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

type Stored = PictureColumns & { path: string; hash: string; modified: number };
const storedOf = ({ workspace }: Place): Stored[] =>
  workspace.sqlite.prepare<[], Stored>('SELECT * FROM samples ORDER BY id').all();

async function importMembers(members: readonly ZipMember[], before?: Buffer) {
  const place = makePlace();
  writeFiles(place.dir, { 'a.zip': makeZip(members, before) });
  const result = await importInto(place, 'a.zip');
  return { place, result, rows: rowsOf(place) };
}

test.each(['stored', 'deflated', 'streamed', 'zip64'])(
  '%s.zip, as zipfile writes it, is read in place',
  async (name) => {
    const place = makePlace();
    cpSync(path.join(fixtures, `${name}.zip`), path.join(place.dir, 'a.zip'));
    expect(await importInto(place, 'a.zip')).toMatchObject({ format: 'zip', imported: 3, skipped: 0 });
    expect(rowsOf(place).map((row) => [row.path, row.caption, row.label])).toEqual([
      ['cats/1.jpg', 'a cat', 'cats'],
      ['dogs/2.png', 'a dog', 'dogs'],
      ['größe 漢.webp', '', null],
    ]);
    for (const sample of storedOf(place)) {
      expect(sample.file).toBe(path.join(place.dir, 'a.zip'));
      expect(sample.hash).toBe(expected.zip[sample.path]);
      const source = pictureOf(place.workspace.dir, sample)!;
      expect(sha(await readPicture(source))).toBe(sample.hash);
      expect(sample.modified).toBe(Date.UTC(2020, 8, 13, 12, 26, 40));
    }
    expect(readdirSync(place.dir).sort()).toEqual(['a.zip', 'workspace']);
    expect(readdirSync(place.workspace.dir)).not.toContain('pictures');
    expect(await importInto(place, 'a.zip')).toMatchObject({ imported: 3, added: 0, repaired: 0 });
  },
);

test('several zips: new ones are added, and a cut one once it is whole', async () => {
  const place = makePlace();
  const zip = async (...seeds: number[]) =>
    makeZip(await Promise.all(seeds.map(async (seed) => ({ name: `x/${seed}.jpg`, content: await jpeg(seed) }))));
  const write = (files: Record<string, Uint8Array>) => {
    writeFiles(path.join(place.dir, 'zips'), files);
  };
  write({ '10.zip': await zip(1, 2), '9.zip': (await zip(3)).subarray(0, 200) });
  expect(await importInto(place, 'zips/*.zip')).toMatchObject({
    ...{ imported: 2, skipped: 1 },
    skippedItems: [{ path: '9.zip/.', reason: 'damaged archive: no directory at its end, it may be cut' }],
  });
  write({ '11.zip': await zip(1), '10.zip': await zip(1, 2, 4), '9.zip': await zip(3) });
  expect(await importInto(place, 'zips/*.zip')).toMatchObject({ imported: 5, skipped: 0, added: 3 });
  expect(rowsOf(place).map((row) => row.path)).toEqual([
    ...['10.zip/x/1.jpg', '10.zip/x/2.jpg'],
    ...['9.zip/x/3.jpg', '10.zip/x/4.jpg', '11.zip/x/1.jpg'],
  ]);
});

test('a wrong checksum stops only its own picture or caption', async () => {
  const deflate = true;
  const members: ZipMember[] = [
    { name: '1.jpg', content: await jpeg(1), deflate },
    { name: '2.jpg', content: await jpeg(2), checksum: 7 },
    { name: '3.jpg', content: await jpeg(3), deflate, checksum: 7 },
    { name: '4.jpg', content: await jpeg(4) },
    { name: '4.txt', content: 'four', checksum: 7 },
  ];
  const { result, rows } = await importMembers(members);
  expect(result).toMatchObject({ imported: 1, skipped: 3 });
  expect(rows.map((row) => row.reason)).toEqual([
    null,
    'damaged archive: wrong checksum',
    'damaged archive: wrong checksum',
    'side-car cannot be read: 4.txt',
  ]);
});

test('names, labels, captions and what is left out', async () => {
  const [a, b] = [await jpeg(1), await picture(2).png().toBuffer()];
  const unicode = Buffer.concat([Buffer.from('\x75\x70\x10\0\x01\0\0\0\0', 'latin1'), Buffer.from('猫/1.jpg')]);
  unicode.writeUInt16LE(unicode.length - 4, 2);
  unicode.writeUInt32LE(crc32('neko/1.jpg'), 5);
  const wide = Buffer.from('\x01\0\x08\0\0\0\0\0\0\0\0\0', 'latin1'); // its size, in 64 bits
  wide.writeBigUInt64LE(BigInt(a.length), 4);
  const { result, rows } = await importMembers(
    [
      { name: 'wide.jpg', content: a, size: 0xffffffff, extra: wide },
      { name: 'set/', mode: 0o040755 },
      { name: 'set/cats/10.jpg', content: a },
      { name: 'set/cats/9.JPG', content: b, deflate: true },
      { name: 'set/cats/9.json', content: '{"text": "\ud83d nine\\u0000"}', deflate: true },
      { name: Buffer.from('ni\xa4o/\x8e.jpg', 'latin1'), content: a },
      { name: 'windows\\dog.jpg', content: a },
      { name: 'neko/1.jpg', content: a, extra: unicode },
      { name: 'neko/2.jpg', content: a, extra: unicode },
      { name: 'big/caption.jpg', content: a },
      { name: 'big/caption.txt', content: '\0' + 'x'.repeat(1 << 20), deflate: true },
      { name: 'bad/utf8.jpg', content: a },
      { name: 'bad/utf8.txt', content: Buffer.from('caf\xe9', 'latin1') },
      { name: 'bad/json.jpg', content: a },
      { name: 'bad/json.json', content: '{' },
      { name: '.hidden/x.jpg', content: a },
      { name: '__MACOSX/set/._9.jpg', content: a },
      { name: 'README.md', content: 'no picture' },
    ],
    Buffer.from('#!/bin/sh\n'), // as of a zip that unpacks itself
  );
  expect(result).toMatchObject({ imported: 9, skipped: 1 });
  expect(rows.map((row) => [row.path, row.caption.slice(0, 8), row.label, row.reason])).toEqual([
    ['bad/json.jpg', '', 'bad', 'side-car is not JSON: json.json'],
    ['bad/utf8.jpg', 'caf\ufffd', 'bad', null],
    ['big/caption.jpg', 'xxxxxxxx', 'big', null],
    ['neko/2.jpg', '', 'neko', null],
    ['niño/Ä.jpg', '', 'niño', null],
    ['set/cats/9.JPG', '\ufffd nine', 'cats', null],
    ['set/cats/10.jpg', '', 'cats', null],
    ['wide.jpg', '', null, null],
    ['windows/dog.jpg', '', 'windows', null],
    ['猫/1.jpg', '', '猫', null],
  ]);
  expect(rows[2]!.caption).toHaveLength(10_000);
});

test('a damaged, hostile or strange entry stops only itself', async () => {
  const [a, b] = [await jpeg(1), await jpeg(2)];
  const deep = Buffer.alloc(17 << 20);
  const { place, result, rows } = await importMembers([
    { name: 'first.jpg', content: a },
    { name: '../out.jpg', content: a },
    { name: 'x/../../out.txt', content: 'no picture, but shown' },
    { name: '/etc/abs.jpg', content: a },
    { name: 'C:\\win.jpg', content: a },
    { name: 'nul\0.jpg', content: a },
    { name: 'link.jpg', content: '/etc/passwd', mode: 0o120777 },
    { name: 'device.jpg', mode: 0o020666, content: a },
    { name: 'secret.jpg', content: a, flags: 1 },
    { name: 'bzip2.jpg', content: a, method: 12 },
    { name: 'empty.jpg' },
    { name: 'twice.jpg', content: a },
    { name: 'twice.jpg', content: b },
    { name: 'inside.jpg', content: a, header: 10 },
    { name: 'nowhere.jpg', content: a, header: 0xfffffff0 },
    { name: 'nothing.jpg', content: 'no local header', header: 40 },
    { name: 'wide.jpg', content: a, size: 0xffffffff },
    { name: 'bomb.jpg', content: deep, deflate: true },
    { name: 'lying-bomb.jpg', content: deep, deflate: true, size: 1000 },
    { name: 'garbage.jpg', content: a, method: 8 },
    { name: 'stored.jpg', content: a, size: 5 },
    { name: 'last.jpg', content: b, deflate: true },
  ]);
  const reasons = Object.fromEntries(rows.map((row) => [row.path, row.reason]));
  expect(reasons).toMatchObject({
    ...{ 'first.jpg': null, 'twice.jpg': null, 'last.jpg': null },
    '../out.jpg': 'unsafe name: leads out of the archive: ../out.jpg',
    'x/../../out.txt': 'unsafe name: leads out of the archive: x/../../out.txt',
    '/etc/abs.jpg': 'unsafe name: an absolute path: /etc/abs.jpg',
    'C:/win.jpg': 'unsafe name: an absolute path: C:/win.jpg',
    'nul.jpg': 'unsafe name: holds a NUL: nul.jpg',
    'link.jpg': 'not a regular file: a symbolic link',
    'device.jpg': 'not a regular file: a device or pipe',
    'secret.jpg': 'encrypted',
    'bzip2.jpg': 'unsupported compression: method 12',
    'empty.jpg': 'empty file',
    'twice.jpg#2': 'duplicate name: twice.jpg',
    'inside.jpg': 'damaged archive: overlapping entries',
    'nowhere.jpg': expect.stringMatching(/^damaged archive: an entry ends behind the others/) as string,
    'nothing.jpg': 'damaged archive: overlapping entries',
    'wide.jpg': 'damaged archive: sizes of an entry are missing',
    'bomb.jpg': expect.stringMatching(/^file too large: \d+ bytes unpack to 17825792/) as string,
    'lying-bomb.jpg': expect.stringMatching(/unpacks to more than 16777216 bytes/) as string,
    'garbage.jpg': expect.stringMatching(/^file cannot be read: .* it is damaged/) as string,
    'stored.jpg': expect.stringMatching(/^damaged archive: \d+ bytes claim to be 5/) as string,
  });
  expect(result).toMatchObject({ imported: 3, skipped: rows.length - 3 });
  expect(readdirSync(place.dir).sort()).toEqual(['a.zip', 'workspace']);
});

test('a directory that is damaged half way gives what stands before; no directory, a reason', async () => {
  const contents = await Promise.all([1, 2, 3].map((seed) => jpeg(seed)));
  const whole = makeZip(contents.map((content, i) => ({ name: `${i}.jpg`, content })));
  const half = Buffer.from(whole);
  half.write('XX', half.indexOf('PK\x01\x02', half.indexOf('PK\x01\x02', 0, 'latin1') + 4, 'latin1'));
  const endless = Buffer.from(whole);
  endless.writeUInt32LE(0xfffffff0, endless.length - 22 + 12);
  const place = makePlace();
  writeFiles(path.join(place.dir, 'zips'), {
    '0-half.zip': half,
    '1-endless.zip': endless,
    '2-cut.zip': whole.subarray(0, whole.length - 10),
    '3-empty.zip': makeZip([]),
    '4-nothing.zip': '',
    '5-gzip.zip': gzipSync(whole),
    '6-text.zip': 'no zip at all',
    '7-garbage-behind.zip': Buffer.concat([whole, Buffer.from('garbage')]),
  });
  const { imported, skippedItems } = await importInto(place, 'zips');
  expect(imported).toBe(4);
  expect(skippedItems.map(({ path: name, reason }) => `${name} ${reason}`)).toEqual([
    expect.stringMatching(/^0-half.zip\/. damaged archive: no entry of the directory at byte \d+$/),
    expect.stringMatching(/^1-endless.zip\/. damaged archive: its directory of 4294967280 bytes/),
    '2-cut.zip/. damaged archive: no directory at its end, it may be cut',
    '3-empty.zip/. archive holds no pictures',
    '4-nothing.zip/. empty file',
    '5-gzip.zip/. not a zip: compressed as a whole',
    '6-text.zip/. damaged archive: no directory at its end, it may be cut',
  ]);
});

test('a picture in a zip decodes to the pixels that it has outside', async () => {
  const content = await picture(5).png().toBuffer();
  const { place } = await importMembers([
    { name: 'a.png', content },
    { name: 'b.png', content, deflate: true },
  ]);
  const [inside, deflated] = await Promise.all(
    storedOf(place).map((sample) => decode(pictureOf(place.workspace.dir, sample)!)),
  );
  expect(inside).toEqual(await decode(content));
  expect(deflated).toEqual(inside);
});
