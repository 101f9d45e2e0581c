/** @file vitest run test/engine/service/preview: a look at a source through the service, its pictures by a token. */

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { noColumns } from '../../../src/preload/jobStart.ts';
import { previewPicture, previewSource, stopPreview } from '../../../src/main/engine/service/preview.ts';
import { jpeg, makePlace, writeFiles } from '../import/support.ts';

test('tells what is there and gives its pictures by a token, and nothing else', async () => {
  const { dir, workspace } = makePlace();
  writeFiles(path.join(dir, 'set'), { 'a.jpg': await jpeg(1), 'b.jpg': 'broken' });
  const request = { sources: [path.join(dir, 'set')], format: 'auto', columns: noColumns } as const;
  const { token, preview, pictures } = await previewSource(workspace, { ...request, sources: [...request.sources] });
  expect(preview).toMatchObject({ format: 'folder', total: 2, looked: 2, failure: null });
  expect(pictures).toEqual([true, false]);
  const picture = Buffer.from(previewPicture(token, 0)!, 'base64');
  expect(await sharp(picture).metadata()).toMatchObject({ format: 'webp', width: 24 });
  expect([previewPicture(token, 1), previewPicture(token, 7), previewPicture(token, -1)]).toEqual([null, null, null]);
  expect(previewPicture('0'.repeat(32), 0)).toBeNull();
});

test('tells what a source refuses, and another look ends the one before', async () => {
  const { dir, workspace } = makePlace();
  const none = { sources: [path.join(dir, 'gone')], format: 'auto' as const, columns: noColumns };
  await expect(previewSource(workspace, none)).rejects.toThrow(/no file or folder/);
  mkdirSync(path.join(dir, 'set'));
  for (let i = 0; i < 30; i++) writeFileSync(path.join(dir, 'set', `${i}.jpg`), await jpeg(i));
  const first = previewSource(workspace, { ...none, sources: [path.join(dir, 'set')] });
  first.catch(() => undefined);
  const second = await previewSource(workspace, { ...none, sources: [path.join(dir, 'set')] });
  await expect(first).rejects.toThrow();
  expect(second.preview.looked).toBe(30);
  const third = previewSource(workspace, { ...none, sources: [path.join(dir, 'set')] });
  third.catch(() => undefined);
  await new Promise((resolve) => setImmediate(resolve));
  await stopPreview(workspace);
  await expect(third).rejects.toThrow();
});
