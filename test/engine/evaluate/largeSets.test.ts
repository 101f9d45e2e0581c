/** @file Sets of more images than a call has room for arguments. Run: vitest run test/engine/evaluate/largeSets */

import { writeFileSync } from 'node:fs';
import type fs from 'node:fs/promises';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { CancelledError } from '../../../src/main/engine/errors.ts';
import { majorityOf } from '../../../src/main/engine/evaluate/classification.ts';
import { readData } from '../../../src/main/engine/evaluate/data.ts';
import { readFolder } from '../../../src/main/engine/evaluate/folder.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { temporaryFolder } from '../support/vectors.ts';

const images = 200_000;
const imagined = '/imagined';

/** A folder train/one of many pictures, without making them. */
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>();
  const entry = (name: string, folder: boolean) => ({
    ...{ name, isSymbolicLink: () => false, isDirectory: () => folder, isFile: () => !folder },
  });
  const readdir = (dir: string, options: object): Promise<unknown> => {
    if (dir === imagined) return Promise.resolve([entry('train', true)]);
    if (dir === `${imagined}/train`) return Promise.resolve([entry('one', true)]);
    if (!dir.startsWith(imagined)) return real.readdir(dir, options);
    return Promise.resolve(Array.from({ length: images }, (_, i) => entry(`${i}.jpg`, false)));
  };
  return { ...real, readdir };
});

test('a folder', async () => {
  const examples = await readFolder(imagined, silentContext());
  expect(examples).toHaveLength(images);
  expect(examples[7]).toMatchObject({ label: 'one', split: 'train' });
  const controller = new AbortController();
  const stop = (): void => {
    controller.abort();
  };
  const context = { ...silentContext(controller.signal), onProgress: stop };
  await expect(readFolder(imagined, context)).rejects.toThrow(CancelledError);
});

test('an IDX file', async () => {
  const dir = temporaryFolder();
  const idx = (sizes: number[]): Buffer => {
    const head = Buffer.from([0, 0, 8, sizes.length, ...sizes.flatMap((n) => [n >>> 24, n >>> 16, n >>> 8, n])]);
    return Buffer.concat([head, Buffer.alloc(images)]);
  };
  writeFileSync(path.join(dir, 'train-images-idx3-ubyte'), idx([images, 1, 1]));
  writeFileSync(path.join(dir, 'train-labels-idx1-ubyte'), idx([images]));
  expect((await readData(dir, undefined, silentContext())).examples).toHaveLength(images);
});

test('captions of one image in two rows', async () => {
  const dir = temporaryFolder();
  const row = (captions: string[]): string => JSON.stringify({ image: 'a.png', caption: captions }) + '\n';
  writeFileSync(path.join(dir, 'rows.jsonl'), row(['first']) + row(Array.from({ length: images }, String)));
  const { examples } = await readData(path.join(dir, 'rows.jsonl'), undefined, silentContext());
  expect(examples).toHaveLength(1);
  expect(examples[0]!.captions).toHaveLength(images + 1);
});

test('as many classes as images', () => {
  expect(majorityOf(Int32Array.from({ length: images }, (_, i) => i))).toBe(1 / images);
});
