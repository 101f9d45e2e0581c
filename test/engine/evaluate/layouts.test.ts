/** @file vitest run test/engine/evaluate/layouts.test.ts: WebDataset, CIFAR and IDX files. */

import { copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DistilleryError, UsageError } from '../../../src/main/engine/errors.ts';
import { readClasses } from '../../../src/main/engine/evaluate/classes.ts';
import { readData } from '../../../src/main/engine/evaluate/data.ts';
import { parseIdx } from '../../../src/main/engine/evaluate/idx.ts';
import { interleaved, type RawPicture } from '../../../src/main/engine/evaluate/picture.ts';
import { decode } from '../../../src/main/engine/clip/decode.ts';
import type { PictureSource } from '../../../src/main/engine/pictureSource.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';

const fixtures = path.join(import.meta.dirname, '../../fixtures/evaluate/webdataset');
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'evaluate-layouts-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const at = (...parts: string[]): string => path.join(folder, ...parts);
const read = (source: string) => readData(source, undefined, silentContext());

async function write(files: Record<string, Uint8Array | string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(at(name)), { recursive: true });
    await writeFile(at(name), content);
  }
}

describe('ImageNet and its relatives by WordNet ids', () => {
  const ids = { birds: 'n01531178', rays: 'n01498041', paper: 'n15075141' };

  test('a subset has its own classes, in the order of all', async () => {
    const { names, indexOf } = await readClasses([ids.paper, ids.birds, ids.rays, ids.birds], 'imagenet-subset');
    expect(names).toEqual(['stingray', 'goldfinch', 'toilet paper']);
    expect([...indexOf]).toEqual([
      [ids.rays, 0],
      [ids.birds, 1],
      [ids.paper, 2],
    ]);
  });

  test('without that word all 1,000 are to choose from', async () => {
    const { names, indexOf } = await readClasses(Object.values(ids), 'imagenet');
    expect(names).toHaveLength(1000);
    expect(Object.values(ids).map((id) => indexOf.get(id))).toEqual([11, 6, 999]);
  });

  test('an id that is none of them is refused; a set by name knows that it is a part', async () => {
    await expect(readClasses(['n00000001', ids.birds], 'imagenet')).rejects.toThrow(/n00000001 is none of the 1000/);
    await write({ [`imagenet-a/${ids.birds}/0.jpg`]: '', [`imagenet-a/${ids.rays}/0.jpg`]: '' });
    const data = await readData({ set: 'imagenet-a', root: folder }, undefined, silentContext());
    const { names } = await readClasses(
      data.examples.map(({ label }) => label!),
      undefined,
      data,
    );
    expect(names).toEqual(['stingray', 'goldfinch']);
    expect(data.templates).toHaveLength(80);
  });
});

