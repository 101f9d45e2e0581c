/** @file vitest run test/engine/evaluate/stl10.test.ts: STL-10's binary files, against pictures that Pillow wrote. */

import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decode } from '../../../src/main/engine/clip/decode.ts';
import { DistilleryError } from '../../../src/main/engine/errors.ts';
import { readData } from '../../../src/main/engine/evaluate/data.ts';
import { contentOf, interleaved, type RawPicture } from '../../../src/main/engine/evaluate/picture.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';

const fixture = path.join(import.meta.dirname, '../../fixtures/evaluate/stl10');
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'evaluate-stl10-'));
  await cp(fixture, folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

const read = (place = folder) => readData(place, undefined, silentContext());

test('pictures stand upright, labels count from 1 in the file, names come along', async () => {
  const { examples, classNames } = await read();
  expect(examples.map(({ split, label }) => [split, label])).toEqual([
    ['train', '6'],
    ['test', '9'],
    ['test', '0'],
  ]);
  expect(classNames?.[6]).toBe('horse');
  for (const [i, { picture }] of examples.entries()) {
    const expected = await decode(path.join(fixture, `${i}.png`));
    const found = interleaved(picture as RawPicture);
    expect([found.width, found.height, found.channels]).toEqual([96, 96, 3]);
    expect(Buffer.from(found.data).equals(Buffer.from(expected.data))).toBe(true);
  }
  expect((await read(path.join(folder, 'stl10_binary'))).examples).toHaveLength(3);
});

test('the order of the bytes is a part of what tells pictures apart', async () => {
  const picture: RawPicture = { name: 'x', planes: new Uint8Array(12), channels: 3, width: 2, height: 2 };
  expect(await contentOf(picture)).not.toEqual(await contentOf({ ...picture, byColumns: true }));
});

test('files that are cut, and labels out of range, are refused', async () => {
  const file = (name: string): string => path.join(folder, 'stl10_binary', name);
  await writeFile(file('test_y.bin'), Uint8Array.of(1, 11));
  await expect(read()).rejects.toThrow(/label 1: 11 is none of 1 to 10/);
  await writeFile(file('test_y.bin'), Uint8Array.of(1));
  await expect(read()).rejects.toThrow(DistilleryError);
});
