/** @file Folders for one test, and the cache moved into one. */

import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, onTestFinished } from 'vitest';

export function temporaryFolder(): string {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'distillery-setup-'));
  onTestFinished(() => {
    rmSync(dir, { recursive: true, force: true });
  });
  return dir;
}

/** A cache of this test alone. */
export function temporaryCache(): string {
  const dir = temporaryFolder();
  process.env['DISTILLERY_CACHE'] = dir;
  return dir;
}

afterEach(() => {
  delete process.env['DISTILLERY_CACHE'];
});
