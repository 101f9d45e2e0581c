/** @file Shards that are damaged or mean harm. Run: vitest run test/engine/import/hostileTars.test.ts */

import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { base256, makeEntry, makeTar, pax, type Entry } from './makeTar.ts';
import { importInto, jpeg, makePlace, picture, rowsOf, writeFiles } from './support.ts';

let a: Buffer;
let b: Buffer;
beforeAll(async () => {
  [a, b] = [await jpeg(1), await jpeg(2)];
});

/** Path and reason of each sample of a shard, which is imported beside a good one: of bad ones alone nothing would be kept. */
async function reasonsOf(shard: Uint8Array, name = 'a.tar'): Promise<[path: string, reason: string | null][]> {
  const place = makePlace();
  const shards = path.join(place.dir, 'shards');
  writeFiles(shards, { [name]: shard, 'z.tar': makeTar([{ name: 'good.jpg', content: a }]) });
  await importInto(place, 'shards');
  expect(readdirSync(place.dir).sort()).toEqual(['shards', 'workspace']);
  expect(readdirSync(shards).sort()).toEqual([name, 'z.tar']);
  const rows = rowsOf(place);
  expect(rows.pop()).toMatchObject({ path: 'z.tar/good.jpg', reason: null });
  return rows.map((row) => [row.path.slice(name.length + 1), row.reason]);
}

/** The same from the plain and from the compressed shard. */
async function expectReasons(shard: Buffer, expected: [path: string, reason: unknown][]): Promise<void> {
  expect(await reasonsOf(shard)).toEqual(expected);
  expect(await reasonsOf(gzipSync(shard), 'a.tar.gz')).toEqual(expected);
}

test('names that lead out, links and devices are refused; nothing is written', async () => {
  const link = (type: string): Entry => ({ name: `type-${type}.jpg`, type, link: '/etc/passwd' });
  await expectReasons(
    makeTar([
      { name: 'first.jpg', content: a },
      { name: '../out.jpg', content: a },
      { name: 'x/../../out.txt', content: 'x' },
      { name: '/etc/abs.jpg', content: a },
      { name: 'C:\\win.jpg', content: a },
      pax({ path: 'nul\0.jpg' }),
      { name: 'short.jpg', content: a },
      ...['1', '2', '3', '4', '6'].map(link),
      { name: 'last.jpg', content: b },
    ]),
    [
      ['first.jpg', null],
      ['../out.jpg', 'unsafe name: leads out of the archive: ../out.jpg'],
      ['x/../../out', 'unsafe name: leads out of the archive: x/../../out.txt'],
      ['/etc/abs.jpg', 'unsafe name: an absolute path: /etc/abs.jpg'],
      ['C:\\win.jpg', 'unsafe name: an absolute path: C:\\win.jpg'],
      ['nul.jpg', 'unsafe name: holds a NUL: nul.jpg'],
      ['type-1.jpg', 'not a regular file: a hard link'],
      ['type-2.jpg', 'not a regular file: a symbolic link'],
      ['type-3.jpg', 'not a regular file: a device'],
      ['type-4.jpg', 'not a regular file: a device'],
      ['type-6.jpg', 'not a regular file: a pipe'],
      ['last.jpg', null],
    ],
  );
});

test('cut in a header, in a picture, in a text, between members', async () => {
  const members: Entry[] = [
    { name: '0.jpg', content: a },
    { name: '1.jpg', content: b },
    { name: '1.txt', content: 'x'.repeat(600) },
  ];
  const whole = makeTar(members);
  const second = makeEntry(members[0]!).length;
  const text = second + makeEntry(members[1]!).length;
  const damaged = expect.stringMatching(/^damaged archive: cut, it ends at byte \d+$/) as unknown;
  // the last sample before a cut may have lost a member
  await expectReasons(whole.subarray(0, second + 100), [['0.jpg', damaged]]);
  await expectReasons(whole.subarray(0, second + 512 + 100), [
    ['0.jpg', null],
    ['1.jpg', damaged],
  ]);
  await expectReasons(whole.subarray(0, text + 512 + 100), [
    ['0.jpg', null],
    ['1.jpg', damaged],
  ]);
  await expectReasons(whole.subarray(0, 100), [['.', damaged]]);
  await expectReasons(whole.subarray(0, 512), [['0.jpg', damaged]]);
  // no end marker: many writers leave it out
  await expectReasons(whole.subarray(0, text), [
    ['0.jpg', null],
    ['1.jpg', null],
  ]);
});

