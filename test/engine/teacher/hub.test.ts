/** @file Teachers from the hub, against a server of the same protocol. Run: vitest run test/engine/teacher/hub.test.ts */

import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { builtinConfig, toOpenClipJson } from '../../../src/main/engine/clip/config.ts';
import { loadModel, saveModel } from '../../../src/main/engine/clip/model.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { addTeacher, type AddOptions, type Added } from '../../../src/main/engine/teacher/add.ts';
import { checkRoom } from '../../../src/main/engine/teacher/hub/fetchModel.ts';
import {
  unfinishedDownloads,
  removeUnfinished,
  type Unfinished,
} from '../../../src/main/engine/teacher/hub/unfinished.ts';
import { downloadsDir, readTeacher, removeTeacher, resolveModel } from '../../../src/main/engine/teacher/registry.ts';
import { fixtureWeights } from '../clip/fixture.ts';
import { temporaryFolder } from '../support/vectors.ts';
import { repo, startHub, type HubFaults, type TestHub } from './hubServer.ts';

const config = builtinConfig('micro-32-small');
const source = `hf:${repo}`;
const fetching = { tries: 3, firstWaitMs: 5, stallMs: 20_000 };
const made = mkdtempSync(path.join(tmpdir(), 'distillery-hub-'));
let files: Record<string, Buffer>;
let cache: string;

beforeAll(async () => {
  await saveModel(made, config, fixtureWeights(config));
  files = Object.fromEntries(readdirSync(made).map((name) => [name, readFileSync(path.join(made, name))]));
  files['README.md'] = Buffer.from('# A model\n');
  files['pytorch_model.bin'] = Buffer.from('not wanted'.repeat(1000));
});
afterAll(() => {
  rmSync(made, { recursive: true });
});

beforeEach(() => {
  const home = temporaryFolder();
  cache = path.join(home, 'cache');
  vi.stubEnv('DISTILLERY_CACHE', cache);
  vi.stubEnv('HF_HOME', path.join(home, 'huggingface'));
  for (const name of ['HF_ENDPOINT', 'HF_TOKEN', 'HF_TOKEN_PATH', 'HF_HUB_OFFLINE', 'HF_HUB_CACHE'])
    vi.stubEnv(name, '');
});

function bytesOfParts(): number {
  const dir = downloadsDir();
  const names = existsSync(dir) ? readdirSync(dir, { recursive: true, encoding: 'utf8' }) : [];
  const parts = names.filter((name) => name.endsWith('.partial')).map((name) => path.join(dir, name));
  return parts.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
}

async function hubWith(faults: HubFaults = {}, served = files): Promise<TestHub> {
  const hub = await startHub(served, { arrived: bytesOfParts, ...faults });
  vi.stubEnv('HF_ENDPOINT', hub.endpoint);
  return hub;
}

const add = (options: AddOptions = {}, given = source): Promise<Added> =>
  addTeacher(given, { fetching, ...options }, silentContext());

const weights = 'open_clip_model.safetensors';
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const folder = (name: string): string => path.join(cache, 'teachers', name);

test('a model is fetched, checked, named and loaded by its name', async () => {
  const hub = await hubWith();
  const seen: number[] = [];
  const added = await addTeacher(
    source,
    { fetching },
    {
      ...silentContext(),
      onProgress: ({ stage, done }) => {
        if (stage === 'download') seen.push(done);
      },
    },
  );
  expect(added).toMatchObject({
    ...{ name: 'CLIP-tiny', kind: 'hub', source, revision: hub.commit, layout: 'open_clip', unchanged: false },
    ...{ embedDim: config.embedDim, imageSize: 32, problem: null, bytes: files[weights]!.length },
    sha256: sha256(files[weights]!),
  });
  expect(seen.at(-1)).toBeCloseTo((files[weights]!.length + files['open_clip_config.json']!.length) / 1e6, 1);
  expect(readdirSync(folder('CLIP-tiny')).toSorted()).toEqual(['open_clip_config.json', weights, 'teacher.json']);
  expect(readdirSync(path.join(cache, 'teachers', '.downloads'))).toEqual([]);
  const model = await loadModel(resolveModel('CLIP-tiny'));
  expect(model.config.embedDim).toBe(config.embedDim);
  // nothing else is fetched, and nothing at all the second time
  expect(hub.requests.filter((request) => /README|pytorch_model/.test(request))).toEqual([]);
  const before = hub.requests.length;
  expect(await add({}, `${source}@v1`)).toMatchObject({ unchanged: true });
  expect(hub.requests.slice(before)).toEqual([`GET /api/models/${repo}/revision/v1`]);
});

