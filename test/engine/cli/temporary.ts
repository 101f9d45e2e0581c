/** @file Folders that live as long as the tests of a file. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';

export function temporaryFolderOfFile(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'distillery-'));
  afterAll(() => {
    rmSync(dir, { recursive: true, force: true });
  });
  return dir;
}