describe('WebDataset of CLIP_benchmark', () => {
  test('classes: labels, names and templates; pictures are read in place', async () => {
    const { examples, classNames, templates } = await read(path.join(fixtures, 'classes'));
    expect(examples.map(({ label, split, problem }) => [label, split, problem])).toEqual(
      ['0', '1', '2', '0', '1', '2'].map((label) => [label, 'test', undefined]),
    );
    expect(classNames).toEqual(['red fox', 'snow leopard', 'owl']);
    expect(templates).toEqual(['a photo of a {c}.', 'the {c}.']);
    const pixels = await Promise.all(
      examples.map(async ({ picture }) => [...(await decode(picture as PictureSource)).data.subarray(0, 3)]),
    );
    expect(pixels).toEqual(Array.from({ length: 6 }, (_, i) => [40 * i, 200 - 30 * i, 90]));
  });

  test('captions: several of a picture', async () => {
    const { examples } = await read(path.join(fixtures, 'captions'));
    expect(examples.map(({ captions }) => captions)).toEqual([
      ['caption 0'],
      ['caption 1', 'another of 1'],
      ['caption 2', 'another of 2', 'naïve, with a comma'],
    ]);
  });

  test('one .tar, and a folder of them', async () => {
    const shard = path.join(fixtures, 'classes/test/0.tar');
    expect((await read(shard)).examples).toHaveLength(4);
    await copyFile(shard, at('10.tar'));
    await copyFile(path.join(fixtures, 'classes/test/1.tar'), at('2.tar'));
    const { examples, classNames } = await read(folder);
    expect(examples.map(({ label, split }) => [label, split])).toEqual(
      ['1', '2', '0', '1', '2', '0'].map((l) => [l, undefined]),
    );
    expect(classNames).toBeUndefined();
  });

  test('a cut shard loses its last sample only, a missing one is noticed', async () => {
    await cp(path.join(fixtures, 'classes'), at('set'), { recursive: true });
    const bytes = await readFile(at('set/test/0.tar'));
    await writeFile(at('set/test/0.tar'), bytes.subarray(0, bytes.lastIndexOf('s0000003.webp') + 512 + 20));
    const { examples } = await read(at('set'));
    expect(examples.map(({ problem }) => problem !== undefined)).toEqual([false, false, false, true, false, false]);
    expect(examples[3]!.problem).toMatch(/cut.* in sample s0000003/);
    await rm(at('set/test/1.tar'));
    await expect(read(at('set'))).rejects.toThrow(/1 .tar files, its nshards.txt says "2"/);
  });

  test('compressed shards and several labels an image are refused', async () => {
    await write({ 'a/test/0.tar': gzipSync('x'), 'b/test/0.tar': '', 'b/dataset_type.txt': 'multilabel\n' });
    await expect(read(at('a'))).rejects.toThrow(/compressed/);
    await expect(read(at('b'))).rejects.toThrow(/multilabel/);
  });

  test("labels are places in the data's names even where the names are numbers", async () => {
    const { indexOf } = await readClasses(['0', '1'], undefined, { classNames: ['1', '0'] });
    expect([indexOf.get('0'), indexOf.get('1')]).toEqual([0, 1]);
    await expect(readClasses(['0', '7'], undefined, { classNames: ['a', 'b', 'c'] })).rejects.toThrow(
      /The data has 3 class names/,
    );
  });
});

/** A record: label bytes, then planes of equal bytes. */
const record = (labels: number[], red: number, green: number, blue: number): Buffer =>
  Buffer.concat([Buffer.from(labels), ...[red, green, blue].map((value) => Buffer.alloc(1024, value))]);

describe('CIFAR', () => {
  test('10: splits, labels, names, planes become pixels', async () => {
    await write({
      'cifar-10-batches-bin/data_batch_2.bin': Buffer.concat([record([9], 1, 2, 3), record([0], 4, 5, 6)]),
      'cifar-10-batches-bin/test_batch.bin': record([3], 7, 8, 9),
      'cifar-10-batches-bin/batches.meta.txt':
        'airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n',
    });
    const { examples, classNames } = await read(folder);
    expect(examples.map(({ label, split }) => [label, split])).toEqual([
      ['9', 'train'],
      ['0', 'train'],
      ['3', 'test'],
    ]);
    expect(classNames?.[3]).toBe('cat');
    const { data, ...rest } = interleaved(examples[1]!.picture as RawPicture);
    expect(rest).toEqual({ width: 32, height: 32, channels: 3, mode: 'RGB', indexed: false });
    expect([data.length, ...data.subarray(-3)]).toEqual([3072, 4, 5, 6]);
  });

  test('100: the fine label counts', async () => {
    await write({ 'train.bin': record([19, 99], 1, 2, 3), 'test.bin': record([0, 42], 1, 2, 3) });
    expect((await read(folder)).examples.map(({ label }) => label)).toEqual(['99', '42']);
  });

  test('what is cut, wrong or a pickle is refused', async () => {
    await write({ 'cut/test_batch.bin': record([3], 7, 8, 9).subarray(1), 'empty/test_batch.bin': '' });
    await write({ 'label/test_batch.bin': record([10], 7, 8, 9), 'py/cifar-10-batches-py/data_batch_1': '' });
    await expect(read(at('cut'))).rejects.toThrow(/3072 bytes, no multiple of 3073/);
    await expect(read(at('empty'))).rejects.toThrow(/0 bytes/);
    await expect(read(at('label'))).rejects.toThrow(/record 0: the label 10/);
    await expect(read(at('py'))).rejects.toThrow(UsageError);
    await expect(read(at('py'))).rejects.toThrow(/pickle/);
  });
});

