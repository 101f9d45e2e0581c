/** @file vitest run test/engine/service: pictures for showing are made once, and only of registered samples. */

import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { picture } from '../../../src/main/engine/service/pictures.ts';
import { openWorkspace, timestamp, type Workspace } from '../../../src/main/engine/store/workspace.ts';

let workspace: Workspace;
let source: string;

beforeEach(() => {
  source = mkdtempSync(path.join(tmpdir(), 'distillery-source-'));
  workspace = openWorkspace(mkdtempSync(path.join(tmpdir(), 'distillery-pictures-')));
  workspace.sqlite
    .prepare("INSERT INTO datasets (name, source, format, imported_at) VALUES ('d', '/d', 'folder', ?)")
    .run(timestamp());
});
afterEach(() => {
  workspace.close();
  for (const dir of [workspace.dir, source]) rmSync(dir, { recursive: true, force: true });
});

function insertSample(file: string | null, hash: string | null, status = 'ok'): number {
  const { lastInsertRowid } = workspace.sqlite
    .prepare(
      `INSERT INTO samples (dataset_id, position, path, file, caption, hash, status)
       VALUES (1, (SELECT count(*) FROM samples), 'p', ?, '', ?, ?)`,
    )
    .run(file, hash, status);
  return Number(lastInsertRowid);
}

async function drawPicture(name: string, width: number, height: number): Promise<string> {
  const file = path.join(source, name);
  const image = sharp({ create: { width, height, channels: 3, background: 'teal' } });
  // orientation 6: to be turned by a quarter for showing
  await image.withMetadata({ orientation: 6 }).jpeg().toFile(file);
  return file;
}

test('is upright, within the size, and never enlarged', async () => {
  const large = insertSample(await drawPicture('large.jpg', 800, 400), 'a'.repeat(64));
  const small = insertSample(await drawPicture('small.jpg', 40, 20), 'b'.repeat(64));
  const size = async (file: string) => sharp(file).metadata();
  expect(await size(await picture(workspace, large, 256))).toMatchObject({ format: 'webp', width: 128, height: 256 });
  expect(await size(await picture(workspace, small, 256))).toMatchObject({ width: 20, height: 40 });
});

test('is made once for all copies, also when they are asked for at the same time', async () => {
  const file = await drawPicture('one.jpg', 100, 100);
  const copies = [insertSample(file, 'c'.repeat(64)), insertSample(file, 'c'.repeat(64))];
  const files = await Promise.all([...copies, ...copies].map((sample) => picture(workspace, sample, 128)));
  expect(new Set(files).size).toBe(1);
  expect(readdirSync(path.dirname(files[0]!))).toHaveLength(1);
  const made = statSync(files[0]!).mtimeMs;
  await picture(workspace, copies[0]!, 128);
  expect(statSync(files[0]!).mtimeMs).toBe(made);
});

test('is refused for what is no registered picture', async () => {
  const text = path.join(source, 'text.jpg');
  writeFileSync(text, 'not a picture');
  const file = await drawPicture('gone.jpg', 10, 10);
  const gone = insertSample(file, 'd'.repeat(64));
  rmSync(file);
  await expect(picture(workspace, 999, 128)).rejects.toThrow('Sample 999 has no picture');
  await expect(picture(workspace, insertSample(null, null), 128)).rejects.toThrow('has no picture');
  await expect(picture(workspace, insertSample(text, null, 'skipped'), 128)).rejects.toThrow('has no picture');
  await expect(picture(workspace, insertSample(text, null), 128)).rejects.toThrow('cannot be shown');
  await expect(picture(workspace, gone, 128)).rejects.toThrow('cannot be shown');
});