test('a header with a wrong checksum: what follows is found again', async () => {
  const damage = expect.stringMatching(/^damaged archive: no tar header at byte \d+$/) as unknown;
  await expectReasons(
    makeTar([
      { name: '0.jpg', content: a },
      { name: '1.jpg', content: a },
      { name: '1.txt', content: 'its caption', checksum: '0000001\0' },
      { name: '2.jpg', content: a },
      { name: '3.jpg', content: a },
    ]),
    [
      ['0.jpg', null],
      ['1.jpg', damage],
      ['2.jpg', damage], // a member of its own may be what was lost
      ['3.jpg', null],
    ],
  );
});

test('sizes that are negative, absurd or no numbers', async () => {
  const sizes: [Entry['size'], RegExp][] = [
    [base256(-5n), /no tar header/],
    [base256(1n << 62n), /no tar header/],
    [base256((1n << 80n) + 7n), /no tar header/],
    ['99999999999\0', /no tar header/],
    ['7777777777x\0', /no tar header/],
    [base256(10n * (1n << 30n)), /cut, it ends at byte|file too large/],
    ['77777777777\0', /cut, it ends at byte|file too large/],
  ];
  for (const [size, reason] of sizes) {
    const shard = makeTar([
      { name: 'a.jpg', content: a },
      { name: 'b.jpg', content: a, size: size! },
      { name: 'c.jpg', content: b },
      { name: 'd.jpg', content: b },
    ]);
    const plain = new Map(await reasonsOf(shard));
    // its own sample, or the neighbours' when not even its name is to be trusted
    expect([...plain.values()].filter((found) => found !== null && reason.test(found)).length).toBeGreaterThan(0);
    expect(plain.get('d.jpg')).toBeNull();
    const compressed = await reasonsOf(gzipSync(shard), 'a.tgz');
    expect(compressed[0]![0]).toBe('a.jpg');
    expect(compressed.some(([, found]) => found !== null && reason.test(found))).toBe(true);
  }
});

test('extended headers: wrong lengths, endless ones, sizes that lie', async () => {
  const extended = (content: string): Entry => ({ name: 'PaxHeaders/x', type: 'x', content });
  for (const entry of [
    extended('99 path=x\n'),
    extended('path=x\n'),
    extended('0 =\n'),
    extended('-7 path=x\n'),
    { name: 'PaxHeaders/x', type: 'x', size: base256(1n << 40n) },
    { name: '././@LongLink', type: 'L', size: '77777777777\0' },
    pax({ size: '99999999999999999999' }),
  ]) {
    const shard = makeTar([
      { name: '0.jpg', content: a },
      entry,
      { name: '1.jpg', content: a },
      { name: '2.jpg', content: b },
      { name: '3.jpg', content: b },
    ]);
    const reasons = new Map(await reasonsOf(shard));
    expect(reasons.get('3.jpg')).toBeNull();
    expect([...reasons.values()].some((reason) => reason?.startsWith('damaged archive: '))).toBe(true);
  }
});

test('duplicate keys, in a row and apart: the first one counts', async () => {
  await expectReasons(
    makeTar([
      { name: 'x.jpg', content: a },
      { name: 'x.txt', content: 'one' },
      { name: 'x.jpg', content: b },
      { name: 'y.jpg', content: b },
      { name: 'x.png', content: b },
    ]),
    [
      ['x.jpg', null],
      ['x.jpg#2', 'duplicate key: x'],
      ['y.jpg', null],
      ['x.png#3', 'duplicate key: x'],
    ],
  );
});

test('captions with NUL, of a megabyte, too large, in broken UTF-8', async () => {
  const place = makePlace();
  writeFiles(place.dir, {
    'a.tar': makeTar([
      { name: '0.jpg', content: a },
      { name: '0.txt', content: 'nul\0 inside' },
      { name: '1.jpg', content: a },
      { name: '1.txt', content: 'é'.repeat(1 << 19) },
      { name: '2.jpg', content: a },
      { name: '2.txt', content: Buffer.from([0x63, 0xff, 0xc3, 0x28]) },
      { name: '3.jpg', content: a },
      { name: '3.txt', content: Buffer.alloc((16 << 20) + 1, 120) },
      { name: '4.jpg', content: a },
      { name: '4.json', content: '['.repeat(100_000) },
      { name: '5.jpg', content: a },
      { name: '5.json', content: '{"caption": {"no": "text"}, "uid": "short"}' },
    ]),
  });
  await importInto(place, 'a.tar');
  const rows = rowsOf(place);
  expect(rows.map((row) => [row.caption.slice(0, 12), row.reason])).toEqual([
    ['nul inside', null],
    ['é'.repeat(12), null],
    ['c\ufffd\ufffd(', null],
    ['', 'side-car too large: 3.txt has 16777217 bytes'],
    ['', 'side-car is not JSON: 4.json'],
    ['', null],
  ]);
  expect(rows[1]!.caption).toHaveLength(10_000);
});