const idx = (magic: number, sizes: number[], data: number[]): Buffer => {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  header.writeUInt32BE(magic);
  for (const [i, size] of sizes.entries()) header.writeUInt32BE(size, 4 + 4 * i);
  return Buffer.concat([header, Buffer.from(data)]);
};

describe('IDX', () => {
  test('train and t10k, packed or not', async () => {
    await write({
      'train-images-idx3-ubyte': idx(0x803, [2, 1, 2], [1, 2, 3, 4]),
      'train-labels-idx1-ubyte.gz': gzipSync(idx(0x801, [2], [7, 5])),
      't10k-images-idx3-ubyte.gz': gzipSync(idx(0x803, [1, 2, 1], [9, 8])),
      't10k-labels-idx1-ubyte': idx(0x801, [1], [0]),
    });
    const { examples } = await read(folder);
    expect(examples.map(({ label, split }) => [label, split])).toEqual([
      ['7', 'train'],
      ['5', 'train'],
      ['0', 'test'],
    ]);
    const grey = interleaved(examples[1]!.picture as RawPicture);
    expect({ ...grey, data: [...grey.data] }).toEqual({
      data: [3, 4],
      width: 2,
      height: 1,
      channels: 1,
      mode: 'L',
      indexed: false,
    });
    expect(interleaved(examples[2]!.picture as RawPicture)).toMatchObject({ width: 1, height: 2 });
  });

  test('pictures and labels that do not belong together', async () => {
    await write({
      'test-images-idx3-ubyte': idx(0x803, [2, 1, 1], [1, 2]),
      'test-labels-idx1-ubyte': idx(0x801, [3], [7, 5, 1]),
    });
    await expect(read(folder)).rejects.toThrow(/2 pictures.* 3 labels/);
    await rm(at('test-labels-idx1-ubyte'));
    await expect(read(folder)).rejects.toThrow(/test-labels-idx1-ubyte.gz cannot be read/);
  });

  test.each([
    ['empty', Buffer.alloc(0), /fewer than its header/],
    ['floats', idx(0xd03, [1, 1, 1], [1, 2, 3, 4]), /begins with 0x00000d03/],
    ['labels', idx(0x801, [1], [1, 1, 1, 1, 1, 1, 1, 1, 1]), /begins with 0x00000801/],
    ['cut', idx(0x803, [2, 2, 2], [1, 2, 3]), /claims 2 x 2 x 2 = 8 bytes and holds 3/],
    ['absurd', idx(0x803, [0xffffffff, 0xffffffff, 0xffffffff], [1]), /claims 4294967295 x/],
    ['no pictures', idx(0x803, [0, 28, 28], []), /claims 0 x 28 x 28/],
  ])('%s', (_, bytes, message) => {
    expect(() => parseIdx(bytes, 3, 'f')).toThrow(message);
  });

  test('any bytes give pictures or a clear refusal', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (bytes, magic) => {
        const file = Buffer.from(bytes);
        if (magic && file.length >= 4) file.writeUInt32BE(0x803);
        try {
          const { sizes, data } = parseIdx(file, 3, 'f');
          expect(data.length).toBe(sizes.reduce((a, b) => a * b));
        } catch (error) {
          expect(error).toBeInstanceOf(DistilleryError);
        }
      }),
    );
  });
});
