/** @file vitest run test/engine/evaluate/run.test.ts */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtinConfig } from '../../../src/main/engine/clip/config.ts';
import { createEncoder } from '../../../src/main/engine/clip/encoder.ts';
import type { ClipModel } from '../../../src/main/engine/clip/model.ts';
import { loadPixels } from '../../../src/main/engine/clip/preprocess.ts';
import { loadTokenizer } from '../../../src/main/engine/clip/tokenizer.ts';
import { initialWeights } from '../../../src/main/engine/clip/weights.ts';
import { CancelledError, UsageError } from '../../../src/main/engine/errors.ts';
import { evaluationSchema, measuresOf } from '../../../src/main/engine/evaluate/results.ts';
import { run, type EvaluateInput } from '../../../src/main/engine/evaluate/run.ts';
import { silentContext, type Progress } from '../../../src/main/engine/progress.ts';
import { randomStream } from '../../../src/main/engine/random.ts';
import { tf } from '../../../src/main/engine/runtime/backend.ts';
import { openWorkspace, type Workspace } from '../../../src/main/engine/store/workspace.ts';
import { order, products } from './naive.ts';

const config = builtinConfig('micro-32');
const model: ClipModel = { name: 'micro', config, weights: initialWeights(config, 3), fingerprint: 'test' };
const colours: Record<string, [number, number, number]> = {
  blue: [20, 40, 220],
  green: [30, 200, 60],
  red: [220, 30, 30],
};

let folder: string;
let workspace: Workspace;
const data = () => path.join(folder, 'data');

/** 8 pictures a colour with noise, each with two captions, and one broken file. */
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'evaluate-run-'));
  for (const [c, [name, colour]] of Object.entries(colours).entries()) {
    await mkdir(path.join(data(), name), { recursive: true });
    for (let i = 0; i < 8; i++) {
      const random = randomStream(c, i);
      const pixels = Buffer.from(
        Array.from({ length: 40 * 40 * 3 }, (_, p) => colour[p % 3]! + Math.floor(30 * random())),
      );
      const stem = path.join(data(), name, String(i));
      await sharp(pixels, { raw: { width: 40, height: 40, channels: 3 } })
        .png()
        .toFile(`${stem}.png`);
      await writeFile(`${stem}.txt`, `a ${name} square number ${i}\n${name} ${i * 7}\n`);
    }
  }
  // in the middle of the order, so that rows after it must move up
  await writeFile(path.join(data(), 'green', 'broken.png'), 'not a picture');
  await writeFile(path.join(data(), 'green', 'broken.txt'), 'a caption without a picture\n');
  workspace = openWorkspace(path.join(folder, 'workspace'));
});
afterAll(async () => {
  workspace.close();
  await rm(folder, { recursive: true });
});

const input = (task: EvaluateInput['task']): EvaluateInput => ({
  model,
  modelLabel: 'micro',
  task,
  data: data(),
  workspace,
});

/** All pictures that can be read and their features, by another way. */
async function referenceFeatures() {
  const encoder = createEncoder(model, { precision: 'fp32', batch: 1 });
  const tokenizer = await loadTokenizer();
  const files = Object.keys(colours).flatMap((name) =>
    Array.from({ length: 8 }, (_, i) => path.join(data(), name, `${i}.png`)),
  );
  const images: number[] = [];
  for (const file of files) images.push(...encoder.encodeImages(await loadPixels(file, config)));
  const encodeText = (text: string) => encoder.encodeTexts(tokenizer.encode([text], config.text.contextLength));
  return { images: Float32Array.from(images), encodeText, dim: encoder.dim, dispose: encoder.dispose };
}