test('a folder of transformers is fetched where there is none of open_clip', async () => {
  const { writeTransformers } = await import('../../fixtures/clip/writeTransformers.ts');
  const out = path.join(temporaryFolder(), 'student');
  await writeTransformers(out, config);
  await hubWith({}, Object.fromEntries(readdirSync(out).map((name) => [name, readFileSync(path.join(out, name))])));
  expect(await add({ name: 'student' })).toMatchObject({ layout: 'transformers', embedDim: config.embedDim });
  expect(readdirSync(folder('student')).toSorted()).toEqual(
    ['config.json', 'model.safetensors', 'preprocessor_config.json', 'teacher.json'].toSorted(),
  );
});

test('a cut connection goes on from the byte where it was cut', async () => {
  const hub = await hubWith({ cuts: [100_000, 50_000] });
  await add();
  const ranges = hub.requests.filter((request) => request.startsWith('storage'));
  const starts = ranges.map((request) => Number(/bytes=(\d+)-$/.exec(request)?.[1] ?? 0));
  // how much of a cut answer arrives is up to the machine
  expect(starts).toHaveLength(3);
  expect(starts[0]).toBe(0);
  expect(starts[1]).toBeGreaterThan(0);
  expect(starts[1]).toBeLessThanOrEqual(100_000);
  expect(starts[2]).toBeGreaterThan(starts[1]!);
  expect(sha256(readFileSync(path.join(folder('CLIP-tiny'), weights)))).toBe(sha256(files[weights]!));
});

test('after the last try the part is kept, and the same command goes on', async () => {
  const hub = await hubWith({ cuts: [100_000, 0, 0, 0] });
  await expect(add()).rejects.toThrow(/could not be fetched.*goes on from it/);
  const [unfinished] = await unfinishedDownloads();
  expect(unfinished).toMatchObject({ source: `${source}@${hub.commit}` });
  const kept = unfinished!.bytes - files['open_clip_config.json']!.length;
  expect(kept).toBeGreaterThan(0);
  expect(existsSync(folder('CLIP-tiny'))).toBe(false);
  hub.requests.length = 0;
  hub.faults.cuts = [];
  await add();
  expect(hub.requests.filter((request) => request.startsWith('storage'))).toEqual([
    `storage GET /${weights} bytes=${kept}-`,
  ]);
  expect(await unfinishedDownloads()).toEqual([]);
});

test('a server without ranges begins again', async () => {
  const hub = await hubWith({ cuts: [100_000], noRanges: true });
  await add();
  expect(hub.requests.filter((request) => request.startsWith('storage'))).toHaveLength(2);
});

test('an unfinished download can be deleted', async () => {
  await hubWith({ cuts: [100_000, 0, 0, 0] });
  await expect(add()).rejects.toThrow();
  expect(await removeUnfinished('lab/other')).toEqual([]);
  const [{ path: dir }] = (await unfinishedDownloads()) as [Unfinished];
  writeFileSync(`${dir}.lock`, String(process.ppid));
  await expect(removeUnfinished(repo)).rejects.toThrow(`Process ${process.ppid} fetches ${repo}`);
  await expect(add()).rejects.toThrow(`Process ${process.ppid} fetches ${repo} already`);
  rmSync(`${dir}.lock`);
  expect(await removeUnfinished(repo)).toHaveLength(1);
  expect(await unfinishedDownloads()).toEqual([]);
});

