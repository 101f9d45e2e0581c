/** @file vitest run test/engine/import/preview: what is told of a source before anything is imported, on sources that are broken in many ways. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { CancelledError, UsageError } from '../../../src/main/engine/errors.ts';
import { previewImport, sampleSize, type Preview } from '../../../src/main/engine/import/preview.ts';
import type { ImportOptions } from '../../../src/main/engine/import/run.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { importInto, jpeg, makePlace, writeFiles, type Place } from './support.ts';
import { makeTar } from './makeTar.ts';

const look = async (place: Place, source: string, options: Partial<ImportOptions> = {}): Promise<Preview> => {
  const input = { source: [path.join(place.dir, source)], except: path.join(place.dir, 'workspace') };
  return (await previewImport(input, { format: 'auto', ...options }, silentContext())).preview;
};

/** Every file below a folder with what it holds. */
const contentOf = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const file = path.join(dir, name);
      return statSync(file, { throwIfNoEntry: false })?.isFile()
        ? `${name} ${readFileSync(file).toString('base64')}`
        : name;
    });

test('a folder with everything that can be wrong is told, and stays as it is', async () => {
  const place = makePlace();
  const good = await jpeg(1);
  writeFiles(path.join(place.dir, 'folder'), {
    'a.jpg': good,
    'a.txt': 'a red cup',
    'b.jpg': await jpeg(2),
    'cut.jpg': good.subarray(0, good.length - 40),
    'empty.jpg': '',
    'same.jpg': good,
    'same.txt': 'a red cup, again',
    'text.png': 'not a picture at all',
  });
  symlinkSync('nowhere', path.join(place.dir, 'folder', 'z-lost.jpg'));
  const before = contentOf(path.join(place.dir, 'folder'));
  const preview = await look(place, 'folder');
  expect(preview).toMatchObject({ format: 'folder', sources: 1, total: 7, looked: 7, failure: null, columnNames: [] });
  const told = Object.fromEntries(preview.problems.map(({ what, skipped, count }) => [what, [skipped, count]]));
  expect(told).toEqual({
    'damaged picture': [true, 1],
    'empty file': [true, 1],
    'not a picture': [true, 1],
    'file not found': [true, 1],
    'no caption': [false, 1],
    'same file as one before': [false, 1],
  });
  expect(preview.problems.find(({ what }) => what.startsWith('same'))?.examples).toEqual(['same.jpg: a.jpg']);
  expect(preview.pairs.map(({ path: name, reason }) => [name, reason === null])).toEqual([
    ['a.jpg', true],
    ['b.jpg', true],
    ['cut.jpg', false],
    ['empty.jpg', false],
    ['same.jpg', true],
    ['text.png', false],
    ['z-lost.jpg', false],
  ]);
  expect(preview.pairs[0]).toMatchObject({ caption: 'a red cup', width: 24, height: 16 });
  expect(contentOf(path.join(place.dir, 'folder'))).toEqual(before);
  expect(place.workspace.sqlite.prepare('SELECT count(*) FROM datasets').pluck().get()).toBe(0);
});

test('skips exactly what an import skips', async () => {
  const place = makePlace();
  writeFiles(path.join(place.dir, 'set'), {
    'a.jpg': await jpeg(1),
    'b.jpg': 'broken',
    'c/d.jpg': await jpeg(2),
    'c/e.png': '',
  });
  const preview = await look(place, 'set');
  const imported = await importInto(place, 'set');
  const skips = preview.problems.filter(({ skipped }) => skipped).map(({ what, count }) => [what, count]);
  expect(Object.fromEntries(skips)).toEqual(imported.reasons);
});

test('a table tells its columns; without one of pictures they are there to choose from', async () => {
  const place = makePlace();
  writeFiles(place.dir, { 'a.jpg': await jpeg(1), 'b.jpg': await jpeg(2) });
  writeFileSync(
    path.join(place.dir, 'clear.csv'),
    'filepath,title,extra\na.jpg,one,x\nb.jpg,,y\na.jpg,three,z\nno.jpg,four,\n',
  );
  const clear = await look(place, 'clear.csv');
  expect(clear).toMatchObject({ format: 'csv', columns: { image: 'filepath', caption: 'title' }, total: 4 });
  expect(clear.columnNames).toEqual(['filepath', 'title', 'extra']);
  expect(clear.problems.map(({ what, count }) => [what, count])).toEqual([
    ['file not found', 1],
    ['no caption', 1],
    ['path that came before', 1],
  ]);

  writeFileSync(path.join(place.dir, 'odd.csv'), 'photo of it,words\na.jpg,one\n');
  const odd = await look(place, 'odd.csv');
  expect(odd).toMatchObject({ columns: {}, columnNames: ['photo of it', 'words'], pairs: [], looked: 0 });
  expect(odd.failure).toContain('no column that names the pictures');
  const chosen = await look(place, 'odd.csv', { imageColumn: 'photo of it', captionColumn: 'words' });
  expect(chosen).toMatchObject({ failure: null, columns: { image: 'photo of it', caption: 'words' } });
  expect(chosen.pairs).toMatchObject([{ path: 'a.jpg', caption: 'one', reason: null }]);
  expect((await look(place, 'odd.csv', { imageColumn: 'gone' })).failure).toContain('no column "gone"');
});

