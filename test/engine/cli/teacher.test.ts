/** @file The teacher commands, as their users see them. Run: vitest run test/engine/cli/teacher.test.ts */

import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { builtinConfig } from '../../../src/main/engine/clip/config.ts';
import { saveModel } from '../../../src/main/engine/clip/model.ts';
import { openWorkspace } from '../../../src/main/engine/store/workspace.ts';
import { fixtureWeights } from '../clip/fixture.ts';
import { temporaryFolder } from '../support/vectors.ts';
import { repo, startHub } from '../teacher/hubServer.ts';
import { distillery, result, writePictures } from './support.ts';

const config = builtinConfig('micro-32-small');
const weights = 'open_clip_model.safetensors';
const source = `hf:${repo}`;

function freshCache(): string {
  const cache = path.join(temporaryFolder(), 'cache');
  vi.stubEnv('DISTILLERY_CACHE', cache);
  vi.stubEnv('HF_HOME', cache);
  return cache;
}

async function model(): Promise<string> {
  const dir = path.join(temporaryFolder(), 'model');
  await saveModel(dir, config, fixtureWeights(config));
  return dir;
}

test('a name stands for its model: add, list, info, embed, remove', async () => {
  const cache = freshCache();
  const [folder, workspace] = [await model(), path.join(temporaryFolder(), 'workspace')];
  const added = await result(workspace, ['teacher', 'add', folder, '--name', 'mine']);
  expect(added).toMatchObject({ name: 'mine', kind: 'path', source: folder, revision: null, unchanged: false });
  const listed = await result(workspace, ['teacher', 'list']);
  expect(listed).toMatchObject({ folder: path.join(cache, 'teachers'), unfinished: [] });
  expect((listed['teachers'] as { name: string }[]).map(({ name }) => name)).toEqual(['bundled', 'mine']);
  const info = await result(workspace, ['teacher', 'info', 'mine', '--verify']);
  expect(info).toMatchObject({ path: folder, verified: true, problem: null, config: { embedDim: config.embedDim } });
  // none of it needs or makes a workspace
  expect(existsSync(workspace)).toBe(false);

  const table = await writePictures(path.join(workspace, '../pictures'), 8);
  await result(workspace, ['import', table, '--dataset', 'set']);
  const embedded = await result(workspace, ['embed', '--dataset', 'set', '--teacher', 'mine']);
  expect(embedded).toMatchObject({ teacher: 'mine', dim: config.embedDim, images: 8 });
  expect(await result(workspace, ['teacher', 'remove', 'mine'])).toEqual({
    ...{ name: 'mine', deleted: [], bytes: 0, kept: folder },
  });
  expect(existsSync(path.join(folder, weights))).toBe(true);
  const gone = await distillery(workspace, ['teacher', 'info', 'mine']);
  expect(gone).toMatchObject({ code: 2, stdout: '' });
  expect(gone.stderr).toMatch(/There is no teacher .*mine.*teacher list/);
});

async function servedFiles(): Promise<Record<string, Buffer>> {
  const dir = await model();
  return Object.fromEntries(readdirSync(dir).map((name) => [name, readFileSync(path.join(dir, name))]));
}

test('Ctrl-C keeps the part, and the command goes on', async () => {
  const cache = freshCache();
  const files = await servedFiles();
  const hub = await startHub(files, { slow: true });
  vi.stubEnv('HF_ENDPOINT', hub.endpoint);
  const workspace = path.join(temporaryFolder(), 'none');
  const partial = path.join(cache, 'teachers', '.downloads', `lab--CLIP-tiny--${hub.commit}`, `${weights}.partial`);
  const cancelled = await distillery(workspace, ['teacher', 'add', source], ({ stage, done }, child) => {
    if (stage === 'download' && Number(done) > 0.5) child.kill('SIGINT');
  });
  expect(cancelled).toMatchObject({ code: 130, stdout: '' });
  const kept = statSync(partial).size;
  expect(kept).toBeGreaterThan(0);
  hub.faults.slow = false;
  hub.requests.length = 0;
  const done = await distillery(workspace, ['teacher', 'add', source]);
  expect(done.code, done.stderr).toBe(0);
  expect(JSON.parse(done.stdout)).toMatchObject({ name: 'CLIP-tiny', unchanged: false });
  expect(hub.requests.filter((request) => request.startsWith('storage'))).toEqual([
    `storage GET /${weights} bytes=${kept}-`,
  ]);
  expect(existsSync(workspace)).toBe(false);
});

test('where there is a workspace its window sees the job', async () => {
  freshCache();
  const workspace = openWorkspace(path.join(temporaryFolder(), 'workspace'));
  await result(workspace.dir, ['teacher', 'add', await model()]);
  const jobs = workspace.sqlite.prepare<[], { state: string }>('SELECT state FROM jobs').all();
  workspace.close();
  expect(jobs).toEqual([{ state: 'done' }]);
});
