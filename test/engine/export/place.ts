/** @file Workspaces with imported pictures, a balance that removed some, and a reader of tars that shares no code with the writer. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';
import { run as importData } from '../../../src/main/engine/import/run.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { openWorkspace, type Workspace } from '../../../src/main/engine/store/workspace.ts';
import { temporaryFolder } from '../support/vectors.ts';

export interface Place {
  dir: string;
  workspace: Workspace;
  /** Of the export options. */
  input: { workspace: Workspace; dataset: string };
}

/** A picture that differs from those of other numbers. */
export async function picture(number: number): Promise<Buffer> {
  const background = { r: number % 256, g: (number * 7) % 256, b: (number >> 8) % 256 };
  return sharp({ create: { width: 8, height: 6, channels: 3, background } })
    .png()
    .toBuffer();
}

/** A folder `source` of pictures with captions, in two sub-folders, imported as `set`. */
export async function makePlace(count: number): Promise<Place> {
  const dir = temporaryFolder();
  for (let i = 0; i < count; i++) {
    const folder = path.join(dir, 'source', i % 2 ? 'odd' : 'even');
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, `${i}.png`), await picture(i));
    if (i % 3) writeFileSync(path.join(folder, `${i}.txt`), `number ${i}, ümlaut`);
  }
  return openPlace(dir, path.join(dir, 'source'));
}

/** Imports `source` into a workspace in `dir`. */
export async function openPlace(dir: string, source: string, name = 'workspace'): Promise<Place> {
  const workspace = openWorkspace(path.join(dir, name));
  onTestFinished(workspace.close);
  await importData({ workspace, source, dataset: 'set' }, { format: 'auto' }, silentContext());
  return { dir, workspace, input: { workspace, dataset: 'set' } };
}

/** A balance that removed these samples. */
export function remove({ workspace }: Place, ids: readonly number[]): void {
  workspace.sqlite.exec(`
    INSERT INTO balances (dataset_id, teacher, options, beta, images, pairs, groups, removed, kept, finished_at)
      VALUES (1, 't', '{}', 0.4, 9, 9, 1, 1, 8, '')`);
  const insert = workspace.sqlite.prepare(
    `INSERT INTO removals (balance_id, sample_id, reason) VALUES ((SELECT max(id) FROM balances), ?, 'decision')`,
  );
  for (const id of ids) insert.run(id);
}

/** What the database says of each usable sample, in order. */
export function samplesOf({ workspace }: Place) {
  return workspace.sqlite
    .prepare<[], { id: number; path: string; file: string; hash: string; caption: string; uid: string | null }>(
      `SELECT id, path, file, hash, caption, uid FROM samples WHERE status = 'ok' ORDER BY id`,
    )
    .all();
}

/** Names and contents of the members, by the tar of the system. */
export function readTar(file: string): Map<string, Buffer> {
  const names = execFileSync('tar', ['--quoting-style=literal', '-tf', file], { encoding: 'utf8' }).split('\n');
  const to = `${file}-unpacked`;
  mkdirSync(to);
  execFileSync('tar', ['-xf', file, '-C', to]);
  return new Map(names.filter(Boolean).map((name) => [name, readFileSync(path.join(to, name))]));
}

/** All shards of a folder, without its manifest. */
export const shardsOf = (dir: string): string[] =>
  readdirSync(dir)
    .filter((name) => name.endsWith('.tar'))
    .sort();