test('where an import would find nothing, the look says so as well', async () => {
  const place = makePlace();
  writeFiles(place.dir, { 'notes/read.me': 'no picture', 'empty.csv': 'filepath,title\n' });
  for (const name of ['notes', 'empty.csv']) {
    expect((await look(place, name)).failure).toBe(
      `${path.join(place.dir, name)} holds no pictures. A folder, or a table with one row a picture, is expected.`,
    );
  }
});

test('an archive: duplicate keys, and members that lead outside', async () => {
  const place = makePlace();
  const members = [
    { name: 'a.jpg', content: await jpeg(1) },
    { name: 'a.txt', content: 'one' },
    { name: 'b.jpg', content: await jpeg(2) },
    { name: 'a.jpg', content: await jpeg(4) },
    { name: '../out.jpg', content: await jpeg(3) },
  ];
  writeFileSync(path.join(place.dir, 'shard.tar'), makeTar(members));
  const preview = await look(place, 'shard.tar');
  expect(preview).toMatchObject({ format: 'webdataset', failure: null });
  expect(preview.pairs[0]).toMatchObject({ path: 'a.jpg', caption: 'one', reason: null });
  expect(preview.problems.map(({ what, count }) => [what, count])).toContainEqual(['duplicate key', 1]);
  expect(preview.problems.filter(({ skipped }) => skipped)).toHaveLength(2);
  expect(existsSync(path.join(place.dir, '..', 'out.jpg'))).toBe(false);
});

test('random bytes under every ending are refused or told, never a crash', async () => {
  const place = makePlace();
  const noise = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919 + (i >> 3) * 31) % 256));
  for (const ending of ['csv', 'tsv', 'jsonl', 'parquet', 'zip', 'tar', 'tar.gz', 'npy', 'npz', 'json', 'dat', 'pkl']) {
    writeFileSync(path.join(place.dir, `noise.${ending}`), noise);
    const seen = await look(place, `noise.${ending}`).catch((error: unknown) => error);
    if (seen instanceof Error) expect(seen, ending).toBeInstanceOf(UsageError);
    else {
      const preview = seen as Preview;
      const told = preview.failure !== null || preview.problems.some(({ skipped }) => skipped) || preview.looked === 0;
      expect(told, ending).toBe(true);
    }
  }
});

test('looks at the beginning only, and can be stopped', async () => {
  const place = makePlace();
  const one = await jpeg(1);
  const files = Object.fromEntries(Array.from({ length: sampleSize + 50 }, (_, i) => [`${i}.jpg`, one]));
  writeFiles(path.join(place.dir, 'many'), files);
  const preview = await look(place, 'many');
  expect(preview).toMatchObject({ total: sampleSize + 50, looked: sampleSize });
  expect(preview.pairs).toHaveLength(20);
  const stopped = previewImport(
    { source: [path.join(place.dir, 'many')], except: '' },
    { format: 'auto' },
    silentContext(AbortSignal.abort()),
  );
  await expect(stopped).rejects.toBeInstanceOf(CancelledError);
});

test('small pictures are made of what would be imported', async () => {
  const place = makePlace();
  writeFiles(path.join(place.dir, 'set'), { 'a.jpg': await jpeg(1), 'b.jpg': 'broken' });
  const input = { source: [path.join(place.dir, 'set')], except: '', thumbnails: true };
  const { thumbnails } = await previewImport(input, { format: 'auto' }, silentContext());
  expect(thumbnails[1]).toBeNull();
  expect(await sharp(thumbnails[0]!).metadata()).toMatchObject({ format: 'webp', width: 24, height: 16 });
});

test('the command line prints it and makes no workspace', async () => {
  const place = makePlace();
  writeFiles(path.join(place.dir, 'set'), { 'a.jpg': await jpeg(1) });
  const elsewhere = path.join(place.dir, 'elsewhere');
  mkdirSync(elsewhere);
  const argv = ['bin/distillery.mjs', 'import', path.join(place.dir, 'set'), '--preview', '--json'];
  const printed = execFileSync(process.execPath, [...argv, '--workspace', path.join(elsewhere, 'w')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  expect(JSON.parse(printed)).toMatchObject({ format: 'folder', total: 1, problems: [{ what: 'no caption' }] });
  expect(readdirSync(elsewhere)).toEqual([]);
});
