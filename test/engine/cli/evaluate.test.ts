/** @file vitest run test/engine/cli/evaluate.test.ts */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { builtinConfig } from '../../../src/main/engine/clip/config.ts';
import { saveModel } from '../../../src/main/engine/clip/model.ts';
import { initialWeights } from '../../../src/main/engine/clip/weights.ts';
import { distillery, result } from './support.ts';
import { temporaryFolderOfFile } from './temporary.ts';

const dir = temporaryFolderOfFile();
const workspace = path.join(dir, 'workspace');
const root = path.join(dir, 'data');
const models = ['one', 'two'].map((name) => path.join(dir, name));

/** Twenty pictures of 8 x 8 in two classes: dark and bright. */
async function writeIdx(part: string): Promise<void> {
  const [images, labels] = [Buffer.alloc(16 + 20 * 64), Buffer.alloc(8 + 20)];
  for (const [at, value] of [0x803, 20, 8, 8].entries()) images.writeUInt32BE(value, at * 4);
  for (const [at, value] of [0x801, 20].entries()) labels.writeUInt32BE(value, at * 4);
  for (let i = 0; i < 20; i++) {
    labels[8 + i] = i % 2;
    images.fill((i % 2) * 200 + i, 16 + i * 64, 16 + (i + 1) * 64);
  }
  await writeFile(path.join(root, 'fashion-mnist', `${part}-images-idx3-ubyte`), images);
  await writeFile(path.join(root, 'fashion-mnist', `${part}-labels-idx1-ubyte`), labels);
}

beforeAll(async () => {
  await mkdir(path.join(root, 'fashion-mnist'), { recursive: true });
  await writeIdx('train');
  await writeIdx('t10k');
  const config = builtinConfig('micro-32');
  for (const [seed, folder] of models.entries()) await saveModel(folder, config, initialWeights(config, seed));
});

test('two models beside each other on a known set, then exported', async () => {
  const subjects = models.flatMap((model) => ['--model', model]);
  const command = ['evaluate', 'k-nn', '--data', 'fashion-mnist', '--root', root, '--neighbours', '3', ...subjects];
  const { evaluations } = (await result(workspace, command)) as { evaluations: Record<string, unknown>[] };
  expect(evaluations.map(({ model }) => model)).toEqual(['one', 'two']);
  expect(evaluations[0]).toMatchObject({
    task: 'k-nn',
    data: 'fashion-mnist',
    train: 20,
    test: 20,
    classes: 10,
    top1: 1,
  });
  const out = path.join(dir, 'evaluations.md');
  expect(await result(workspace, ['export', 'evaluations', '--out', out])).toEqual({ path: out, rows: 2 });
  expect(await readFile(out, 'utf8')).toContain(
    '| k-NN top-1 | 10.0 | 100.0 (100.0 to 100.0) | 100.0 (100.0 to 100.0) |',
  );
});

test('what is known, and what is missing', async () => {
  const { sets } = (await result(workspace, ['evaluate', 'list', '--root', root])) as {
    sets: { name: string; path: string | null }[];
  };
  expect(sets).toHaveLength(21);
  const here = sets.filter((set) => set.path !== null);
  expect(here.map(({ name }) => name)).toEqual(['fashion-mnist']);
  const missing = await distillery(workspace, [
    'evaluate',
    'suite',
    'linear-probe',
    '--root',
    root,
    '--model',
    models[0]!,
  ]);
  expect(missing.code).toBe(2);
  expect(missing.stderr).toMatch(/None of the 14 sets of linear-probe/);
});
