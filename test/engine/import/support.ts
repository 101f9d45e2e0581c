/** @file A workspace and pictures in a temporary folder. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { onTestFinished } from 'vitest';
import { run, type ImportOptions, type ImportResult } from '../../../src/main/engine/import/run.ts';
import { silentContext, type StageContext } from '../../../src/main/engine/progress.ts';
import { randomStream } from '../../../src/main/engine/random.ts';
import { openWorkspace, type Workspace } from '../../../src/main/engine/store/workspace.ts';

export interface Place {
  dir: string;
  workspace: Workspace;
}

export function makePlace(): Place {
  const dir = mkdtempSync(path.join(tmpdir(), 'distillery-'));
  const workspace = openWorkspace(path.join(dir, 'workspace'));
  onTestFinished(() => {
    workspace.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return { dir, workspace };
}

/** A small picture whose pixels follow from `seed`. */
export function picture(seed = 1, width = 24, height = 16): Sharp {
  const random = randomStream(seed);
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i % 200) + random() * 50);
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

export const jpeg = (seed = 1): Promise<Buffer> => picture(seed).jpeg().toBuffer();

/** Writes files by their paths below `dir`. */
export function writeFiles(dir: string, files: Record<string, Uint8Array | string>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
    writeFileSync(path.join(dir, name), content);
  }
}

export function importInto(
  place: Place,
  source: string,
  options: Partial<ImportOptions> = {},
  context: StageContext = silentContext(),
): Promise<ImportResult> {
  const input = { workspace: place.workspace, source: path.join(place.dir, source), dataset: 'set' };
  return run(input, { format: 'auto', ...options }, context);
}

export interface Row {
  position: number;
  path: string;
  file: string | null;
  caption: string;
  label: string | null;
  width: number | null;
  height: number | null;
  status: string;
  reason: string | null;
}

/** Samples in order. */
export function rowsOf(place: Place): Row[] {
  return place.workspace.sqlite
    .prepare<[], Row>(
      'SELECT position, path, file, caption, label, width, height, status, reason FROM samples ORDER BY id',
    )
    .all();
}
