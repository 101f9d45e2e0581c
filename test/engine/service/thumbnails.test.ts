/** @file vitest run test/engine/service/thumbnails: pictures for showing stay within their bytes, and the newest are made first. */

import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NewestFirst } from '../../../src/main/engine/service/newestFirst.ts';
import { isKept, keepWithin, noteWritten, thumbnailFolder } from '../../../src/main/engine/service/thumbnailStore.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'distillery-thumbnails-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

/** @param age in hours */
function write(name: string, bytes: number, age: number): string {
  const file = path.join(thumbnailFolder(dir), '128', name.slice(0, 1), name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, Buffer.alloc(bytes));
  const time = new Date(Date.now() - age * 3600_000);
  utimesSync(file, time, time);
  return file;
}

test('what was looked at longest ago goes, until a fifth is free', async () => {
  const [old, middle, young] = [write('a', 400, 30), write('b', 400, 20), write('c', 400, 10)];
  expect(await keepWithin(thumbnailFolder(dir), 1200)).toBe(1200);
  expect(await isKept(old)).toBe(true);
  expect(Date.now() - statSync(old).mtimeMs).toBeLessThan(60_000);
  expect(await keepWithin(thumbnailFolder(dir), 1100)).toBe(800);
  expect([old, middle, young].map((file) => existsSync(file))).toEqual([true, false, true]);
  expect(await isKept(middle)).toBe(false);
});

test('the folder is counted at the first picture, and again after some more', async () => {
  const [old, young] = [write('a', 900, 30), write('b', 900, 2)];
  noteWritten(dir, 900, 1000);
  await expect.poll(() => existsSync(old)).toBe(false);
  await expect.poll(() => existsSync(young)).toBe(false);
  const later = [write('c', 900, 30), write('d', 700, 1)];
  await new Promise((resolve) => setTimeout(resolve, 20));
  noteWritten(dir, 10, 1000);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(later.map((file) => existsSync(file))).toEqual([true, true]);
  noteWritten(dir, 100, 1000);
  await expect.poll(() => existsSync(later[0]!)).toBe(false);
  expect(existsSync(later[1]!)).toBe(true);
});

test('work that was asked for last is done first, so much at once', async () => {
  const order: number[] = [];
  const ends: (() => void)[] = [];
  const line = new NewestFirst(2);
  const all = [0, 1, 2, 3, 4].map((number) =>
    line.run(async () => {
      order.push(number);
      await new Promise<void>((end) => ends.push(end));
      if (number === 3) throw new Error('damaged');
    }),
  );
  const settled = Promise.allSettled(all);
  for (let at = 0; at < 5; at++) {
    await expect.poll(() => ends.length).toBeGreaterThan(at);
    expect(order.length - at).toBeLessThanOrEqual(2);
    ends[at]!();
  }
  expect((await settled).map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'rejected',
    'fulfilled',
  ]);
  expect(order).toEqual([0, 1, 4, 3, 2]);
});