describe('zero-shot', () => {
  test('equals the sum of its parts, counts what it skips, and is stored', async () => {
    const found = await run(input('zero-shot'), { batch: 5 }, silentContext());
    if (found.task !== 'zero-shot') throw new Error('another task');
    expect(found).toMatchObject({
      model: 'micro',
      data: data(),
      images: 24,
      skipped: 1,
      classes: 3,
      chance: 1 / 3,
      majority: 1 / 3,
    });
    expect(found.top5).toBe(1);
    expect(found.perClass.map(({ name, images }) => [name, images])).toEqual([
      ['blue', 8],
      ['green', 8],
      ['red', 8],
    ]);

    const template = path.join(folder, 'one.txt');
    await writeFile(template, 'a {} square\n');
    const one = await run(input('zero-shot'), { batch: 7, templates: template }, silentContext());
    const reference = await referenceFeatures();
    const classes = Object.keys(colours).flatMap((name) => [...reference.encodeText(`a ${name} square`)]);
    const sorted = products(reference.images, Float32Array.from(classes), reference.dim).map(order);
    reference.dispose();
    const hits = sorted.filter((row, i) => row[0] === Math.floor(i / 8)).length;
    expect(one).toMatchObject({ top1: hits / 24, templates: 1 });

    const rows = await workspace.db.selectFrom('evaluations').selectAll().where('task', '=', 'zero-shot').execute();
    expect(rows.map((row) => evaluationSchema.parse(JSON.parse(row.results)))).toEqual([found, one]);
    expect(rows[0]).toMatchObject({ model: 'micro', run_id: null, data: data() });
  });

  test('does not depend on the batch, reports progress and names what it leaves out', async () => {
    const progress: Progress[] = [];
    const lines: string[] = [];
    const context = {
      ...silentContext(),
      onProgress: (item: Progress) => void progress.push(item),
      log: (line: string) => void lines.push(line),
    };
    const small = await run(input('zero-shot'), { batch: 2 }, context);
    const large = await run(input('zero-shot'), { batch: 64 }, silentContext());
    expect(small).toEqual(large);
    expect(progress.at(-1)).toEqual({ stage: 'encode images', done: 25, total: 25, unit: 'images' });
    expect(progress.some(({ stage }) => stage === 'encode texts')).toBe(true);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/skipped .*broken\.png: /);
  });
});

describe('linear probe', () => {
  test('tells colours apart even on a model that was never trained, and repeats with the seed', async () => {
    const told: Progress[] = [];
    const context = { ...silentContext(), onProgress: (item: Progress) => void told.push(item) };
    const found = await run(input('linear-probe'), { batch: 8, testFraction: 0.25, seed: 1 }, context);
    // within a fit, which can take minutes, its iterations
    const fits = told.filter(({ stage }) => stage === 'fit linear probe');
    expect(fits.filter(({ metrics }) => metrics === undefined)).toHaveLength(16);
    expect(fits.filter(({ metrics }) => metrics !== undefined).length).toBeGreaterThan(16);
    if (found.task !== 'linear-probe') throw new Error('another task');
    expect(found).toMatchObject({
      images: 24,
      skipped: 1,
      train: 18,
      validation: 3,
      test: 6,
      classes: 3,
      top1: 1,
      meanPerClass: 1,
    });
    expect(found.search.length).toBe(15);
    expect(found.converged).toBe(true);
    expect(await run(input('linear-probe'), { batch: 8, testFraction: 0.25, seed: 1 }, silentContext())).toEqual(found);
  });

  test('takes the splits of the data', async () => {
    const table = path.join(folder, 'split.csv');
    const rows = Object.keys(colours).flatMap((name) =>
      Array.from({ length: 8 }, (_, i) => `data/${name}/${i}.png,${name},${i < 4 ? 'train' : i < 6 ? 'val' : 'test'}`),
    );
    await writeFile(table, ['path,label,split', ...rows].join('\n'));
    const found = await run({ ...input('linear-probe'), data: table }, { batch: 8 }, silentContext());
    expect(found).toMatchObject({ train: 18, validation: 6, test: 6, images: 24, skipped: 0 });
    const fixed = await run(
      { ...input('linear-probe'), data: table },
      { batch: 8, regularisation: 3 },
      silentContext(),
    );
    expect(fixed).toMatchObject({ train: 18, validation: 0, test: 6, regularisation: 3, search: [] });
    // other tasks look at the test split alone
    const zeroShot = await run({ ...input('zero-shot'), data: table }, { batch: 8 }, silentContext());
    expect(zeroShot).toMatchObject({ images: 6, skipped: 0 });
  });
});

