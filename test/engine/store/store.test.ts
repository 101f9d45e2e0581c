/** @file Run: vitest run test/engine/store */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { DistilleryError, UsageError } from '../../../src/main/engine/errors.ts';
import {
  appendShard,
  countRows,
  embeddingFolder,
  findEmbeddings,
  openEmbeddings,
  readIds,
  readRows,
  replaceShard,
  saveManifest,
  teacherSlug,
  type EmbeddingSet,
} from '../../../src/main/engine/store/embeddings.ts';
import { isDiskFull, makeFolder, replaceFile, writeWhole } from '../../../src/main/engine/store/files.ts';
import { npyHeader, readNpy, readNpyHeader, writeNpy, type NpyArray } from '../../../src/main/engine/store/npy.ts';
import { findDataset, openWorkspace } from '../../../src/main/engine/store/workspace.ts';

function temporary(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'distillery-'));
  onTestFinished(() => {
    rmSync(dir, { recursive: true, force: true });
  });
  return dir;
}

test('an unknown dataset lists the known ones', async () => {
  const workspace = openWorkspace(temporary());
  onTestFinished(workspace.close);
  workspace.sqlite.exec(`INSERT INTO datasets (name, source, format, imported_at) VALUES ('food', '/s', 'folder', '')`);
  await expect(findDataset(workspace, 'foot')).rejects.toThrow(/"foot".*food/);
  await expect(findDataset(workspace, 'foot')).rejects.toBeInstanceOf(UsageError);
});

test('files appear whole: a failure leaves the old one and no remains', async () => {
  const dir = temporary();
  const file = path.join(dir, 'deep/er/file.txt');
  await writeWhole(file, 'old ', new Uint8Array([65]));
  const failing = replaceFile(file, (partial) => {
    writeFileSync(partial, 'half');
    return Promise.reject(new Error('stopped'));
  });
  await expect(failing).rejects.toThrow('stopped');
  expect(readFileSync(file, 'utf8')).toBe('old A');
  expect(readdirSync(path.dirname(file))).toEqual(['file.txt']);
});

test('a folder that cannot be made is named with its reason', async () => {
  const dir = temporary();
  const file = path.join(dir, 'file');
  writeFileSync(file, '');
  makeFolder(path.join(dir, 'a/b'));
  makeFolder(path.join(dir, 'a/b'));
  expect(readdirSync(path.join(dir, 'a'))).toEqual(['b']);
  for (const place of [file, path.join(file, 'a'), path.join(file, 'a/b')]) {
    expect(() => {
      makeFolder(place);
    }).toThrow(/cannot be made: a file is in its place or above it/);
    expect(() => openWorkspace(place)).toThrow(/cannot be made/);
  }
  await expect(writeWhole(path.join(file, 'a/b.txt'), '')).rejects.toThrow(/cannot be made/);
  // Node's own recursive mkdir would not come back from here
  if (existsSync('/proc/self')) {
    expect(() => {
      makeFolder('/proc/none/deep');
    }).toThrow(/The folder \/proc\/none cannot be made/);
    await expect(writeWhole('/proc/none.txt', '')).rejects.toThrow(/\/proc\/none.txt cannot be written: ENOENT/);
  }
});

test('a full disk is told apart and says what to do', async () => {
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
  expect(isDiskFull(full)).toBe(true);
  const failing = replaceFile(path.join(temporary(), 'x'), () => Promise.reject(full));
  await expect(failing).rejects.toThrow(/disk is full.*Free space/);
  expect(isDiskFull(new Error('other'))).toBe(false);
});

test('every dtype survives, and rows can be read apart', async () => {
  const file = path.join(temporary(), 'x.npy');
  const numbers = Array.from({ length: 12 }, (_, i) => i);
  const arrays: NpyArray[] = [
    ...[Float16Array, Float32Array, Float64Array, Int32Array, Uint32Array, Uint8Array].map((type) => new type(numbers)),
    ...[BigInt64Array, BigUint64Array].map((type) => new type(numbers.map(BigInt))),
  ];
  for (const data of arrays) {
    await writeNpy(file, data, [4, 3]);
    expect((await readNpyHeader(file)).dataOffset % 64).toBe(0);
    expect(await readNpy(file)).toEqual({ shape: [4, 3], data });
    expect(await readNpy(file, 1, 3)).toEqual({ shape: [2, 3], data: data.slice(3, 9) });
  }
});

test('a header of numpy is written and read as numpy does', () => {
  const text = Buffer.from(npyHeader('<f2', [5])).toString('latin1');
  expect(text).toHaveLength(128);
  expect(text.slice(0, 10)).toBe('\x93NUMPY\x01\0v\0');
  expect(text.slice(10)).toMatch(/^\{'descr': '<f2', 'fortran_order': False, 'shape': \(5,\), \} +\n$/);
});

