/** @file Teachers of this machine by name. Run: vitest run test/engine/teacher/registry.test.ts */

import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { builtinConfig } from '../../../src/main/engine/clip/config.ts';
import { saveModel } from '../../../src/main/engine/clip/model.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { addTeacher } from '../../../src/main/engine/teacher/add.ts';
import { describeTeacher, listTeachers, teacherDetails } from '../../../src/main/engine/teacher/describe.ts';
import { hubSettings, parseHubSource } from '../../../src/main/engine/teacher/hub/source.ts';
import { bundledFacts, bundledFiles } from '../../../src/main/engine/teacher/parts.ts';
import { absoluteModel, keptReference } from '../../../src/main/engine/teacher/reference.ts';
import {
  checkName,
  folderOf,
  isTeacherName,
  readTeacher,
  removeTeacher,
  resolveModel,
} from '../../../src/main/engine/teacher/registry.ts';
import { fixtureWeights } from '../clip/fixture.ts';
import { temporaryFolder } from '../support/vectors.ts';

const config = builtinConfig('micro-32-small');
const installed = bundledFiles();
const context = silentContext();
let home: string;

beforeEach(() => {
  home = temporaryFolder();
  vi.stubEnv('DISTILLERY_CACHE', path.join(home, 'cache'));
});

async function model(name = 'model'): Promise<string> {
  const dir = path.join(home, name);
  await saveModel(dir, config, fixtureWeights(config));
  return dir;
}

test('names that are no plain word are refused', () => {
  const bad = [
    '',
    '.',
    '..',
    '../x',
    'a/b',
    'a\\b',
    '/x',
    '-x',
    '.x',
    'x.',
    'a b',
    'x\0',
    'é',
    'x'.repeat(101),
    'bundled',
    'Bundled',
  ];
  for (const name of bad) expect(() => checkName(name), JSON.stringify(name)).toThrow();
  for (const name of bad.slice(0, -2)) expect(isTeacherName(name)).toBe(false);
  for (const name of ['x', 'ViT-B-32', 'a.b_c-1']) expect(checkName(name)).toBe(name);
});

test('a reference with a path in it is never looked up among the names', () => {
  mkdirSync(path.join(home, 'cache', 'teachers'), { recursive: true });
  writeFileSync(path.join(home, 'cache', 'teacher.json'), '{}');
  for (const name of ['..', '../teachers', './x']) {
    expect(resolveModel(name)).toBe(name);
    expect(() => readTeacher(name)).toThrow(/There is no teacher/);
  }
  expect(resolveModel('bundled')).toBe('bundled');
});

test('a name stays a name in configurations and with embeddings, anything else is a path', async () => {
  await addTeacher(await model(), { name: 'mine' }, context);
  expect(absoluteModel('/base', 'mine')).toBe('mine');
  expect(absoluteModel('/base', 'bundled')).toBe('bundled');
  expect(absoluteModel('/base', './mine')).toBe('/base/mine');
  expect(absoluteModel('/base', 'other')).toBe('/base/other');
  expect(keptReference('/w', 'mine')).toBe('mine');
});

test('a folder and a file of it can be added, the same again changes nothing, another of the name is refused', async () => {
  const dir = await model();
  const added = await addTeacher(dir, {}, context);
  expect(added).toMatchObject({ name: 'model', path: dir, unchanged: false, problem: null });
  expect(await addTeacher(dir, {}, context)).toEqual({ ...added, unchanged: true });
  const file = path.join(dir, 'open_clip_model.safetensors');
  await expect(addTeacher(file, { name: 'model' }, context)).rejects.toThrow(/There is a teacher model from/);
  await expect(addTeacher(dir, { name: 'MODEL' }, context)).rejects.toThrow(/There is a teacher model from/);
  expect(await addTeacher(file, { name: 'file' }, context)).toMatchObject({ path: file, sha256: added.sha256 });
  expect(readdirSync(path.join(home, 'cache', 'teachers', '.downloads'))).toEqual([]);
});

test('what is no model is not added', async () => {
  const dir = path.join(home, 'empty');
  mkdirSync(dir);
  await expect(addTeacher(dir, {}, context)).rejects.toThrow(/holds no weights/);
  await expect(addTeacher(path.join(home, 'none'), {}, context)).rejects.toThrow(/There is no model at/);
  const odd = await model('odd one');
  await expect(addTeacher(odd, { name: '../odd' }, context)).rejects.toThrow(/cannot be a name/);
  expect(await addTeacher(odd, {}, context)).toMatchObject({ name: 'odd-one' });
});

