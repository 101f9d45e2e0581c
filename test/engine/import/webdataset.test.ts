/** @file Run: vitest run test/engine/import/webdataset.test.ts. Fixtures: test/fixtures/import/makeArchives.py */

import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { run } from '../../../src/main/engine/import/run.ts';
import { pictureOf, readPicture, type PictureColumns } from '../../../src/main/engine/pictureSource.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { makeTar, pax, type Entry } from './makeTar.ts';
import { importInto, jpeg, makePlace, picture, rowsOf, writeFiles, type Place } from './support.ts';

const fixtures = path.join(import.meta.dirname, '../../fixtures/import/archives');

interface Peer {
  key: string;
  members: Record<string, string>;
}
const expected = JSON.parse(readFileSync(path.join(fixtures, 'expected.json'), 'utf8')) as Record<string, unknown>;

interface Stored extends PictureColumns {
  path: string;
  file: string;
  caption: string;
  label: string | null;
  parts: string;
  uid: string | null;
  modified: number;
  hash: string;
}

const storedOf = ({ workspace }: Place): Stored[] =>
  workspace.sqlite.prepare<[], Stored>('SELECT * FROM samples ORDER BY id').all();

const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** The members of a sample as an export copies them. */
function membersOf(place: Place, { file, parts }: Stored): Record<string, string> {
  const bytes = readFileSync(path.resolve(place.workspace.dir, file));
  const places = JSON.parse(parts) as [string, number, number][];
  return Object.fromEntries(places.map(([ending, at, length]) => [ending, sha(bytes.subarray(at, at + length))]));
}

test.each(['peer.tar', 'peer.tar.gz'])('%s, as the webdataset library writes it, gives its samples', async (name) => {
  const place = makePlace();
  cpSync(path.join(fixtures, name), path.join(place.dir, name));
  expect(await importInto(place, name)).toMatchObject({ format: 'webdataset', imported: 4, skipped: 0 });
  const samples = storedOf(place);
  const peers = expected['peer.tar'] as Peer[];
  expect(samples.map((sample) => membersOf(place, sample))).toEqual(peers.map(({ members }) => members));
  expect(samples.map((sample) => sample.path)).toEqual(
    ['jpg', 'png', 'webp', 'jpg'].map((ending, i) => `${peers[i]!.key}.${ending}`),
  );
  expect(samples.map(({ caption, label, uid }) => [caption, label, uid])).toEqual([
    ['a first caption', '7', null],
    ['from json', null, '0123456789abcdef'.repeat(2)],
    ['a long name', null, null],
    ['ü漢😀', null, null],
  ]);
  for (const sample of samples) {
    expect(sha(await readPicture(pictureOf(place.workspace.dir, sample)!))).toBe(sample.hash);
    expect(Object.values(membersOf(place, sample))).toContain(sample.hash);
    expect(Math.floor(sample.modified / 1000)).toBe(1_600_000_000);
  }
  // nothing is unpacked from a plain shard; a compressed one is copied into the workspace, once
  const files = new Set(samples.map(({ file }) => file));
  expect([...files]).toEqual([name === 'peer.tar' ? path.join(place.dir, name) : 'pictures/set/00000.pack']);
  const packed = () =>
    readdirSync(place.workspace.dir, { recursive: true }).filter((file) => String(file).endsWith('.pack'));
  const before = packed();
  expect(before).toHaveLength(name === 'peer.tar' ? 0 : 1);
  expect(await importInto(place, name)).toMatchObject({ imported: 4, added: 0, repaired: 0 });
  expect(packed()).toEqual(before);
  expect(readdirSync(place.dir).sort()).toEqual([name, 'workspace'].sort());
});

test.each(['ustar', 'gnu', 'pax'])('tarfile, format %s: names, offsets and times', async (format) => {
  const place = makePlace();
  cpSync(path.join(fixtures, `${format}.tar`), path.join(place.dir, 'a.tar'));
  await importInto(place, 'a.tar');
  const peers = expected[`${format}.tar`] as { name: string; offset: number; length: number; modified: number }[];
  expect(
    storedOf(place).map(({ path: name, offset, length, modified }) => ({ name, offset, length, modified })),
  ).toEqual(peers.map((peer) => ({ ...peer, modified: peer.modified * 1000 })));
  expect(peers[0]!.modified).toBe(format === 'pax' ? 1_600_000_000.5 : 1_600_000_000);
});

