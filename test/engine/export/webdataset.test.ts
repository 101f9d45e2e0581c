/** @file Run: vitest run test/engine/export/webdataset.test.ts */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CancelledError } from '../../../src/main/engine/errors.ts';
import { tarEnd, tarParts, tarSize } from '../../../src/main/engine/export/tar.ts';
import { exportWebDataset, type WebDatasetOptions } from '../../../src/main/engine/export/webdataset.ts';
import { silentContext, type StageContext } from '../../../src/main/engine/progress.ts';
import { temporaryFolder } from '../support/vectors.ts';
import { makePlace, openPlace, picture, readTar, remove, samplesOf, shardsOf, type Place } from './place.ts';

const out = ({ dir }: Place): string => path.join(dir, 'out');
const write = (place: Place, options: Partial<WebDatasetOptions> = {}, context: StageContext = silentContext()) =>
  exportWebDataset(place.input, { out: out(place), ...options }, context);
const contents = (dir: string) =>
  new Map(readdirSync(dir).map((name) => [name, readFileSync(path.join(dir, name)).toString('base64')]));
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** A tar shard as the webdataset library writes it; each member is [name, content]. */
function writeShard(file: string, members: readonly (readonly [string, Buffer | string])[]): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const parts = members.flatMap(([name, content]) => [...tarParts({ name, bytes: Buffer.from(content) })]);
  writeFileSync(file, Buffer.concat([...parts, tarEnd]));
}

test('kept samples of a folder: picture, caption and data, in shards', async () => {
  const place = await makePlace(7);
  remove(place, [2, 5]);
  const result = await write(place, { shardSamples: 2 });
  expect(result).toMatchObject({ path: out(place), rows: 5, shards: 3, skipped: 0, reasons: {} });
  expect(shardsOf(out(place))).toEqual(['00000.tar', '00001.tar', '00002.tar']);
  const kept = samplesOf(place).filter(({ id }) => id !== 2 && id !== 5);
  const members = shardsOf(out(place)).flatMap((name) => [...readTar(path.join(out(place), name))]);
  expect(members.map(([name]) => name)).toEqual(
    kept.flatMap(({ id }) => ['png', 'txt', 'json'].map((ending) => `000000000${id}.${ending}`)),
  );
  const read = Object.fromEntries(members);
  for (const { id, file, path: imported, caption } of kept) {
    const key = `000000000${id}`;
    expect(read[`${key}.png`]!.equals(readFileSync(file))).toBe(true);
    expect(read[`${key}.txt`]!.toString()).toBe(caption);
    const label = path.dirname(imported);
    expect(JSON.parse(read[`${key}.json`]!.toString())).toEqual({ sample_id: id, path: imported, uid: null, label });
  }
  const sizes = JSON.parse(readFileSync(path.join(out(place), 'sizes.json'), 'utf8')) as unknown;
  expect(sizes).toEqual({ '00000.tar': 2, '00001.tar': 2, '00002.tar': 1 });
  const bytes = shardsOf(out(place)).reduce((sum, name) => sum + readFileSync(path.join(out(place), name)).length, 0);
  expect(result.bytes).toBe(bytes);
});

test('members of a WebDataset keep their bytes, endings and unique names', async () => {
  const dir = temporaryFolder();
  const uid = '0123456789abcdef0123456789abcdef';
  writeShard(path.join(dir, 'shards/a.tar'), [
    ['one.png', await picture(1)],
    ['one.txt', ' spaces stay \n'],
    ['one.json', `{"uid": "${uid}",   "more": [1, 2]}`],
    ['one.seg.npy', Buffer.from([1, 2, 3])],
    ['dir/two.png', await picture(2)],
    ['dir/two.json', '{"caption": "from json"}'],
    ['same.png', await picture(3)],
    ['same.txt', 'first'],
    ['0000000001.png', await picture(4)],
  ]);
  writeShard(path.join(dir, 'shards/b.tar'), [
    ['same.png', await picture(5)],
    ['same.txt', 'second'],
    [`${'long/'.repeat(40)}name-ü.png`, await picture(6)],
  ]);
  const place = await openPlace(dir, path.join(dir, 'shards/*.tar'));
  const { rows } = await write(place);
  expect(rows).toBe(6);
  const read = readTar(path.join(out(place), '00000.tar'));
  expect([...read.keys()]).toEqual([
    ...['one.png', 'one.txt', 'one.json', 'one.seg.npy', 'dir/two.png', 'dir/two.json', 'dir/two.txt'],
    // a name that two samples have, and one that looks like the id of another
    ...['0000000003.png', '0000000003.txt', '0000000004.png', '0000000005.png', '0000000005.txt'],
    `${'long/'.repeat(40)}name-ü.png`,
  ]);
  expect(read.get('one.txt')!.toString()).toBe(' spaces stay \n');
  expect(read.get('one.json')!.toString()).toBe(`{"uid": "${uid}",   "more": [1, 2]}`);
  expect([...read.get('one.seg.npy')!]).toEqual([1, 2, 3]);
  expect(read.get('dir/two.txt')!.toString()).toBe('from json');
  expect(read.get('0000000005.png')!.equals(await picture(5))).toBe(true);
});

