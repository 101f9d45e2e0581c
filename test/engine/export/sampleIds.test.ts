/** @file vitest run test/engine/export/sampleIds: lists of sample ids as the window writes them. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSampleIds } from '../../../src/main/engine/export/sampleIds.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'distillery-ids-'));
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

async function read(text: string): Promise<number[]> {
  const file = path.join(dir, 'ids.txt');
  writeFileSync(file, text);
  return [...(await readSampleIds(file))];
}

test('one id a line, empty lines and Windows ends included', async () => {
  expect(await read('3\n1\r\n\n 12 \n3')).toEqual([3, 1, 12]);
  expect(await read('')).toEqual([]);
});

test.each(['x', '-1', '0', '1.5', '1,2', '1e3', '9'.repeat(30)])('"%s" is no id', async (text) => {
  await expect(read(`1\n${text}\n`)).rejects.toThrow('line 2');
});

test('a file that is gone is named', async () => {
  await expect(readSampleIds(path.join(dir, 'gone.txt'))).rejects.toThrow('gone.txt cannot be read');
});
