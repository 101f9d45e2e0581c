/** @file The set-up's cache: entries are whole or absent, whatever was done to them. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir, truncate, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { cacheEntry } from '../../../scripts/lib/cache.mjs';
import { temporaryCache } from './temporary.ts';

/** Makes an entry of two files and counts how often. */
function maker() {
  const calls: string[] = [];
  const logged: string[] = [];
  const make = async (dir: string) => {
    calls.push(dir);
    await writeFile(path.join(dir, 'library.so'), 'x'.repeat(1000));
    await writeFile(path.join(dir, 'header.h'), '#pragma once');
  };
  const get = () => cacheEntry('thing-1.0', 1000, make, (line: string) => logged.push(line));
  return { calls, logged, get };
}

test('an entry is made once, and only a whole one is left', async () => {
  const cache = temporaryCache();
  const { calls, logged, get } = maker();
  expect(await get()).toMatchObject({ dir: path.join(cache, 'thing-1.0'), bytes: 1012, made: true });
  expect(await get()).toMatchObject({ bytes: 1012, made: false });
  expect(calls).toHaveLength(1);
  expect(logged).toEqual([]);
  expect((await readdir(cache)).sort()).toEqual(['locks', 'thing-1.0']);
});

test.each([
  ['cut off', (file: string) => truncate(file, 12), 'has 12 bytes instead of 1000'],
  ['changed in place', (file: string) => writeFile(file, 'y'.repeat(1000)), 'has changed'],
])('a file that was %s is noticed, and the entry made again', async (_, damage, reason) => {
  temporaryCache();
  const { calls, logged, get } = maker();
  const file = path.join((await get()).dir, 'library.so');
  await damage(file);
  expect((await get()).made).toBe(true);
  expect(logged[0]).toContain(reason);
  expect(await readFile(file, 'utf8')).toBe('x'.repeat(1000));
  expect((await get()).made).toBe(false);
  expect(calls).toHaveLength(2);
});

test('a copied cache, with new times, is still whole', async () => {
  temporaryCache();
  const { get } = maker();
  const { dir } = await get();
  await utimes(path.join(dir, 'library.so'), 1, 1);
  expect((await get()).made).toBe(false);
});

test('a make that fails leaves nothing behind', async () => {
  const cache = temporaryCache();
  const failing = async (dir: string) => {
    await writeFile(path.join(dir, 'half'), 'x');
    throw new Error('network');
  };
  await expect(cacheEntry('thing-1.0', 1, failing)).rejects.toThrow('network');
  expect(await readdir(cache)).toEqual(['locks']);
  expect((await maker().get()).made).toBe(true);
});

test('an entry larger than the disk is refused before anything is fetched', async () => {
  temporaryCache();
  const make = () => Promise.reject(new Error('must not start'));
  await expect(cacheEntry('thing-1.0', 1e18, make)).rejects.toThrow(/needs 1000000000.0 GB .* are free/);
});

test('two at the same time make an entry once', async () => {
  temporaryCache();
  const { calls, get } = maker();
  const both = await Promise.all([get(), get()]);
  expect(both.map(({ made }) => made).sort()).toEqual([false, true]);
  expect(calls).toHaveLength(1);
});

test('a set-up killed in the middle is no obstacle, and its leavings go', async () => {
  const cache = temporaryCache();
  const module = path.resolve('scripts/lib/cache.mjs');
  const script = `
    const { cacheEntry } = await import(${JSON.stringify(module)});
    await cacheEntry('thing-1.0', 1, () => { console.log('started'); return new Promise(() => setInterval(() => {}, 1000)); });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  expect((await readdir(cache)).filter((name) => name.startsWith('thing-1.0.new-'))).toHaveLength(1);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect((await maker().get()).made).toBe(true);
  expect((await readdir(cache)).sort()).toEqual(['locks', 'thing-1.0']);
});
