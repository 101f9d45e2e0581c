/** @file Run: vitest run test/engine/import/sources.test.ts */

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { expandBraces, findSources } from '../../../src/main/engine/import/sources.ts';
import { run, type ImportResult } from '../../../src/main/engine/import/run.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { shownSources, sourceArguments } from '../../../src/main/engine/sourceText.ts';
import { jpeg, makePlace, rowsOf, writeFiles, type Place } from './support.ts';

test.each([
  ['a.tar', ['a.tar']],
  ['{a,b}/{1,2}', ['a/1', 'a/2', 'b/1', 'b/2']],
  ['s-{008..011}.tar', ['s-008.tar', 's-009.tar', 's-010.tar', 's-011.tar']],
  ['{9..11}', ['9', '10', '11']],
  ['{02..0}', ['02', '01', '00']],
  ['{x}{}', ['{x}{}']],
  ['{,-old}', ['', '-old']],
])('braces as in a shell: %s', (text, expected) => {
  expect([...expandBraces(text)]).toEqual(expected);
});

async function placeWith(...names: string[]): Promise<Place> {
  const place = makePlace();
  const picture = await jpeg();
  writeFiles(place.dir, Object.fromEntries(names.map((name) => [name, picture])));
  return place;
}

const found = async (place: Place, ...named: string[]) => {
  const { list } = await findSources(named.map((name) => (name.startsWith('@') ? name : path.join(place.dir, name))));
  return list.map(({ path: file, name }) => [path.relative(place.dir, file), name]);
};

test('patterns, ranges and plain paths, each file once, in natural order', async () => {
  const place = await placeWith('s/10.tar', 's/9.tar', 's/x.txt', 's/.hidden.tar', 't/9.tar', 'odd[1]/a.tar');
  expect(await found(place, 's/*.tar')).toEqual([
    ['s/9.tar', '9.tar'],
    ['s/10.tar', '10.tar'],
  ]);
  expect(await found(place, '{s,t}/9.tar', 's/*')).toEqual([
    ['s/9.tar', 's/9.tar'],
    ['t/9.tar', 't/9.tar'],
    ['s/10.tar', '10.tar'],
    ['s/x.txt', 'x.txt'],
  ]);
  // a file that is called like a pattern is meant itself
  expect(await found(place, 'odd[1]/a.tar')).toEqual([['odd[1]/a.tar', '']]);
  expect(await found(place, 's', 't/9.tar', 's/9.tar')).toEqual([
    ['s', 's'],
    ['t/9.tar', '9.tar'],
    ['s/9.tar', '9.tar-2'],
  ]);
  await expect(found(place, 's/*.zip')).rejects.toThrow(/Nothing matches .*\*\.zip/);
  await expect(found(place, '{0..9999999999}')).rejects.toThrow(/more than a million/);
  await expect(findSources([])).rejects.toThrow(/Name a source/);
});

test('a list names one source a line, from its own folder', async () => {
  const place = await placeWith('s/1.tar', 's/2.tar', 'z.tar');
  writeFiles(place.dir, { 's/list.txt': '\ufeff1.tar\r\n\n  ../z.tar \n*.tar\n' });
  expect(await found(place, `@${place.dir}/s/list.txt`)).toEqual([
    ['s/1.tar', '1.tar'],
    ['z.tar', 'z.tar'],
    ['s/2.tar', '2.tar'],
  ]);
  await expect(found(place, '@missing.txt')).rejects.toThrow(/list of sources .*missing\.txt cannot be read/);
});

const importAll = (place: Place, ...named: string[]): Promise<ImportResult> => {
  const source = named.map((name) => path.join(place.dir, name));
  return run({ workspace: place.workspace, source, dataset: 'set' }, { format: 'auto' }, silentContext());
};
const paths = (place: Place) => rowsOf(place).map((row) => row.path);

test('pictures of several folders stay apart, and a repeated import knows them', async () => {
  const place = await placeWith('one/x.jpg', 'more/one/x.jpg', 'two/sub/x.jpg');
  expect(await importAll(place, 'one', 'more/one', 'two')).toMatchObject({ imported: 3, format: 'folder' });
  expect(paths(place)).toEqual(['one/x.jpg', 'one-2/x.jpg', 'two/sub/x.jpg']);
  expect(rowsOf(place)[1]!.file).toBe(path.join(place.dir, 'more/one/x.jpg'));
  writeFiles(place.dir, { 'one/y.jpg': await jpeg(5) });
  expect(await importAll(place, 'one', 'more/one', 'two')).toMatchObject({ imported: 4, added: 1 });
  expect(paths(place)[3]).toBe('one/y.jpg');
  await expect(importAll(place, 'one', 'two')).rejects.toThrow(
    /was imported from .*one, .*more\/one, .*two \(folder\)/,
  );
});

test('a pattern of folders may match more later', async () => {
  const place = await placeWith('d/b/images/x.jpg');
  await importAll(place, 'd/*/images');
  writeFiles(place.dir, { 'd/a/images/x.jpg': await jpeg(2) });
  expect(await importAll(place, 'd/*/images')).toMatchObject({ added: 1 });
  expect(paths(place)).toEqual(['b/images/x.jpg', 'a/images/x.jpg']);
});

test('tables follow one another; their columns must be the same, and old rows must stay where they are', async () => {
  const place = await placeWith('a.jpg', 't/b.jpg');
  writeFiles(place.dir, { '1.csv': 'filepath,title\na.jpg,one\n', 't/2.csv': 'title,filepath\ntwo,b.jpg\n' });
  expect(await importAll(place, '1.csv', 't/2.csv')).toMatchObject({ imported: 2, format: 'csv' });
  expect(rowsOf(place).map((row) => [row.path, row.caption])).toEqual([
    ['a.jpg', 'one'],
    ['b.jpg', 'two'],
  ]);
  writeFiles(place.dir, { '1.csv': 'filepath,title\na.jpg,one\na.jpg,more\n' });
  await expect(importAll(place, '1.csv', 't/2.csv')).rejects.toThrow(/Row 2 .* was b\.jpg and is a\.jpg now/);
  writeFiles(place.dir, { 't/3.csv': 'filepath\nb.jpg\n' });
  await expect(importAll(place, '1.csv', 't/3.csv')).rejects.toThrow(/3\.csv has the columns .*--image-column/);
});

test('one dataset has one format', async () => {
  const place = await placeWith('photos/a.jpg');
  writeFiles(place.dir, { '1.csv': 'filepath,title\na.jpg,one\n' });
  await expect(importAll(place, 'photos', '1.csv')).rejects.toThrow(/photos is folder, but .*1\.csv is csv/);
  mkdirSync(path.join(place.dir, 'empty'));
  await expect(importAll(place, 'photos', 'nowhere')).rejects.toThrow(/There is no file or folder .*nowhere/);
});

test('sources are shown as arguments and in a line', () => {
  expect(sourceArguments("/a b\n/c/*.tar\n/it's")).toBe(String.raw`'/a b' '/c/*.tar' '/it'\''s'`);
  expect(sourceArguments('/data/photos')).toBe('/data/photos');
  expect(shownSources('/a\n/b\n/c\n/d\n/e')).toBe('/a, /b, /c and 2 more');
});