test('the same subset makes the same bytes, and a second run changes nothing', async () => {
  const place = await makePlace(5);
  const first = await write(place, { shardSamples: 2 });
  const before = contents(out(place));
  expect(await write(place, { shardSamples: 2 })).toEqual(first);
  expect(contents(out(place))).toEqual(before);
  await write(place, { shardSamples: 2, out: `${out(place)}-2` });
  expect(contents(`${out(place)}-2`)).toEqual(before);
});

test('by size: no shard is larger, except one of a single sample', async () => {
  const place = await makePlace(9);
  const size = 512 * 6 + 1024;
  const one = await write(place, { shardBytes: size });
  expect(one.shards).toBe(9);
  const two = await write(place, { shardBytes: size + 512 * 6, out: `${out(place)}-2` });
  expect(two.shards).toBe(5);
  const tiny = await write(place, { shardBytes: 1, out: `${out(place)}-3` });
  expect(tiny.shards).toBe(9);
});

/** Runs until so many batches were read. */
async function stopAfter(place: Place, options: Partial<WebDatasetOptions>, shards: number): Promise<void> {
  const stop = new AbortController();
  const context = {
    ...silentContext(stop.signal),
    onProgress: () => {
      if (existsSync(out(place)) && shardsOf(out(place)).length >= shards) stop.abort();
    },
  };
  await expect(write(place, options, context)).rejects.toBeInstanceOf(CancelledError);
}

test('stopped, it goes on behind the last whole shard to the same bytes', async () => {
  const place = await makePlace(200);
  const options = { shardSamples: 50 };
  await write(place, { ...options, out: `${out(place)}-whole` });
  await stopAfter(place, options, 1);
  expect(shardsOf(out(place)).length).toBeLessThan(4);
  expect(readdirSync(out(place)).filter((name) => name.includes('partial'))).toEqual([]);
  // as after a kill: a shard without its last rename, and what was half written
  rmSync(path.join(out(place), shardsOf(out(place)).at(-1)!));
  writeFileSync(path.join(out(place), '00002.tar.123.partial'), 'x');
  await write(place, options);
  expect(contents(out(place))).toEqual(contents(`${out(place)}-whole`));
});

test('a full disk stops it with a message; the rest is kept', async () => {
  const place = await makePlace(130);
  const options = { shardSamples: 64 };
  let linked = false;
  const context = {
    ...silentContext(),
    onProgress: () => {
      if (linked || !existsSync(path.join(out(place), '00000.tar'))) return;
      linked = true;
      symlinkSync('/dev/full', path.join(out(place), `00002.tar.${process.pid}.partial`));
    },
  };
  await expect(write(place, options, context)).rejects.toThrow(
    /disk is full.*00002\.tar was not written.*same command/,
  );
  expect(shardsOf(out(place))).toEqual(['00000.tar', '00001.tar']);
  expect((await write(place, options)).rows).toBe(130);
});

test('another selection replaces the export, foreign and changed files are left alone', async () => {
  const place = await makePlace(6);
  await write(place, { shardSamples: 2 });
  remove(place, [1, 2, 3, 4]);
  expect(await write(place, { shardSamples: 2 })).toMatchObject({ rows: 2, shards: 1 });
  expect(shardsOf(out(place))).toEqual(['00000.tar']);
  await write(place, { which: 'removed', shardSamples: 3 });
  expect(shardsOf(out(place))).toEqual(['00000.tar', '00001.tar']);
  writeFileSync(path.join(out(place), '00001.tar'), 'mine');
  await expect(write(place)).rejects.toThrow(/00001\.tar is not as an export left it/);
  expect(readFileSync(path.join(out(place), '00001.tar'), 'utf8')).toBe('mine');
});