test('the layout of img2dataset: captions from the shard, else from its table', async () => {
  const place = makePlace();
  cpSync(path.join(fixtures, 'img2dataset'), path.join(place.dir, 'laion'), { recursive: true });
  let total = 0;
  const context = { ...silentContext(), onProgress: (progress: { total: number }) => void (total = progress.total) };
  expect(await importInto(place, 'laion', {}, context)).toMatchObject({
    format: 'webdataset',
    imported: 4,
    skipped: 0,
  });
  expect(total).toBe(4);
  const samples = storedOf(place);
  expect(samples.map(({ path: name, caption }) => [name, caption])).toEqual([
    ['00000.tar/000000000.jpg', 'caption 000000000'],
    ['00000.tar/000000002.jpg', 'caption 000000002'],
    ['00001.tar/000010000.jpg', 'caption 000010000'],
    ['00001.tar/000010002.jpg', 'caption 000010002'],
  ]);
  const keys = ['000000000', '000000002', '000010000', '000010002'];
  expect(samples.map(({ uid }) => uid)).toEqual(keys.map((key) => sha(Buffer.from(key)).slice(0, 32)));
  writeFileSync(path.join(place.dir, 'laion/00001.parquet'), 'no table');
  const other = { ...place, workspace: makePlace().workspace };
  expect(await importInto(other, 'laion')).toMatchObject({ imported: 2, reasons: { 'captions cannot be read': 2 } });
});

test('captions, labels, names and what is left out', async () => {
  const place = makePlace();
  const [a, b] = [await jpeg(1), await picture(2).png().toBuffer()];
  const tar = makeTar([
    { name: './', type: '5' },
    { name: './x.JPG', content: a },
    { name: './x.TXT', content: '\ufeff an x\0 \n' },
    { name: './x.label', content: 'letters' },
    { name: 'both.png', content: b },
    { name: 'both.jpg', content: a },
    { name: 'both.txt', content: ' ' },
    { name: 'both.json', content: '{"text": "by json"}' },
    { name: 'IMG_1.2.png', content: b },
    { name: 'folder.v1/y.jpg', content: a },
    { name: 'folder.v1/y.txt', content: 'z'.repeat(1 << 20) },
    { name: 'bad-json.jpg', content: a },
    { name: 'bad-json.json', content: '{"caption": ' },
    { name: 'bad-json-unused.jpg', content: a },
    { name: 'bad-json-unused.json', content: '{' },
    { name: 'bad-json-unused.txt', content: 'by txt' },
    { name: Buffer.from('caf\xe9.jpg', 'latin1'), content: a },
    pax({ path: 'lang/' + 'ü'.repeat(200) + '.jpg', mtime: '12.25' }),
    { name: 'short', content: a },
    { name: 'README', content: 'belongs to no sample' },
    { name: '__MACOSX/x.jpg', content: a },
    { name: '._x.jpg', content: a },
    { name: '.hidden/x.jpg', content: a },
    { name: 'no-time.jpg', content: a, modified: 0 },
  ]);
  writeFiles(place.dir, { 'a.tar': tar, 'b.bin': tar, 'c.tgz': gzipSync(tar) });
  expect(await importInto(place, 'a.tar')).toMatchObject({ imported: 8, skipped: 1 });
  const rows = rowsOf(place);
  expect(rows.map((row) => [row.path, row.caption.slice(0, 10), row.label, row.reason])).toEqual([
    ['x.JPG', 'an x', 'letters', null],
    ['both.jpg', 'by json', null, null],
    ['IMG_1.2.png', '', null, null],
    ['folder.v1/y.jpg', 'zzzzzzzzzz', null, null],
    ['bad-json.jpg', '', null, 'side-car is not JSON: bad-json.json'],
    ['bad-json-unused.jpg', 'by txt', null, null],
    ['café.jpg', '', null, null],
    ['lang/' + 'ü'.repeat(200) + '.jpg', '', null, null],
    ['no-time.jpg', '', null, null],
  ]);
  expect(rows[3]!.caption).toHaveLength(10_000);
  const stored = storedOf(place);
  expect(stored[7]!.modified).toBe(12_250);
  const fileTime = Math.round(statSync(path.join(place.dir, 'a.tar')).mtimeMs);
  expect(stored.at(-1)!.modified).toBe(fileTime);
  // by its content where the name says nothing, and the same from a compressed one
  for (const name of ['b.bin', 'c.tgz']) {
    const other = { ...place, workspace: makePlace().workspace };
    expect(await importInto(other, name)).toMatchObject({ format: 'webdataset', imported: 8 });
    const without = (row: object) => ({ ...row, file: '' });
    expect(rowsOf(other).map(without)).toEqual(rows.map(without));
    expect(storedOf(other).map((row) => row.hash)).toEqual(stored.map((row) => row.hash));
  }
});

