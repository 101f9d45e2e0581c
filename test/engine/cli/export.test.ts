/** @file Exports of subsets through the command line. Run: npm test -- test/engine/cli/export.test.ts */

import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { openWorkspace } from '../../../src/main/engine/store/workspace.ts';
import { distillery, result, writePictures } from './support.ts';
import { temporaryFolderOfFile } from './temporary.ts';

const dir = temporaryFolderOfFile();
const workspace = path.join(dir, 'workspace');
const at = (name: string): string => path.join(dir, name);

beforeAll(async () => {
  await result(workspace, ['import', await writePictures(at('pictures'), 12), '--dataset', 'shapes']);
  const { sqlite, close } = openWorkspace(workspace);
  sqlite.exec(`
    INSERT INTO balances (dataset_id, teacher, options, beta, images, pairs, groups, removed, kept, finished_at)
      VALUES (1, 't', '{}', 0.4, 12, 1, 1, 1, 11, '');
    INSERT INTO removals (balance_id, sample_id, reason) VALUES (1, 8, 'decision');`);
  close();
});

test('webdataset: the kept samples in shards', async () => {
  const args = ['export', 'webdataset', '--out', at('shards'), '--shard-samples', '4'];
  expect(await result(workspace, args)).toMatchObject({ path: at('shards'), rows: 11, shards: 3, skipped: 0 });
  expect(readdirSync(at('shards')).sort()).toEqual([
    ...['00000.tar', '00001.tar', '00002.tar', 'manifest.json', 'sizes.json'],
  ]);
  const other = await distillery(workspace, ['export', 'webdataset', '--out', at('pictures')]);
  expect(other).toMatchObject({ code: 2, stdout: '' });
  expect(other.stderr).toMatch(/pictures is not empty/);
});

test('files, folder, uids and manifest of what was removed, or of all', async () => {
  const files = ['export', 'files', '--out', at('list.txt'), '--which', 'removed'];
  expect(await result(workspace, files)).toMatchObject({ rows: 1 });
  expect(readFileSync(at('list.txt'), 'utf8')).toBe(`${at('pictures/7.png')}\n`);
  await result(workspace, [...files, '--null']);
  expect(readFileSync(at('list.txt'), 'utf8')).toBe(`${at('pictures/7.png')}\0`);
  const folder = ['export', 'folder', '--out', at('folder'), '--copy'];
  expect(await result(workspace, folder)).toMatchObject({ rows: 11, copied: 11, linked: 0 });
  expect(existsSync(at('folder/7.png'))).toBe(false);
  const uids = ['export', 'uids', '--out', at('uids.npy'), '--which', 'all'];
  expect((await distillery(workspace, uids)).stderr).toMatch(/--uids-from hash/);
  // every eighth picture is a copy of the one before
  expect(await result(workspace, [...uids, '--uids-from', 'hash'])).toMatchObject({ rows: 11, repeated: 1 });
  const manifest = ['export', 'manifest', '--out', at('all.csv'), '--which', 'all'];
  expect(await result(workspace, manifest)).toMatchObject({ rows: 12 });
  expect((await distillery(workspace, [...manifest, '--null'])).code).toBe(2);
});

test('run CONFIG.yaml writes shards, and skips them when nothing has changed', async () => {
  const config = at('config.yaml');
  writeFileSync(
    config,
    `workspace: workspace
dataset: shapes
export:
  - { what: webdataset, out: again, shard-size: 10kB }
  - { what: files, out: removed.txt, which: removed }
`,
  );
  const run = async () => (await result(workspace, ['run', config]))['export'];
  expect(await run()).toMatchObject([{ rows: 11, unchanged: false }, { rows: 1 }]);
  expect(await run()).toMatchObject([{ unchanged: true }, { unchanged: true }]);
});