test('refused: a folder with other files, a file, a folder in the source, the workspace', async () => {
  const place = await makePlace(3);
  mkdirSync(out(place));
  writeFileSync(path.join(out(place), 'notes.txt'), 'mine');
  await expect(write(place)).rejects.toThrow(/not empty, and not an export/);
  await expect(write(place, { out: path.join(out(place), 'notes.txt') })).rejects.toThrow(/not a folder/);
  symlinkSync(path.join(place.dir, 'source'), path.join(place.dir, 'link'));
  for (const target of ['source', 'source/even/new', 'link/new']) {
    const failure = write(place, { out: path.join(place.dir, target) });
    await expect(failure, target).rejects.toThrow(/lies in the source of the dataset "set"/);
  }
  await expect(write(place, { out: place.workspace.dir })).rejects.toThrow(/is the workspace/);
  await expect(write(place, { which: 'removed', out: `${out(place)}-2` })).rejects.toThrow(/distillery balance/);
  expect(readdirSync(path.join(place.dir, 'source')).sort()).toEqual(['even', 'odd']);
});

test('pictures that vanished or changed are skipped, counted and listed', async () => {
  const place = await makePlace(6);
  const files = samplesOf(place).map(({ file }) => file);
  rmSync(files[1]!);
  writeFileSync(files[3]!, 'other');
  rmSync(files[5]!);
  const result = await write(place, { shardSamples: 2 });
  expect(result).toMatchObject({ rows: 3, skipped: 3, shards: 2 });
  expect(result.reasons).toEqual({ 'file not found': 2, 'changed since the import': 1 });
  expect(result.skippedItems.map(({ reason }) => reason)).toEqual([
    'file not found',
    'changed since the import',
    'file not found',
  ]);
  for (const file of files) rmSync(file, { force: true });
  await expect(write(place, { out: `${out(place)}-2` })).rejects.toThrow(/None of the 6 pictures can be read/);
});

test('any names and contents come back from the tar of the system', () => {
  const dir = temporaryFolder();
  const step = (...unit: string[]) =>
    fc
      .string({ unit: fc.constantFrom(...unit), minLength: 1, maxLength: 60, size: 'max' })
      .filter((text) => text.trim() !== '');
  const steps = (one: fc.Arbitrary<string>) => fc.array(one, { minLength: 1, maxLength: 5, size: 'max' });
  // names of ASCII letters use the two fields of ustar
  const names = fc.oneof(steps(step('a', 'B', '-', '_')), steps(step('a', ' ', 'ü', '東')));
  const member = fc.tuple(names, fc.uint8Array({ maxLength: 1100 }));
  let run = 0;
  fc.assert(
    fc.property(fc.array(member, { maxLength: 6 }), (drawn) => {
      const members = drawn.map(([name, bytes], i) => ({ name: `${i}/${name.join('/')}.bin`, bytes }));
      const file = path.join(dir, `${run++}.tar`);
      const parts = members.flatMap((one) => [...tarParts(one)]);
      writeFileSync(file, Buffer.concat([...parts, tarEnd]));
      const size = members.reduce((sum, one) => sum + tarSize(one), tarEnd.length);
      expect(readFileSync(file).length).toBe(size);
      const read = readTar(file);
      expect([...read.keys()]).toEqual(members.map(({ name }) => name));
      for (const { name, bytes } of members) expect(read.get(name)!.equals(bytes)).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test('import, export, import: the same pictures and captions, for any captions', async () => {
  const caption = fc.string({ unit: fc.constantFrom('a', ' ', '"', '\n', ',', 'ü', '😀', '{'), maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(caption, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 5 }),
      async (drawn, shardSamples) => {
        const dir = temporaryFolder();
        const rows = await Promise.all(
          drawn.map(async (text, i) => {
            writeFileSync(path.join(dir, `${i}.png`), await picture(i));
            return JSON.stringify({ path: `${i}.png`, caption: text });
          }),
        );
        writeFileSync(path.join(dir, 'pairs.jsonl'), rows.join('\n') + '\n');
        const first = await openPlace(dir, path.join(dir, 'pairs.jsonl'));
        await write(first, { shardSamples });
        const second = await openPlace(dir, path.join(out(first), '*.tar'), 'second');
        await write(second, { shardSamples: 4, out: path.join(dir, 'again') });
        const third = await openPlace(dir, path.join(dir, 'again', '*.tar'), 'third');
        const facts = (place: Place) => samplesOf(place).map(({ hash, caption: text }) => [hash, text]);
        expect(facts(second)).toEqual(facts(first));
        expect(facts(third)).toEqual(facts(first));
        expect(facts(first).map(([hash]) => hash)).toEqual(
          await Promise.all(drawn.map(async (_, i) => sha256(await picture(i)))),
        );
      },
    ),
    { numRuns: 8 },
  );
});