test.each([
  ["{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", /could run code/],
  ["{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", /no plain dtype/],
  ["{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }", /dtype >f4/],
  ["{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }", /Fortran/],
  ["{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", /claims shape \[2, 3\]/],
  ["{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999), }", /claims shape/],
  ["{'descr': '<f4', 'fortran_order': False, 'shape': (-1, -4), }", /claims shape/],
  ["{'descr': '<f4', 'fortran_order': False, 'shape': (1e999,), }", /claims shape/],
  ["{'descr': '<f4', 'fortran_order': False, 'shape': (2L,), }", /claims shape/],
  ["{'descr': '<f4', 'fortran_order': False}", /claims shape/],
  ['', /no plain dtype/],
])('a hostile header is refused: %s', async (header, message) => {
  const file = path.join(temporary(), 'x.npy');
  const head = Buffer.alloc(10);
  head.write('\x93NUMPY\x01\x00', 'latin1');
  head.writeUInt16LE(header.length, 8);
  writeFileSync(file, Buffer.concat([head, Buffer.from(header), Buffer.alloc(16)]));
  await expect(readNpyHeader(file)).rejects.toThrow(message);
  await expect(readNpy(file)).rejects.toBeInstanceOf(DistilleryError);
});

test('noise, cut headers and headers longer than the file are refused', async () => {
  const file = path.join(temporary(), 'x.npy');
  const whole = Buffer.concat([npyHeader('<f4', [4]), Buffer.alloc(16)]);
  const longHeader = Buffer.from(whole);
  longHeader[6] = 2;
  longHeader.writeUInt32LE(0xffffffff, 8);
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from('PK\x03\x04 a zip, as .npz is'),
    whole.subarray(0, 20),
    longHeader,
  ]) {
    writeFileSync(file, bytes);
    await expect(readNpyHeader(file)).rejects.toBeInstanceOf(DistilleryError);
  }
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.nat(143), async (noise, at) => {
      const bytes = Buffer.from(whole);
      bytes.set(noise.subarray(0, whole.length - at), at);
      writeFileSync(file, bytes);
      // either a refusal in our words, or no more elements than the file has bytes
      const read = await readNpy(file).catch((error: unknown) => error);
      if (read instanceof Error) expect(read).toBeInstanceOf(DistilleryError);
      else expect((read as { data: NpyArray }).data.byteLength).toBeLessThanOrEqual(bytes.length);
    }),
  );
});

const vectors = Float32Array.of(3, 4, 0, 2, 5, 12);

async function makeSet(extra: Partial<EmbeddingSet['manifest']> = {}): Promise<EmbeddingSet> {
  const manifest = { teacher: 't', fingerprint: 'f', dim: 2, complete: true, shards: [], ...extra };
  const set: EmbeddingSet = { dir: path.join(temporary(), 't'), manifest };
  await appendShard(set, { ids: Int32Array.of(4, 7), image: vectors.slice(0, 4), text: vectors.slice(2, 6) });
  await appendShard(set, { ids: Int32Array.of(), image: new Float32Array(0), text: new Float32Array(0) });
  await appendShard(set, { ids: Int32Array.of(9), image: vectors.slice(4), text: vectors.slice(0, 2) });
  return set;
}

test('rows are read over shard borders, as unit vectors in sample order', async () => {
  const set = (await openEmbeddings((await makeSet()).dir))!;
  expect(countRows(set)).toBe(3);
  expect(set.manifest.shards.map((shard) => shard.lastId)).toEqual([7, 7, 9]);
  expect(await readIds(set)).toEqual(Int32Array.of(4, 7, 9));
  const close = (rows: Float32Array, expected: number[]) => {
    expect(rows).toHaveLength(expected.length);
    for (const [i, value] of expected.entries()) expect(rows[i]).toBeCloseTo(value, 6);
  };
  close(await readRows(set, 'image'), [0.6, 0.8, 0, 1, 5 / 13, 12 / 13]);
  close(await readRows(set, 'image', 1, 3), [0, 1, 5 / 13, 12 / 13]);
  close(await readRows(set, 'text', 0, 1), [0, 1]);
  close(await readRows(set, 'text', 1, 1), []);
});