test('a model that is gone or changed is told, and can be removed', async () => {
  const dir = await model();
  await addTeacher(dir, {}, context);
  const file = path.join(dir, 'open_clip_model.safetensors');
  writeFileSync(file, 'short');
  expect((await describeTeacher('model')).problem).toMatch(/has 5 bytes, .* when it was added/);
  rmSync(dir, { recursive: true });
  expect((await teacherDetails('model', { verify: false }, context)).problem).toMatch(/is gone/);
  expect(await removeTeacher('model')).toMatchObject({ kept: dir, deleted: [] });
  expect(existsSync(folderOf('model'))).toBe(false);
});

test.each(['', '{', '{}', '[]', 'null'])('a damaged record (%s) spoils only its own teacher', async (text) => {
  await addTeacher(await model(), { name: 'sound' }, context);
  mkdirSync(folderOf('broken'), { recursive: true });
  writeFileSync(path.join(folderOf('broken'), 'teacher.json'), text);
  const listed = await listTeachers();
  expect(listed.map(({ name, problem }) => [name, problem?.includes('is damaged') ?? false])).toEqual([
    ['bundled', false],
    ['broken', true],
    ['sound', false],
  ]);
  expect(() => resolveModel('broken')).toThrow(/teacher remove broken/);
  await removeTeacher('broken');
  expect(existsSync(folderOf('broken'))).toBe(false);
});

test('a record that names files elsewhere deletes none of them', async () => {
  const dir = await model();
  await addTeacher(dir, {}, context);
  const { record } = readTeacher('model');
  const outside = path.join(home, 'cache', 'precious');
  writeFileSync(outside, 'x');
  const files = ['../../precious', outside, 'x/../../../precious'].map((name) => ({ ...record.files[0]!, name }));
  writeFileSync(path.join(folderOf('model'), 'teacher.json'), JSON.stringify({ ...record, path: null, files }));
  expect(await removeTeacher('model')).toMatchObject({ deleted: [] });
  expect(existsSync(outside)).toBe(true);
});

test('the bundled teacher stays, and its facts are true', async () => {
  await expect(removeTeacher('bundled')).rejects.toThrow(/stays/);
  vi.unstubAllEnvs();
  if (!installed.every((file) => existsSync(file))) return;
  const { loadBundled } = await import('../../../src/main/engine/teacher/bundled.ts');
  const { embedDim, vision, text } = (await loadBundled()).config;
  expect(bundledFacts).toEqual({ embedDim, imageSize: vision.imageSize, contextLength: text.contextLength });
});

test('sources of the hub', () => {
  expect(parseHubSource('hf:laion/CLIP-ViT-B-32')).toEqual({ repo: 'laion/CLIP-ViT-B-32', revision: 'main' });
  expect(parseHubSource('hf:a/b@refs/pr/1')).toEqual({ repo: 'a/b', revision: 'refs/pr/1' });
  const bad = [
    'hf:',
    'hf:a',
    'hf:a/b/c',
    'hf:../b',
    'hf:a/..',
    'hf:a/b@',
    'hf:a/b@../x',
    'hf:a/b@x@y',
    'hf:a/b?x',
    'hf:a//b',
    'hf:a--b/c',
    'hf:a/b%2f',
    'hf:a/b@-x',
  ];
  for (const source of bad) expect(() => parseHubSource(source), source).toThrow(/names no model of the hub/);
});

test('settings of the hub', () => {
  expect(hubSettings({ XDG_CACHE_HOME: '/x' })).toEqual({
    ...{ endpoint: 'https://huggingface.co', token: undefined, offline: false, cache: '/x/huggingface/hub' },
  });
  expect(
    hubSettings({
      HF_ENDPOINT: 'https://mirror/hf/',
      HF_TOKEN: ' t ',
      HF_HUB_OFFLINE: 'True',
      HF_HOME: '/h',
      HF_HUB_CACHE: '/c',
    }),
  ).toEqual({ endpoint: 'https://mirror/hf', token: 't', offline: true, cache: '/c' });
  for (const endpoint of ['mirror', 'file:///x', 'ftp://x']) {
    expect(() => hubSettings({ HF_ENDPOINT: endpoint })).toThrow(/HF_ENDPOINT is/);
  }
});
