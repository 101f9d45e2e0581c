/** @file vitest run test/engine/evaluate/featureCache.test.ts */

import { mkdir, mkdtemp, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Bench } from '../../../src/main/engine/evaluate/bench.ts';
import type { Example } from '../../../src/main/engine/evaluate/example.ts';
import { featureCache } from '../../../src/main/engine/evaluate/featureCache.ts';
import { encodeImages, encodeTexts } from '../../../src/main/engine/evaluate/features.ts';
import type { RawPicture } from '../../../src/main/engine/evaluate/picture.ts';
import { builtinConfig } from '../../../src/main/engine/clip/config.ts';
import { loadTokenizer } from '../../../src/main/engine/clip/tokenizer.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { openWorkspace, type Workspace } from '../../../src/main/engine/store/workspace.ts';
import { parseOptions } from '../../../src/main/engine/evaluate/options.ts';

let folder: string;
let workspace: Workspace;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'evaluate-cache-'));
  workspace = openWorkspace(path.join(folder, 'workspace'));
});
afterEach(async () => {
  workspace.close();
  await rm(folder, { recursive: true });
});

const config = builtinConfig('micro-32');
const files = async (): Promise<string[]> => {
  const names = await readdir(path.join(workspace.dir, 'features'), { recursive: true }).catch(() => []);
  return names.filter((name) => name.endsWith('.npy')).map((name) => path.join(workspace.dir, 'features', name));
};

/** A model whose vector of a picture is its first pixel, counting what it is asked. */
async function bench(options: { fingerprint?: string; precision?: string; log?: (line: string) => void } = {}) {
  const calls = { images: 0, texts: 0 };
  const perImage = config.vision.imageSize ** 2 * 3;
  const made: Bench = {
    examples: [],
    encoder: {
      dim: 3,
      encodeImages: (pixels) => {
        const n = pixels.length / perImage;
        calls.images += n;
        return Float32Array.from({ length: n * 3 }, (_, i) => pixels[Math.floor(i / 3) * perImage + (i % 3)]!);
      },
      encodeTexts: (tokens) => {
        const n = tokens.length / config.text.contextLength;
        calls.texts += n;
        return new Float32Array(n * 3).fill(1);
      },
      dispose: () => undefined,
    },
    tokenizer: await loadTokenizer(),
    config,
    options: parseOptions({ batch: 4 }),
    context: { ...silentContext(), log: options.log ?? (() => undefined) },
    cache: featureCache(workspace, { fingerprint: options.fingerprint ?? 'a' }, options.precision ?? 'fp32'),
    data: 'test',
  };
  return { bench: made, calls };
}

const raw = (i: number, value = i): RawPicture => ({
  name: String(i),
  planes: Uint8Array.of(value, value >> 8, value, value),
  channels: 1,
  width: 2,
  height: 2,
});
const examples = (n: number): Example[] =>
  Array.from({ length: n }, (_, i) => ({ picture: raw(i), captions: [], split: i < n / 2 ? 'train' : 'test' }));

test('the second time nothing is computed, whatever subset of splits is asked for', async () => {
  const first = await bench();
  const found = await encodeImages(first.bench, examples(10));
  expect(first.calls.images).toBe(10);
  const second = await bench();
  expect(await encodeImages(second.bench, examples(10))).toEqual(found);
  const test = await encodeImages(
    second.bench,
    examples(10).filter(({ split }) => split === 'test'),
  );
  expect(test.features).toEqual(found.features.subarray(15));
  expect(second.calls.images).toBe(0);
});

test('another picture, model, precision or order is computed', async () => {
  await encodeImages((await bench()).bench, examples(4));
  const other = async (changed: Example[], options = {}) => {
    const { bench: made, calls } = await bench(options);
    await encodeImages(made, changed);
    return calls.images;
  };
  const changed = examples(4);
  changed[0] = { ...changed[0]!, picture: raw(0, 9) };
  expect(await other(changed)).toBe(2); // its split
  const [a, b, ...rest] = examples(4);
  expect(await other([b!, a!, ...rest])).toBe(2);
  expect(await other(examples(4), { fingerprint: 'b' })).toBe(4);
  expect(await other(examples(4), { precision: 'bf16' })).toBe(4);
  // the same bytes under another shape
  const wide = examples(4).map((one) => ({ ...one, picture: { ...(one.picture as RawPicture), width: 4, height: 1 } }));
  expect(await other(wide)).toBe(4);
});

test('a picture that cannot be used stays left out, with its reason; one that cannot be read is asked for again', async () => {
  await mkdir(path.join(folder, 'p'));
  const file = path.join(folder, 'p', 'bad.png');
  await writeFile(file, 'no picture');
  const list: Example[] = [...examples(2), { picture: file, captions: [], split: 'test' }];
  const lines: string[] = [];
  for (const images of [2, 0]) {
    const { bench: made, calls } = await bench({ log: (line) => lines.push(line) });
    expect((await encodeImages(made, list)).kept).toEqual([0, 1]);
    expect(calls.images).toBe(images);
  }
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/bad\.png: /);
  expect(lines[1]).toBe(lines[0]);
  await utimes(file, 0, 0);
  await rm(file);
  const before = (await files()).length;
  const { bench: made, calls } = await bench();
  await encodeImages(made, list);
  expect(calls.images).toBe(1);
  expect((await files()).length).toBe(before);
});

test('damaged files are made again', async () => {
  const first = await encodeImages((await bench()).bench, examples(4));
  const [one, two] = await files();
  await truncate(one!, 100);
  await writeFile(two!, 'nonsense');
  const { bench: made, calls } = await bench();
  expect(await encodeImages(made, examples(4))).toEqual(first);
  expect(calls.images).toBe(4);
});

test('what was complete when a command stopped is kept', async () => {
  const controller = new AbortController();
  const { bench: made } = await bench();
  made.context = {
    ...made.context,
    signal: controller.signal,
    onProgress: ({ done }) => {
      if (done >= 1500) controller.abort();
    },
  };
  const list = examples(2500).map((one) => ({ ...one, split: 'test' as const }));
  await expect(encodeImages(made, list)).rejects.toThrow(/Cancelled/);
  const { bench: again, calls } = await bench();
  await encodeImages(again, list);
  expect(calls.images).toBe(2500 - 1024);
});

test('texts are remembered by their words', async () => {
  const { bench: made, calls } = await bench();
  await encodeTexts(made, ['a', 'b']);
  await encodeTexts(made, ['a', 'b']);
  expect(calls.texts).toBe(2);
  await encodeTexts(made, ['ab', '']);
  expect(calls.texts).toBe(4);
});
