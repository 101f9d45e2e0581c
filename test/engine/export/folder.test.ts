/** @file Run: vitest run test/engine/export/folder.test.ts */

import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { CancelledError } from '../../../src/main/engine/errors.ts';
import { exportFolder, type FolderOptions } from '../../../src/main/engine/export/folder.ts';
import { tarEnd, tarParts } from '../../../src/main/engine/export/tar.ts';
import { silentContext, type StageContext } from '../../../src/main/engine/progress.ts';
import { temporaryFolder } from '../support/vectors.ts';
import { makePlace, openPlace, picture, remove, samplesOf, type Place } from './place.ts';

const out = ({ dir }: Place): string => path.join(dir, 'out');
const write = (place: Place, options: Partial<FolderOptions> = {}, context: StageContext = silentContext()) =>
  exportFolder(place.input, { out: out(place), ...options }, context);
const filesIn = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.startsWith('.') && statSync(path.join(dir, name)).isFile())
    .sort();

test('hard links in their sub-folders, captions beside them', async () => {
  const place = await makePlace(6);
  remove(place, [2]);
  const kept = samplesOf(place).filter(({ id }) => id !== 2);
  const result = await write(place);
  expect(result).toMatchObject({ path: out(place), rows: 5, linked: 5, copied: 0, present: 0, skipped: 0 });
  for (const { path: name, file, caption } of kept) {
    expect(statSync(path.join(out(place), name)).ino).toBe(statSync(file).ino);
    const text = path.join(out(place), name.replace('.png', '.txt'));
    if (caption === '') expect(existsSync(text)).toBe(false);
    else expect(readFileSync(text, 'utf8')).toBe(caption);
  }
  const captions = kept.filter(({ caption }) => caption !== '').length;
  expect(filesIn(out(place))).toHaveLength(kept.length + captions);
  const again = await openPlace(place.dir, out(place), 'second');
  expect(samplesOf(again).map(({ path: name, hash, caption }) => [name, hash, caption])).toEqual(
    kept.map(({ path: name, hash, caption }) => [name, hash, caption]),
  );
});

test('--copy makes files of their own; a second run finds all there', async () => {
  const place = await makePlace(3);
  expect(await write(place, { copy: true })).toMatchObject({ rows: 3, linked: 0, copied: 3 });
  const [first] = samplesOf(place);
  const copy = path.join(out(place), first!.path);
  expect(statSync(copy).ino).not.toBe(statSync(first!.file).ino);
  writeFileSync(copy, 'edited');
  expect(readFileSync(first!.file).equals(await picture(0))).toBe(true);
  expect(await write(place, { copy: true })).toMatchObject({
    ...{ rows: 2, present: 2, copied: 0, skipped: 1 },
    reasons: { 'another file is in its place': 1 },
  });
  expect(readFileSync(copy, 'utf8')).toBe('edited');
});

test('pictures of an archive are copied out', async () => {
  const dir = temporaryFolder();
  const members = [
    { name: 'a/one.png', bytes: await picture(1) },
    { name: 'a/one.txt', bytes: Buffer.from('one') },
    { name: 'two.png', bytes: await picture(2) },
  ];
  writeFileSync(path.join(dir, 'x.tar'), Buffer.concat([...members.flatMap((one) => [...tarParts(one)]), tarEnd]));
  const place = await openPlace(dir, path.join(dir, 'x.tar'));
  expect(await write(place)).toMatchObject({ rows: 2, linked: 0, copied: 2 });
  expect(filesIn(out(place))).toEqual(['a/one.png', 'a/one.txt', 'two.png']);
  expect(readFileSync(path.join(out(place), 'a/one.png')).equals(await picture(1))).toBe(true);
});

test('paths of a table that lead out of its folder go below DIR with the whole path', async () => {
  const dir = realpathSync(temporaryFolder());
  for (const folder of ['tables', 'elsewhere']) mkdirSync(path.join(dir, folder));
  for (const [i, name] of [
    'tables/in.png',
    'elsewhere/up.png',
    'elsewhere/abs.png',
    'elsewhere/target.png',
  ].entries()) {
    writeFileSync(path.join(dir, name), await picture(i));
  }
  symlinkSync('../elsewhere/target.png', path.join(dir, 'tables/link.png'));
  const table = path.join(dir, 'tables/pairs.csv');
  const rows = ['in.png,a', '../elsewhere/up.png,b', `${dir}/elsewhere/abs.png,c`, 'link.png,d'];
  writeFileSync(table, `path,caption\n${rows.join('\n')}\n`);
  const place = await openPlace(dir, table);
  expect(await write(place)).toMatchObject({ rows: 4, linked: 4 });
  const below = (name: string) => path.join(dir.slice(1), 'elsewhere', name);
  const names = [
    'in.png',
    'in.txt',
    'link.png',
    'link.txt',
    ...['abs', 'up'].flatMap((n) => [below(`${n}.png`), below(`${n}.txt`)]),
  ];
  expect(filesIn(out(place))).toEqual(names.sort());
  // the picture, not the symbolic link
  expect(lstatSync(path.join(out(place), 'link.png')).ino).toBe(statSync(path.join(dir, 'elsewhere/target.png')).ino);
});

test('stopped, it goes on; a missing or changed picture leaves no caption', async () => {
  const place = await makePlace(150);
  const files = samplesOf(place);
  rmSync(files[1]!.file);
  writeFileSync(files[2]!.file, 'short');
  const stop = new AbortController();
  const context = {
    ...silentContext(stop.signal),
    onProgress: () => {
      stop.abort();
    },
  };
  await expect(write(place, {}, context)).rejects.toBeInstanceOf(CancelledError);
  const captions = files.slice(1, 3).map(({ path: name }) => path.join(out(place), name.replace('.png', '.txt')));
  expect(captions.filter((file) => existsSync(file))).toEqual([]);
  const result = await write(place);
  expect(captions.filter((file) => existsSync(file))).toEqual([]);
  expect(result).toMatchObject({ rows: 148, linked: 86, present: 62, skipped: 2 });
  expect(result.reasons).toEqual({ 'file not found': 1, 'changed since the import': 1 });
});

test('nothing is overwritten, and other folders are refused', async () => {
  const place = await makePlace(4);
  await write(place);
  remove(place, [1]);
  await expect(write(place)).rejects.toThrow(/holds an export of other samples/);
  mkdirSync(path.join(place.dir, 'mine'));
  writeFileSync(path.join(place.dir, 'mine/1.png'), 'mine');
  await expect(write(place, { out: path.join(place.dir, 'mine') })).rejects.toThrow(/not empty, and not an export/);
  await expect(write(place, { out: path.join(place.dir, 'source/sub') })).rejects.toThrow(/lies in the source/);
  expect(filesIn(path.join(place.dir, 'mine'))).toEqual(['1.png']);
});

test('two captions for one place: the first stands', async () => {
  const dir = temporaryFolder();
  writeFileSync(path.join(dir, 'a.png'), await picture(1));
  writeFileSync(path.join(dir, 'pairs.csv'), 'path,caption\na.png,one\na.png,one\na.png,two\n');
  const place = await openPlace(dir, path.join(dir, 'pairs.csv'));
  expect(await write(place)).toMatchObject({
    ...{ rows: 2, linked: 1, present: 1, skipped: 1 },
    reasons: { 'another caption is in its place': 1 },
  });
  expect(readFileSync(path.join(out(place), 'a.txt'), 'utf8')).toBe('one');
});
