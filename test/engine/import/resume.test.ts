/** @file Run: vitest run test/engine/import/resume.test.ts */

import { rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { CancelledError } from '../../../src/main/engine/errors.ts';
import { run } from '../../../src/main/engine/import/run.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { importInto, jpeg, makePlace, rowsOf, writeFiles } from './support.ts';

test('stopped and run again, an import ends as if undisturbed', async () => {
  const files: Record<string, Uint8Array> = {};
  for (let i = 0; i < 450; i++) files[`${i}.jpg`] = await jpeg(i);
  const [place, undisturbed] = [makePlace(), makePlace()];
  for (const { dir } of [place, undisturbed]) writeFiles(path.join(dir, 'photos'), files);
  const stop = new AbortController();
  const context = { ...silentContext(stop.signal), onProgress: stop.abort.bind(stop, undefined) };
  await expect(importInto(place, 'photos', {}, context)).rejects.toBeInstanceOf(CancelledError);
  expect(rowsOf(place)).toHaveLength(200);
  expect(place.workspace.sqlite.prepare('SELECT complete FROM datasets').pluck().get()).toBe(0);
  expect(await importInto(place, 'photos')).toMatchObject({ imported: 450, added: 250 });
  await importInto(undisturbed, 'photos');
  const relative = (from: typeof place) =>
    rowsOf(from).map((row) => ({ ...row, file: row.file?.slice(from.dir.length) }));
  expect(relative(place)).toEqual(relative(undisturbed));
  expect(place.workspace.sqlite.prepare('SELECT complete FROM datasets').pluck().get()).toBe(1);
});

test('a folder that grew adds its new paths after the old ones', async () => {
  const place = makePlace();
  writeFiles(path.join(place.dir, 'photos'), { 'b.jpg': await jpeg(1), 'broken.jpg': 'x' });
  await importInto(place, 'photos');
  expect(await importInto(place, 'photos')).toMatchObject({ imported: 1, skipped: 1, added: 0 });
  writeFiles(path.join(place.dir, 'photos'), { 'a.jpg': await jpeg(2), 'c.jpg': await jpeg(3) });
  expect(await importInto(place, 'photos')).toMatchObject({ imported: 3, added: 2 });
  expect(rowsOf(place).map((row) => [row.position, row.path])).toEqual([
    [0, 'b.jpg'],
    [1, 'broken.jpg'],
    [2, 'a.jpg'],
    [3, 'c.jpg'],
  ]);
});

test('what was skipped gets another chance when its file has changed', async () => {
  const place = makePlace();
  const photos = path.join(place.dir, 'photos');
  writeFiles(photos, { 'a.jpg': await jpeg(1), 'b.jpg': 'x', 'c.jpg': await jpeg(3), 'c.json': '{', 'd.jpg': 'y' });
  writeFiles(place.dir, { 'table.csv': 'filepath,title\nphotos/a.jpg,one\nphotos/later.jpg,two\n' });
  expect(await importInto(place, 'photos')).toMatchObject({ imported: 1, skipped: 3 });
  // a later stage's verdict on bytes that stay the same
  place.workspace.sqlite.exec(`UPDATE samples SET status = 'skipped', reason = 'cannot be embedded: x' WHERE id = 1`);
  writeFiles(photos, { 'b.jpg': await jpeg(2), 'c.json': '{"caption": "three"}' });
  expect(await importInto(place, 'photos')).toMatchObject({ imported: 2, skipped: 2, added: 0, repaired: 2 });
  expect(rowsOf(place).map((row) => [row.position, row.path, row.caption, row.reason])).toEqual([
    [0, 'a.jpg', '', 'cannot be embedded: x'],
    [1, 'b.jpg', '', null],
    [2, 'c.jpg', 'three', null],
    [3, 'd.jpg', '', 'not a picture'],
  ]);
  // a good one stays, whatever became of its file
  rmSync(path.join(photos, 'b.jpg'));
  writeFiles(photos, { 'c.jpg': 'z' });
  expect(await importInto(place, 'photos')).toMatchObject({ imported: 2, repaired: 0 });
  place.workspace.sqlite.exec('DELETE FROM datasets');
  expect(await importInto(place, 'table.csv')).toMatchObject({ imported: 1, skipped: 1 });
  writeFiles(photos, { 'later.jpg': await jpeg(4) });
  expect(await importInto(place, 'table.csv')).toMatchObject({ imported: 2, skipped: 0, added: 0, repaired: 1 });
});

test('another source under the same name is refused; a dataset name stays a folder name', async () => {
  const place = makePlace();
  writeFiles(place.dir, { 'one/a.jpg': await jpeg(), 'two/a.jpg': await jpeg() });
  await importInto(place, 'one');
  await expect(importInto(place, 'two')).rejects.toThrow(/was imported from .*one.*Choose another name/);
  for (const dataset of ['..', '', 'a/b', '.x', 'y'.repeat(61)]) {
    const input = { workspace: place.workspace, source: path.join(place.dir, 'two'), dataset };
    await expect(run(input, { format: 'auto' }, silentContext())).rejects.toThrow(/not valid/);
  }
});