test('a shard of the wrong size or without its captions is refused before it is written', async () => {
  const set = await makeSet();
  const ids = Int32Array.of(12);
  await expect(appendShard(set, { ids, image: vectors.slice(0, 3), text: vectors.slice(0, 2) })).rejects.toThrow(
    /\[1, 2\]/,
  );
  await expect(appendShard(set, { ids, image: vectors.slice(0, 2) })).rejects.toThrow(/0 text numbers/);
  expect(existsSync(path.join(set.dir, 'ids-00003.npy'))).toBe(false);
  expect((await openEmbeddings(set.dir))!.manifest.shards).toHaveLength(3);
});

test('a shard can be replaced by one of another size', async () => {
  const set = await makeSet();
  await replaceShard(set, 0, {
    ids: Int32Array.of(4),
    image: vectors.slice(2, 4),
    text: vectors.slice(2, 4),
    content: 'c',
  });
  const read = (await openEmbeddings(set.dir))!;
  expect(read.manifest).toMatchObject({
    complete: false,
    shards: [{ rows: 1, lastId: 4, content: 'c' }, {}, { rows: 1 }],
  });
  expect(await readIds(read)).toEqual(Int32Array.of(4, 9));
  expect((await readRows(read, 'image', 0, 1))[1]).toBe(1);
});

test('zero and non-finite rows are named', async () => {
  const set = await makeSet();
  for (const [bad, word] of [
    [0, 'zero'],
    [NaN, 'not finite'],
    [Infinity, 'not finite'],
  ] as const) {
    await writeNpy(path.join(set.dir, 'image-00002.npy'), Float32Array.of(bad, bad), [1, 2]);
    await expect(readRows(set, 'image')).rejects.toThrow(new RegExp(`image embedding of row 2 .* is ${word}`));
  }
});

test('damage is refused with what to do', async () => {
  const set = await makeSet();
  const manifest = path.join(set.dir, 'manifest.json');
  const good = readFileSync(manifest, 'utf8');
  for (const bad of ['{', '[]', '', good.replace('"dim": 2', '"dim": -2'), good.replace('"rows": 2', '"rows": 1.5')]) {
    writeFileSync(manifest, bad);
    await expect(openEmbeddings(set.dir)).rejects.toThrow(/manifest.json is damaged.*embed again/s);
  }
  // claims more rows than its files hold
  writeFileSync(manifest, good.replace('"rows": 2', '"rows": 5'));
  const claiming = (await openEmbeddings(set.dir))!;
  await expect(readIds(claiming)).rejects.toThrow(/holds 2 numbers where its manifest says 5/);
  await expect(readRows(claiming, 'image')).rejects.toThrow(/holds 4 numbers where its manifest says 10/);
  rmSync(path.join(set.dir, 'text-00000.npy'));
  await expect(readRows(set, 'text')).rejects.toThrow(/text-00000.npy.*embed again/s);
  await writeNpy(path.join(set.dir, 'ids-00000.npy'), Float32Array.of(4, 7), [2]);
  await expect(readIds(set)).rejects.toBeInstanceOf(DistilleryError);
});

test('a set is found by its teacher, or alone', async () => {
  const workspace = openWorkspace(path.join(temporary(), 'w'));
  onTestFinished(workspace.close);
  await expect(findEmbeddings(workspace, 'd')).rejects.toThrow(/distillery embed --dataset d/);
  const save = (teacher: string, complete: boolean) =>
    saveManifest({
      dir: embeddingFolder(workspace, 'd', teacher),
      manifest: { teacher, fingerprint: 'f', dim: 2, complete, shards: [] },
    });
  await save('unfinished', false);
  await save('ViT-B-32', true);
  expect((await findEmbeddings(workspace, 'd')).manifest.teacher).toBe('ViT-B-32');
  await save('other', true);
  await expect(findEmbeddings(workspace, 'd')).rejects.toThrow(/several teachers \(ViT-B-32, other\)/);
  expect((await findEmbeddings(workspace, 'd', 'other')).manifest.teacher).toBe('other');
  expect((await findEmbeddings(workspace, 'd', 'ViT/B 32')).manifest.teacher).toBe('ViT-B-32');
  await expect(findEmbeddings(workspace, 'd', 'unfinished')).rejects.toThrow(/no complete embeddings of unfinished/);
});

test('a teacher is a safe folder name, and stays what it is', () => {
  expect(teacherSlug('ViT-B-32')).toBe('ViT-B-32');
  expect(teacherSlug('../../etc')).toBe('etc');
  expect(teacherSlug('..')).toBe('teacher');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (name) => {
      const slug = teacherSlug(name);
      expect(slug).toMatch(/^[^/\\.\0-][^/\\\0]*$/);
      expect(Buffer.byteLength(slug)).toBeLessThanOrEqual(255);
      expect(teacherSlug(slug)).toBe(slug);
    }),
  );
});
