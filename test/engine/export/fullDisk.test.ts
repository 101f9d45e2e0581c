/** @file A disk that is full in the middle of a caption. Run: vitest run test/engine/export/fullDisk */

import type fs from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { exportFolder } from '../../../src/main/engine/export/folder.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { makePlace, samplesOf } from './place.ts';

const disk = vi.hoisted(() => ({ full: false }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>();
  const writeFile: typeof fs.writeFile = async (file, data, options) => {
    if (!disk.full || !(file as string).endsWith('.txt')) return real.writeFile(file, data, options);
    await real.writeFile(file, (data as string).slice(0, 3), options);
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  };
  return { ...real, writeFile };
});

test('the same command goes on behind it', async () => {
  const place = await makePlace(3);
  const out = path.join(place.dir, 'out');
  disk.full = true;
  await expect(exportFolder(place.input, { out }, silentContext())).rejects.toThrow(
    /is full.*run the same command again/,
  );
  disk.full = false;
  expect(await exportFolder(place.input, { out }, silentContext())).toMatchObject({ rows: 3, skipped: 0 });
  for (const { path: name, caption } of samplesOf(place)) {
    if (caption !== '') expect(readFileSync(path.join(out, name.replace('.png', '.txt')), 'utf8')).toBe(caption);
  }
});