test('archives that hold nothing, or something else', async () => {
  const none = 'archive holds no samples';
  expect(await reasonsOf(Buffer.alloc(0))).toEqual([['.', 'empty file']]);
  expect(await reasonsOf(Buffer.alloc(10_240))).toEqual([['.', none]]);
  expect(await reasonsOf(makeTar([{ name: 'folder/', type: '5' }]))).toEqual([['.', none]]);
  expect(await reasonsOf(Buffer.alloc(5000, 'text'))).toEqual([['.', 'damaged archive: no tar header at byte 0']]);
  expect(await reasonsOf(gzipSync(''), 'a.tgz')).toEqual([['.', none]]);
  expect(await reasonsOf(makeTar([{ name: 'alone.txt', content: 'x' }]))).toEqual([['alone', 'no picture']]);
  expect(await reasonsOf(makeTar([{ name: 'empty.jpg' }]))).toEqual([['empty.jpg', 'empty file']]);
});

test('a gzip that is cut, followed by garbage, damaged, or several in one', async () => {
  // larger than the pieces in which it is unpacked
  const [large, small] = [await picture(3, 400, 300).png({ compressionLevel: 0 }).toBuffer(), a];
  const members = [large, large, small, small].map((content, i): Entry => ({ name: `${i}.png`, content }));
  const shard = makeTar(members);
  const zipped = gzipSync(shard);
  const cut = await reasonsOf(zipped.subarray(0, zipped.length * 0.8), 'a.tar.gz');
  expect(cut[0]).toEqual(['0.png', null]);
  expect(cut.slice(1)).toEqual([['1.png', 'damaged archive: unexpected end of file']]);
  const damaged = Buffer.from(zipped);
  damaged.fill(0xff, Math.floor(zipped.length * 0.7), Math.floor(zipped.length * 0.8));
  const broken = await reasonsOf(damaged, 'a.tar.gz');
  expect(broken[0]).toEqual(['0.png', null]);
  expect(broken.at(-1)![1]).toMatch(/^damaged (archive|picture)/);
  const good = members.map(({ name }) => [name, null]);
  expect(await reasonsOf(Buffer.concat([zipped, Buffer.from('garbage')]), 'a.tar.gz')).toEqual(good);
  const halves = [shard.subarray(0, 700), shard.subarray(700)].map((half) => gzipSync(half));
  expect(await reasonsOf(Buffer.concat(halves), 'a.tar.gz')).toEqual(good);
});

test('a gzip bomb ends early, and what stands before it is imported', async () => {
  // 600 MB of zeros that claim to be a picture, in gzip members of 2 MB each
  const [zeros, claimed] = [gzipSync(Buffer.alloc(2 << 20)), 600 << 20];
  const head = makeEntry({ name: '1.jpg', size: `${claimed.toString(8).padStart(11, '0')}\0` });
  const first = gzipSync(Buffer.concat([makeEntry({ name: '0.jpg', content: a }), head]));
  const bomb = Buffer.concat([first, ...Array.from({ length: 300 }, () => zeros)]);
  expect(bomb.length).toBeLessThan(1 << 20);
  expect(await reasonsOf(bomb, 'a.tar.gz')).toEqual([
    ['0.jpg', null],
    ['1.jpg', 'damaged archive: it unpacks to more than 200 times its size'],
  ]);
});

test('of a compressed shard only what may be used is copied', async () => {
  const place = makePlace();
  const refused: Entry = { name: '../x.jpg', content: Buffer.alloc(1 << 20) };
  writeFiles(place.dir, { 'a.tgz': gzipSync(makeTar([{ name: '0.jpg', content: a }, refused])) });
  await importInto(place, 'a.tgz');
  expect(statSync(path.join(place.workspace.dir, 'pictures/set/00000.pack')).size).toBe(a.length);
});
