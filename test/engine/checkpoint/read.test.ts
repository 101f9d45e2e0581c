/** @file Checkpoints that torch.save wrote (test/fixtures/checkpoint/make.py), whole and damaged. Run: vitest run test/engine/checkpoint/read */

import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readCheckpoint } from '../../../src/main/engine/checkpoint/read.ts';
import { loadModel } from '../../../src/main/engine/clip/model.ts';
import { DistilleryError } from '../../../src/main/engine/errors.ts';

const fixtures = path.join(import.meta.dirname, '../../fixtures/checkpoint');
const fixture = (name: string): string => path.join(fixtures, name);
const listed = z.record(z.string(), z.tuple([z.array(z.number()), z.array(z.number())]));
const expected = z
  .object({ tensors: listed, model: listed })
  .parse(JSON.parse(readFileSync(fixture('expected.json'), 'utf8')));
const dir = mkdtempSync(path.join(tmpdir(), 'distillery-checkpoint-'));

function write(name: string, bytes: Buffer): string {
  writeFileSync(path.join(dir, name), bytes);
  return path.join(dir, name);
}

type Listed = Record<string, [number[], number[]]>;
const list = (tensors: ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>): Listed =>
  Object.fromEntries([...tensors].map(([name, { shape, data }]) => [name, [[...shape], [...data]]]));
/** As float32. */
const rounded = (values: Listed): Listed =>
  Object.fromEntries(Object.entries(values).map(([name, [shape, data]]) => [name, [shape, data.map(Math.fround)]]));

describe('reading', () => {
  it('the state dict of a training run: views, strides, half precision, parameters; integers are left out', async () => {
    const found = Object.entries(list(await readCheckpoint(fixture('zip.pt'))));
    const plain = Object.fromEntries(found.map(([name, value]) => [name.replace('module.', ''), value]));
    expect(plain).toEqual(rounded(expected.tensors));
  });

  it('the format before PyTorch 1.6', async () => {
    expect(list(await readCheckpoint(fixture('legacy.bin')))).toEqual(rounded(expected.tensors));
  });

  it.each(['protocol2.pt', 'protocol4.pt'])('plain values of every kind beside the weights: %s', async (name) => {
    const tensors = await readCheckpoint(fixture(name));
    expect([...tensors.keys()]).toEqual(['weight']);
    expect(tensors.get('weight')!.data).toEqual(Float32Array.from({ length: 24 }, (_, i) => i));
  });

  it('a model of open_clip as teacher, from a file, a folder and a training run', async () => {
    const model = await loadModel(fixture('model.bin'));
    const { 'token_embedding.weight': words, ...rest } = list(model.weights);
    expect(rest).toEqual(expected.model);
    expect(words![1].every((value) => value === 0.5)).toBe(true);
    const folder = path.join(dir, 'folder');
    mkdirSync(folder);
    copyFileSync(fixture('model.bin'), path.join(folder, 'open_clip_pytorch_model.bin'));
    copyFileSync(fixture('model.json'), path.join(folder, 'open_clip_config.json'));
    expect((await loadModel(folder)).config.embedDim).toBe(8);
    const checkpoints = path.join(dir, 'checkpoints');
    mkdirSync(checkpoints);
    copyFileSync(fixture('model.bin'), path.join(checkpoints, 'epoch_1.pt'));
    writeFileSync(path.join(dir, 'params.txt'), 'lr: 0.1\nmodel: ViT-B-32\nname: run\n');
    // the configuration is found, and is of another model
    await expect(loadModel(path.join(checkpoints, 'epoch_1.pt'))).rejects.toThrow(/does not fit its configuration/);
  });
});

describe('refusing', () => {
  it.each([
    ['numbers.pt', /asks for "numpy[^"]*scalar", .* Where you trust whoever made it, .*python -c/],
    ['torchscript.pt', /TorchScript program; save its state_dict\(\)/],
  ])('%s', async (name, message) => {
    await expect(loadModel(fixture(name))).rejects.toThrow(message);
  });

  it.each([
    ['nothing', Buffer.alloc(0), /neither as a zip nor as a pickle/],
    ['text', Buffer.from('would run code'), /neither as a zip nor as a pickle/],
    ['a pickle of its own', Buffer.from('\x80\x02N.', 'latin1'), /not one of torch\.save/],
    ['a pickle that runs code', Buffer.from('\x80\x02cos\nsystem\nU\x02id\x85R.', 'latin1'), /asks for "os\.system"/],
    ['gzip', gzipSync(readFileSync(fixture('zip.pt'))), /packed with gzip/],
  ])('%s', async (_, bytes, message) => {
    await expect(readCheckpoint(write('refused.pt', bytes))).rejects.toThrow(message);
  });

  it('a zip of other things', async () => {
    await expect(readCheckpoint(write('empty.pt', emptyZip))).rejects.toThrow(/holds 0 files data\.pkl/);
  });
});

const emptyZip = Buffer.concat([
  Buffer.from([0x50, 0x4b, 3, 4, ...new Array<number>(26).fill(0)]),
  Buffer.from([0x50, 0x4b, 5, 6, ...new Array<number>(12).fill(0), 30, 0, 0, 0, 0, 0]),
]);

describe('damage', () => {
  it('a zip with any byte changed is refused or gives the same weights', async () => {
    const whole = readFileSync(fixture('zip.pt'));
    const wanted = list(await readCheckpoint(fixture('zip.pt')));
    const place = fc.integer({ min: 0, max: whole.length - 1 });
    await fc.assert(
      fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const bytes = Buffer.from(whole);
        bytes[at]! ^= change;
        const read = await readOrRefuse(write('damaged.pt', bytes));
        if (read !== null) expect(list(read)).toEqual(wanted);
      }),
      { numRuns: 1500 },
    );
  });

  it('one of the old format, which has no checksums, is refused or gives tensors', async () => {
    const whole = readFileSync(fixture('legacy.bin'));
    const place = fc.integer({ min: 0, max: whole.length - 1 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(place, fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
        async (changes) => {
          const bytes = Buffer.from(whole);
          for (const [at, value] of changes) bytes[at] = value;
          for (const { shape, data } of (await readOrRefuse(write('damaged.bin', bytes)))?.values() ?? []) {
            expect(data).toHaveLength(shape.reduce((product, size) => product * size, 1));
          }
        },
      ),
      { numRuns: 1500 },
    );
  });

  it.each(['zip.pt', 'legacy.bin'])('%s cut anywhere is refused', async (name) => {
    const whole = readFileSync(fixture(name));
    for (let length = 0; length < whole.length; length += 7) {
      await expect(readCheckpoint(write('cut.pt', whole.subarray(0, length)))).rejects.toThrow(DistilleryError);
    }
  });
});

async function readOrRefuse(file: string): Promise<Awaited<ReturnType<typeof readCheckpoint>> | null> {
  try {
    return await readCheckpoint(file);
  } catch (error) {
    expect(error).toBeInstanceOf(DistilleryError);
    // the reason is one of ours, not an accident of JavaScript
    expect((error as { cause: object }).cause.constructor).toBe(Error);
    return null;
  }
}