test.each<[string, HubFaults, RegExp]>([
  ['other bytes', { instead: Buffer.alloc(0) }, /range|could not be fetched/],
  ['a wrong checksum', { claims: { [weights]: { oid: 'c'.repeat(64) } } }, /refused and deleted: its SHA-256/],
  ['a wrong checksum of git', { claims: { 'open_clip_config.json': { oid: 'c'.repeat(40) } } }, /its SHA-1/],
  ['more bytes than named', { claims: { [weights]: { size: 5000 } } }, /more than the 5000 bytes/],
  ['an absurd size', { claims: { [weights]: { size: 9e15 } } }, /from 1 to 200000000000 are taken/],
  ['a configuration of a gigabyte', { claims: { 'open_clip_config.json': { size: 1e9 } } }, /are taken/],
])('%s: refused, and nothing is named', async (_, faults, message) => {
  await hubWith(faults);
  await expect(add()).rejects.toThrow(message);
  expect(existsSync(folder('CLIP-tiny'))).toBe(false);
  const left = (await unfinishedDownloads()).flatMap(({ path: dir }) => readdirSync(dir));
  if (faults.claims?.[weights]?.oid) expect(left).toEqual(['open_clip_config.json']);
});

test('a download needs room on the disk before it begins', async () => {
  const dir = temporaryFolder();
  const file = { name: 'x', bytes: 1e18, checksum: { kind: 'git', value: '' } as const };
  await expect(checkRoom(dir, [file])).rejects.toThrow(/needs 1000000000200 MB, and .* MB are free.*DISTILLERY_CACHE/);
  await checkRoom(dir, [{ ...file, bytes: 1 }]);
});

test('weights that do not fit their configuration are deleted', async () => {
  const other = JSON.stringify(toOpenClipJson(builtinConfig('micro-32')));
  await hubWith({}, { ...files, 'open_clip_config.json': Buffer.from(other) });
  await expect(add()).rejects.toThrow(/the configuration expects/);
  expect(await unfinishedDownloads()).toEqual([]);
});

test('a model that is not covered is refused before its weights are fetched', async () => {
  const timm = { ...toOpenClipJson(config).model_cfg, vision_cfg: { timm_model_name: 'vit' } };
  const hub = await hubWith(
    {},
    { ...files, 'open_clip_config.json': Buffer.from(JSON.stringify({ model_cfg: timm })) },
  );
  await expect(add()).rejects.toThrow(/timm/);
  expect(hub.requests.filter((request) => request.startsWith('storage'))).toEqual([]);
  expect(await unfinishedDownloads()).toEqual([]);
});

test('names in the listing that climb out are never looked at', async () => {
  const entry = { type: 'file', size: 10, oid: 'd'.repeat(40) };
  const paths = ['../../evil', '/etc/passwd', 'a/../../b', '..', 'x\0y', 'C:\\evil', ''];
  await hubWith({
    listed: [
      ...paths.map((name) => ({ ...entry, path: name })),
      { type: 'directory', path: 'sub', size: 0, oid: 'd'.repeat(40) },
    ],
  });
  await add();
  expect(readdirSync(folder('CLIP-tiny'))).toHaveLength(3);
  expect(readdirSync(cache)).toEqual(['teachers']);
});

test('a listing that is no listing is an error of ours', async () => {
  await hubWith({ listed: [{ type: 'file', path: 'open_clip_config.json', size: -1, oid: 'x' }] });
  await expect(add()).rejects.toThrow(/cannot be used/);
});

test('the token goes to the hub and never to its storage', async () => {
  const hub = await hubWith({ token: 'secret-of-a-mirror' });
  await expect(add()).rejects.toThrow(/accepted first.*HF_TOKEN/s);
  vi.stubEnv('HF_TOKEN', 'wrong');
  await expect(add()).rejects.toThrow(/see that the token/);
  vi.stubEnv('HF_TOKEN', '');
  const home = process.env['HF_HOME']!;
  mkdirSync(home, { recursive: true });
  writeFileSync(path.join(home, 'token'), 'secret-of-a-mirror\n');
  await add();
  expect(hub.leaked).toEqual([]);
});

test('nor to another host that the listing names', async () => {
  vi.stubEnv('HF_TOKEN', 'secret');
  const { 'README.md': _, 'pytorch_model.bin': __, ...wanted } = files;
  const hub = await hubWith({ token: 'secret', strayPage: true }, wanted);
  await add();
  expect(hub.requests).toContain('storage GET /page');
  expect(hub.leaked).toEqual([]);
});