test('several shards: a key may come in each; what is new is added, what was damaged is repaired', async () => {
  const place = makePlace();
  const shard = async (seeds: number[]) => {
    const contents = await Promise.all(seeds.map((seed) => jpeg(seed)));
    return makeTar(
      contents.flatMap((content, i): Entry[] => [
        { name: `${i}.jpg`, content },
        { name: `${i}.txt`, content: `c${i}` },
      ]),
    );
  };
  const whole = await shard([1, 2, 3]);
  writeFiles(path.join(place.dir, 'shards'), {
    '0.tar': await shard([4, 5]),
    // within the text of the last sample
    '10.tar': whole.subarray(0, whole.length - 1024 - 511),
    '2.tgz': gzipSync(await shard([6])),
  });
  expect(await importInto(place, 'shards')).toMatchObject({
    imported: 5,
    skipped: 1,
    reasons: { 'damaged archive': 1 },
  });
  writeFiles(path.join(place.dir, 'shards'), { '10.tar': whole, '11.tar': await shard([7]) });
  expect(await importInto(place, 'shards')).toMatchObject({ imported: 7, skipped: 0, added: 1, repaired: 1 });
  expect(rowsOf(place).map((row) => row.path + ' ' + row.caption)).toEqual([
    ...['0.tar/0.jpg c0', '0.tar/1.jpg c1', '2.tgz/0.jpg c0'],
    ...['10.tar/0.jpg c0', '10.tar/1.jpg c1', '10.tar/2.jpg c2', '11.tar/0.jpg c0'],
  ]);
});

test('of a list of shards that grew, in another order, only the new ones are added', async () => {
  const place = makePlace();
  const shard = async (seed: number) => makeTar([{ name: `${seed}.jpg`, content: await jpeg(seed) }]);
  const importList = () => {
    const input = { workspace: place.workspace, source: `@${path.join(place.dir, 'list.txt')}`, dataset: 'set' };
    return run(input, { format: 'auto' }, silentContext());
  };
  writeFiles(place.dir, { 'a.tar': await shard(1), 'b.tgz': gzipSync(await shard(2)), 'c.tar': await shard(3) });
  writeFiles(place.dir, { 'list.txt': 'a.tar\nb.tgz\n' });
  expect(await importList()).toMatchObject({ imported: 2, added: 2 });
  writeFiles(place.dir, { 'list.txt': 'c.tar\n\nb.tgz\na.tar\n' });
  expect(await importList()).toMatchObject({ imported: 3, added: 1 });
  expect(await importList()).toMatchObject({ imported: 3, added: 0 });
  expect(rowsOf(place).map((row) => row.path)).toEqual(['a.tar/1.jpg', 'b.tgz/2.jpg', 'c.tar/3.jpg']);
});

test('a shard that is replaced by a shorter one does not give other bytes as its picture', async () => {
  const place = makePlace();
  mkdirSync(path.join(place.dir, 'w'));
  writeFiles(place.dir, { 'a.tar': makeTar([{ name: '1.jpg', content: await jpeg(1) }]) });
  await importInto(place, 'a.tar');
  writeFiles(place.dir, { 'a.tar': Buffer.alloc(600) });
  await expect(readPicture(pictureOf(place.workspace.dir, storedOf(place)[0]!)!)).rejects.toThrow(/ends before byte/);
});
