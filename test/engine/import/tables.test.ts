/** @file Run: vitest run test/engine/import/tables.test.ts */

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { DistilleryError } from '../../../src/main/engine/errors.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { importInto, jpeg, makePlace, rowsOf, writeFiles, type Place } from './support.ts';

async function placeWith(files: Record<string, Uint8Array | string>): Promise<Place> {
  const place = makePlace();
  writeFiles(place.dir, { 'a.jpg': await jpeg(1), 'sub/b.jpg': await jpeg(2), ...files });
  return place;
}

const captions = (place: Place) => rowsOf(place).map((row) => [row.path, row.caption, row.reason]);

test.each([
  ['open_clip', 'filepath,title\na.jpg,one\nsub/b.jpg,two\n'],
  ['tabs in a .csv', 'filepath\ttitle\na.jpg\tone\nsub/b.jpg\ttwo\n'],
  ['semicolons and CRLF', 'title;Image Path\r\none;a.jpg\r\ntwo;sub/b.jpg\r\n'],
  ['bars, BOM, blank lines', '\ufefffile_name|text\n\na.jpg|one\n\nsub/b.jpg|two'],
  ['an address beside the path', 'url,path,caption\nhttp://x/1,a.jpg,one\nhttp://x/2,sub/b.jpg,two'],
])('columns and delimiter are found: %s', async (_, text) => {
  const place = await placeWith({ 'table.csv': text });
  expect(await importInto(place, 'table.csv')).toMatchObject({ format: 'csv', imported: 2, skipped: 0 });
  expect(captions(place)).toEqual([
    ['a.jpg', 'one', null],
    ['sub/b.jpg', 'two', null],
  ]);
  expect(rowsOf(place)[1]!.file).toBe(path.join(place.dir, 'sub/b.jpg'));
});

test('UTF-16 tables, as spreadsheets write them, are read', async () => {
  const text = Buffer.from('\ufefffilepath\ttitle\na.jpg\tBrötchen\n', 'utf16le');
  const place = await placeWith({ 'table.tsv': text });
  await importInto(place, 'table.tsv');
  expect(captions(place)).toEqual([['a.jpg', 'Brötchen', null]]);
});

test('rows: quoting, several captions a picture, missing captions, file addresses, labels', async () => {
  const place = await placeWith({});
  const address = pathToFileURL(path.join(place.dir, 'a.jpg')).href;
  const text = [
    'filepath,title,label',
    'a.jpg,"two\nlines, ""quoted""",fruit',
    'a.jpg,a 12" plate,fruit',
    'sub/b.jpg',
    `${address},by address,`,
    `${path.join(place.dir, 'a.jpg')},absolute,x`,
    `a.jpg,"${'y'.repeat(1_000_000)}",x`,
    'a.jpg,nul\0 inside,x',
  ].join('\n');
  writeFiles(place.dir, { 'table.csv': text });
  expect(await importInto(place, 'table.csv')).toMatchObject({ imported: 7, skipped: 0 });
  const rows = rowsOf(place);
  expect(rows.map((row) => row.caption)).toEqual([
    'two\nlines, "quoted"',
    'a 12" plate',
    '',
    'by address',
    'absolute',
    'y'.repeat(10_000),
    'nul inside',
  ]);
  expect(rows.map((row) => row.label)).toEqual(['fruit', 'fruit', null, null, 'x', 'x', 'x']);
  expect(rows[3]).toMatchObject({ path: address, file: path.join(place.dir, 'a.jpg') });
});

test('bad rows are skipped with their reasons', async () => {
  const text = [
    'filepath,title',
    'a.jpg,good',
    'missing.jpg,gone',
    'https://example.com/a.jpg,far',
    'data:image/png;base64,AAAA',
    ',no path',
    'sub,a folder',
    'a.jpg,a cat, sitting',
    'file://%zz,broken',
    `${'long/'.repeat(2000)}a.jpg,long`,
  ].join('\n');
  const place = await placeWith({ 'table.csv': text });
  const result = await importInto(place, 'table.csv');
  expect(rowsOf(place).map((row) => row.reason)).toEqual([
    null,
    'file not found',
    'remote address, not downloaded',
    'remote address, not downloaded',
    'no path',
    'a folder, not a picture',
    'wrong number of columns: 3, not 2',
    'path is not valid',
    'path is not valid',
  ]);
  expect(result).toMatchObject({ imported: 1, skipped: 8 });
  expect(result.reasons['wrong number of columns']).toBe(1);
});

test('the same row twice is two pairs; of two columns with the same name the first counts', async () => {
  const place = await placeWith({ 'table.tsv': 'filepath\ttitle\ttitle\na.jpg\tone\tx\na.jpg\tone\tx\n' });
  expect(await importInto(place, 'table.tsv')).toMatchObject({ imported: 2, skipped: 0 });
  expect(captions(place)).toEqual(Array(2).fill(['a.jpg', 'one', null]));
});

test('columns can be named; a wrong name or no picture column lists the columns', async () => {
  const place = await placeWith({ 'table.csv': 'where,what\na.jpg,one\n', 'bare.csv': 'a.jpg,one\nsub/b.jpg,two\n' });
  await expect(importInto(place, 'table.csv')).rejects.toThrow(/columns: where, what.*--image-column/);
  await expect(importInto(place, 'table.csv', { imageColumn: 'x' })).rejects.toThrow(/no column "x".*where, what/);
  await expect(importInto(place, 'bare.csv')).rejects.toThrow(/add a header row/);
  await importInto(place, 'table.csv', { imageColumn: 'where', captionColumn: 'What' });
  expect(captions(place)).toEqual([['a.jpg', 'one', null]]);
});

