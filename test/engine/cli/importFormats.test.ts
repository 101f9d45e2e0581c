/** @file Formats of `import` through the command line. Run: vitest run test/engine/cli/importFormats.test.ts */

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { distillery, result, writePictures } from './support.ts';
import { temporaryFolderOfFile } from './temporary.ts';

const dir = temporaryFolderOfFile();
const workspace = path.join(dir, 'workspace');
const at = (name: string): string => path.join(dir, name);
const fixture = (name: string): string => path.join(import.meta.dirname, '../../fixtures/import', name);

test('COCO captions: pictures beside the file, or in a folder that is named', async () => {
  await writePictures(at('coco/val2017'), 3);
  mkdirSync(at('coco/annotations'));
  const images = [0, 1, 2].map((id) => ({ id, file_name: `${id}.png` }));
  const annotations = [0, 1, 2, 0].map((id) => ({ image_id: id, caption: `picture ${id}` }));
  const file = at('coco/annotations/captions_val2017.json');
  writeFileSync(file, JSON.stringify({ info: {}, images, annotations }));
  expect(await result(workspace, ['import', file, '--dataset', 'coco'])).toMatchObject({ format: 'coco', imported: 3 });
  renameSync(at('coco/val2017'), at('elsewhere'));
  const lost = await distillery(workspace, ['import', file, '--dataset', 'coco 2']);
  expect(lost).toMatchObject({ code: 2 });
  expect(lost.stderr).toMatch(/--images/);
  const named = ['import', file, '--dataset', 'coco 2', '--images', at('elsewhere')];
  expect(await result(workspace, named)).toMatchObject({ imported: 3, skipped: 0 });
});

test('parquet as Hugging Face writes it', async () => {
  const args = ['import', fixture('parquet/huggingface.parquet'), '--dataset', 'hf'];
  expect(await result(workspace, args)).toMatchObject({
    format: 'parquet',
    imported: 2,
    reasons: { 'no picture': 1, 'not a picture': 1 },
  });
});

test("DataComp's metadata: embeddings of a model that is chosen, uids that come out again", async () => {
  const args = ['import', fixture('datacomp'), '--dataset', 'datacomp', '--embedding-key', 'b32'];
  expect(await result(workspace, args)).toMatchObject({ format: 'embeddings', imported: 5, skipped: 0 });
  const uids = ['export', 'uids', '--dataset', 'datacomp', '--out', at('subset.npy')];
  expect(await result(workspace, uids)).toMatchObject({ rows: 5, repeated: 0 });
  const wrong = ['import', fixture('datacomp'), '--dataset', 'h14', '--embedding-key', 'h14'];
  expect(await distillery(workspace, wrong)).toMatchObject({ code: 2 });
});

test("a folder with metadata.csv, as Hugging Face's imagefolder", async () => {
  await writePictures(at('imagefolder'), 2);
  renameSync(at('imagefolder/pairs.csv'), at('imagefolder/metadata.csv'));
  expect(await result(workspace, ['import', at('imagefolder'), '--dataset', 'imagefolder'])).toMatchObject({
    imported: 2,
  });
  const manifest = at('imagefolder.csv');
  await result(workspace, ['export', 'manifest', '--dataset', 'imagefolder', '--out', manifest]);
  expect(readFileSync(manifest, 'utf8')).toContain('a red field');
});