describe('k-NN', () => {
  test('training and validation images vote, and the interval holds the value', async () => {
    const found = await run(input('k-nn'), { batch: 8, testFraction: 0.25, seed: 1, neighbours: 3 }, silentContext());
    if (found.task !== 'k-nn') throw new Error('another task');
    expect(found).toMatchObject({
      ...{ images: 24, skipped: 1, train: 18, test: 6, classes: 3, neighbours: 3, temperature: 0.07, top1: 1 },
      ...{ metric: 'top1', intervals: { top1: [1, 1] } },
    });
    const table = path.join(folder, 'knn.csv');
    const rows = Object.keys(colours).flatMap((name) =>
      ['train', 'val', 'test'].map((split, i) => `data/${name}/${i}.png,${name},${split}`),
    );
    await writeFile(table, ['path,label,split', ...rows].join('\n'));
    const split = await run({ ...input('k-nn'), data: table }, { batch: 8 }, silentContext());
    // fewer than 20 are there
    expect(split).toMatchObject({ train: 6, test: 3, neighbours: 6 });
  });
});

describe('retrieval', () => {
  test('equals sorting all scores', async () => {
    const found = await run(input('retrieval'), { batch: 6 }, silentContext());
    if (found.task !== 'retrieval') throw new Error('another task');
    expect(found).toMatchObject({ images: 24, texts: 48, skipped: 1 });
    const reference = await referenceFeatures();
    const texts = Object.keys(colours).flatMap((name) =>
      Array.from({ length: 8 }, (_, i) => [`a ${name} square number ${i}`, `${name} ${i * 7}`]).flat(),
    );
    const vectors = Float32Array.from(texts.flatMap((text) => [...reference.encodeText(text)]));
    const ofImages = products(reference.images, vectors, reference.dim).map(order);
    const ofTexts = products(vectors, reference.images, reference.dim).map(order);
    reference.dispose();
    for (const k of [1, 5, 10] as const) {
      const i2t = ofImages.filter((row, i) => row.slice(0, k).some((text) => Math.floor(text / 2) === i)).length / 24;
      const t2i = ofTexts.filter((row, text) => row.slice(0, k).includes(Math.floor(text / 2))).length / 48;
      expect(found.recallAt.imageToText[k]).toBeCloseTo(i2t, 9);
      expect(found.recallAt.textToImage[k]).toBeCloseTo(t2i, 9);
    }
    expect(found.chance.textToImage).toEqual({ 1: 1 / 24, 5: 5 / 24, 10: 10 / 24 });
    expect(measuresOf(found).map(({ name }) => name)).toEqual([
      'Image to text R@1',
      'Image to text R@5',
      'Image to text R@10',
      'Text to image R@1',
      'Text to image R@5',
      'Text to image R@10',
    ]);
  });
});

describe('refusals', () => {
  test('data without labels or captions, options that are wrong', async () => {
    const table = path.join(folder, 'bare.csv');
    await writeFile(table, 'path\ndata/red/0.png\n');
    const bare = (task: EvaluateInput['task']) => run({ ...input(task), data: table }, {}, silentContext());
    await expect(bare('zero-shot')).rejects.toThrow(/has a label/);
    await expect(bare('linear-probe')).rejects.toThrow(/has a label/);
    await expect(bare('retrieval')).rejects.toThrow(/has a caption/);
    await expect(run(input('zero-shot'), { batch: 0 }, silentContext())).rejects.toThrow(UsageError);
  });

  test('a model that gives no numbers', async () => {
    const weights = new Map(model.weights);
    const { shape, data: values } = weights.get('visual.proj')!;
    weights.set('visual.proj', { shape, data: new Float32Array(values.length).fill(NaN) });
    const broken = { ...input('zero-shot'), model: { ...model, weights, fingerprint: 'broken' } };
    await expect(run(broken, { batch: 8 }, silentContext())).rejects.toThrow(/not finite/);
  });

  test('cancelled: nothing is stored, no tensor stays', async () => {
    const count = async () => (await workspace.db.selectFrom('evaluations').select('id').execute()).length;
    const [rows, tensors] = [await count(), tf.memory().numTensors];
    const controller = new AbortController();
    const context = {
      ...silentContext(controller.signal),
      onProgress: () => {
        controller.abort();
      },
    };
    for (const task of ['zero-shot', 'linear-probe', 'k-nn', 'retrieval'] as const) {
      await expect(run(input(task), { batch: 4 }, context)).rejects.toThrow(CancelledError);
    }
    expect(await count()).toBe(rows);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