test('a token or password that cannot be sent is refused without being shown', async () => {
  await hubWith({ token: 'secret' });
  vi.stubEnv('HF_TOKEN', 'secret\nsecond line');
  await expect(add()).rejects.toThrow(/^The token in HF_TOKEN is not one line/);
  await expect(add()).rejects.not.toThrow(/secret/);
  vi.stubEnv('HF_TOKEN', '');
  const file = path.join(temporaryFolder(), 'token');
  writeFileSync(file, 'secret…');
  vi.stubEnv('HF_TOKEN_PATH', file);
  await expect(add()).rejects.toThrow(`The token in ${file} is not one line`);
  vi.stubEnv('HF_ENDPOINT', 'https://me:secret@mirror.example');
  await expect(add()).rejects.toThrow(/HF_ENDPOINT has a name or password before mirror\.example/);
  await expect(add()).rejects.not.toThrow(/secret/);
});

test('of a long answer the beginning is quoted', async () => {
  await hubWith({ status: 500, said: 'x'.repeat(100_000) });
  const error = await add().catch((thrown: unknown) => thrown as Error);
  expect((error as Error).message).toMatch(/answered 500.*x{200,300}\. Try again later/);
});

test.each([
  ['hf:lab/none', {}, /has no model lab\/none with revision main/],
  [`${source}@v9`, {}, /with revision v9/],
  [source, { status: 503 }, /answered 503.*Try again later/],
  [source, { status: 429 }, /answered 429/],
])('%s: what the hub says is said', async (given, faults, message) => {
  await hubWith(faults);
  await expect(add({}, given)).rejects.toThrow(message);
});

test('without network it says how to get the files otherwise', async () => {
  vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:9');
  await expect(add()).rejects.toThrow(
    /cannot be reached.*HF_ENDPOINT=.*open_clip_config.json, and open_clip_model.safetensors.*teacher add FOLDER --name CLIP-tiny/s,
  );
});

test("what the hub's own library downloaded is used where it lies, also offline", async () => {
  const hub = await hubWith();
  vi.stubEnv('HF_HUB_OFFLINE', '1');
  await expect(add()).rejects.toThrow(/HF_HUB_OFFLINE is set/);
  const store = path.join(process.env['HF_HOME']!, 'hub', 'models--lab--CLIP-tiny');
  const snapshot = path.join(store, 'snapshots', hub.commit);
  for (const dir of [snapshot, path.join(store, 'refs')]) mkdirSync(dir, { recursive: true });
  writeFileSync(path.join(store, 'refs', 'main'), hub.commit);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(snapshot, name), bytes);
  expect(await add({ name: 'offline' })).toMatchObject({ path: snapshot, revision: hub.commit, kind: 'hub' });
  expect(hub.requests).toEqual([]);
  vi.stubEnv('HF_HUB_OFFLINE', '');
  expect(await add({ name: 'online' })).toMatchObject({ path: snapshot });
  expect(hub.requests.filter((request) => request.startsWith('storage'))).toEqual([]);
  expect(await removeTeacher('online')).toMatchObject({ deleted: [], kept: snapshot });
  expect(existsSync(path.join(snapshot, weights))).toBe(true);
  // another content of the same size is not believed
  const spoilt = Buffer.from(files[weights]!);
  spoilt[spoilt.length - 1]! ^= 1;
  writeFileSync(path.join(snapshot, weights), spoilt);
  expect(await add({ name: 'fresh' })).toMatchObject({ path: folder('fresh') });
});

test('removing deletes what was downloaded and nothing that somebody put there', async () => {
  await hubWith();
  await add();
  writeFileSync(path.join(folder('CLIP-tiny'), 'notes.txt'), 'mine');
  const removal = await removeTeacher('CLIP-tiny');
  expect(removal.deleted.map((file) => path.basename(file)).toSorted()).toEqual(['open_clip_config.json', weights]);
  expect(readdirSync(folder('CLIP-tiny'))).toEqual(['notes.txt']);
  expect(() => readTeacher('CLIP-tiny')).toThrow(/There is no teacher/);
});