test('a quote that is never closed is an error that names the line, and imports nothing', async () => {
  const place = await placeWith({ 'table.csv': 'filepath,title\na.jpg,fine\na.jpg,"open\nsub/b.jpg,two\n' });
  await expect(importInto(place, 'table.csv')).rejects.toThrow(/line \d+/);
  expect(rowsOf(place)).toEqual([]);
});

test('JSON lines', async () => {
  const lines = [
    '{"image": "a.jpg"}',
    '{"image": "a.jpg", "caption": "one", "label": 7, "extra": {}}',
    'not json',
    '[1]',
    '',
    '{"image": "sub/b.jpg", "caption": ["two", "more"], "label": null}',
    '{"image": 5, "caption": "\\ud800 lone"}',
    '{"caption": "no image", "__proto__": {"image": "a.jpg"}}',
  ];
  const place = await placeWith({ 'rows.jsonl': `\ufeff${lines.join('\r\n')}` });
  expect(await importInto(place, 'rows.jsonl')).toMatchObject({ format: 'jsonl', imported: 3, skipped: 4 });
  expect(rowsOf(place).map((row) => [row.path, row.caption, row.label, row.reason])).toEqual([
    ['a.jpg', '', null, null],
    ['a.jpg', 'one', '7', null],
    ['', '', null, 'row is not a JSON object'],
    ['', '', null, 'row is not a JSON object'],
    ['sub/b.jpg', 'two', null, null],
    ['5', '\ufffd lone', null, 'file not found'],
    ['', 'no image', null, 'no path'],
  ]);
});

test('a line too long for memory stops only itself', async () => {
  const long = `{"image": "a.jpg", "caption": "${'x'.repeat(40 << 20)}"}`;
  const place = await placeWith({ 'rows.jsonl': `{"image": "a.jpg"}\n${long}\n{"image": "sub/b.jpg"}\n` });
  await importInto(place, 'rows.jsonl');
  expect(rowsOf(place).map((row) => row.reason)).toEqual([null, 'row too large', null]);
});

test('a table without captions says so', async () => {
  const place = await placeWith({ 'table.csv': 'path\na.jpg\n' });
  const lines: string[] = [];
  await importInto(place, 'table.csv', {}, { ...silentContext(), log: (line) => lines.push(line) });
  expect(lines.join()).toMatch(/no column of captions/);
});

test.each([
  ['rows.bin', '{"image": "a.jpg"}\n', 'jsonl'],
  ['rows.txt', 'path;caption\na.jpg;x', 'csv'],
])('a format is told by content where the ending is unknown: %s', async (name, text, format) => {
  const place = await placeWith({ [name]: text });
  expect(await importInto(place, name)).toMatchObject({ format, imported: 1 });
});

test('what cannot be imported is refused with what to do', async () => {
  const place = await placeWith({
    'coco.json': '{"info": {}, "images": []}',
    'data.parquet': 'PAR1',
    'tables/0.parquet': 'x',
    'model.pkl': 'x',
    'table.csv.gz': 'x',
    'noise.bin': '\0\0\0',
    'empty.csv': '',
    'header.csv': 'filepath,title\n',
    'none/notes.md': 'x',
  });
  const refused: [string, RegExp][] = [
    ['coco.json', /holds no pictures/],
    ['data.parquet', /cannot be read as Parquet/],
    ['tables', /cannot be read as Parquet/],
    ['model.pkl', /pickle, which could run code/],
    ['table.csv.gz', /Unpack it/],
    ['noise.bin', /no format that is known/],
    ['empty.csv', /no header row/],
    ['header.csv', /holds no pictures/],
    ['none', /holds no pictures/],
    ['absent', /There is no file or folder/],
  ];
  for (const [source, message] of refused) {
    const failure = importInto(place, source);
    await expect(failure, source).rejects.toThrow(message);
    await expect(failure, source).rejects.toBeInstanceOf(DistilleryError);
  }
  await expect(importInto(place, 'a.jpg', { format: 'coco' })).rejects.toThrow(/one object in braces/);
  await expect(importInto(place, 'a.jpg', { format: 'xml' })).rejects.toThrow(/no format "xml"/);
  await expect(importInto(place, 'sub', { format: 'csv' })).rejects.toThrow(/is a folder/);
  expect(place.workspace.sqlite.prepare('SELECT count(*) FROM datasets').pluck().get()).toBe(0);
});

test('a table that grew adds its new rows', async () => {
  const place = await placeWith({ 'table.csv': 'filepath,title\na.jpg,one\n' });
  await importInto(place, 'table.csv');
  expect(await importInto(place, 'table.csv')).toMatchObject({ imported: 1, added: 0 });
  writeFileSync(path.join(place.dir, 'table.csv'), 'filepath,title\na.jpg,one\na.jpg,again\n');
  expect(await importInto(place, 'table.csv')).toMatchObject({ imported: 2, added: 1 });
  expect(captions(place).map(([, caption]) => caption)).toEqual(['one', 'again']);
  await expect(importInto(place, 'table.csv', { captionColumn: 'filepath' })).rejects.toThrow(/with the columns/);
});
