/** @file Run: vitest run test/engine/export/student.test.ts */

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { builtinConfig } from '../../../src/main/engine/clip/config.ts';
import { loadModel, saveModel } from '../../../src/main/engine/clip/model.ts';
import { initialWeights } from '../../../src/main/engine/clip/weights.ts';
import { exportStudent } from '../../../src/main/engine/export/student.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';

const files = ['distillery.json', 'open_clip_config.json', 'open_clip_model.safetensors'];

/** Bytes compared at once: millions of numbers are too many for `toEqual`. */
const sameModel = (a: string, b: string): boolean =>
  files.slice(1).every((name) => readFileSync(path.join(a, name)).equals(readFileSync(path.join(b, name))));

/** Two checkpoints, with a training state beside the model as the training leaves it. */
async function makePlace() {
  const dir = mkdtempSync(path.join(tmpdir(), 'distillery-'));
  onTestFinished(() => {
    rmSync(dir, { recursive: true, force: true });
  });
  const config = builtinConfig('micro-32');
  const checkpoints = [1, 2].map((step) => path.join(dir, `step-0000000${step}`));
  for (const [i, folder] of checkpoints.entries()) {
    await saveModel(folder, config, initialWeights(config, i));
    writeFileSync(path.join(folder, 'training_state.safetensors'), 'x');
  }
  const out = path.join(dir, 'out/student');
  const write = (model: string, target = out) =>
    exportStudent({ model }, { out: target, format: 'open_clip' }, silentContext());
  return { dir, out, write, first: checkpoints[0]!, second: checkpoints[1]! };
}

test('a new folder holds the model alone, bit for bit', async () => {
  const { out, write, first } = await makePlace();
  const result = await write(first);
  expect(result).toEqual({ path: out, rows: (await loadModel(first)).weights.size });
  expect(readdirSync(out).sort()).toEqual(files);
  expect(sameModel(out, first)).toBe(true);
  expect(readdirSync(path.dirname(out))).toEqual(['student']);
});

test('what an export wrote, a later one replaces; other files stay', async () => {
  const { out, write, first, second } = await makePlace();
  await write(first);
  writeFileSync(path.join(out, 'notes.txt'), 'mine');
  await write(second);
  expect(sameModel(out, second)).toBe(true);
  expect(readdirSync(out).sort()).toEqual([files[0], 'notes.txt', ...files.slice(1)]);
  expect(readFileSync(path.join(out, 'notes.txt'), 'utf8')).toBe('mine');
});

test("files of the user's own are refused and left as they are", async () => {
  const { out, write, first, second } = await makePlace();
  await write(first);
  const model = path.join(out, files[2]!);
  const before = readFileSync(model);
  before[before.length - 1]! ^= 1;
  writeFileSync(model, before);
  await expect(write(second)).rejects.toThrow(/open_clip_model.safetensors was not written by an export/);
  expect(readFileSync(model).equals(before)).toBe(true);
  // also a checkpoint itself, and a receipt that is somebody's own file
  await expect(write(second, first)).rejects.toThrow(/was not written by an export/);
  const other = path.join(out, '../other');
  mkdirSync(other);
  writeFileSync(path.join(other, files[0]!), '{"name": "my project"}');
  await expect(write(second, other)).rejects.toThrow(/distillery.json was not written/);
  await expect(write(second, model)).rejects.toThrow(/is a file/);
  expect(readdirSync(other)).toEqual([files[0]]);
});

test('an export that was cut off between its files can be done again', async () => {
  const { out, write, first, second } = await makePlace();
  await write(second);
  const later = readFileSync(path.join(out, files[2]!));
  const receipt = JSON.parse(readFileSync(path.join(out, files[0]!), 'utf8')) as { files: Record<string, string[]> };
  rmSync(out, { recursive: true });
  await write(first);
  // as after a crash: the receipt names old and new files, one of two is replaced
  const old = JSON.parse(readFileSync(path.join(out, files[0]!), 'utf8')) as typeof receipt;
  for (const [name, hashes] of Object.entries(receipt.files)) old.files[name]!.push(...hashes);
  writeFileSync(path.join(out, files[0]!), JSON.stringify(old));
  writeFileSync(path.join(out, files[2]!), later);
  await write(second);
  expect(sameModel(out, second)).toBe(true);
});

test('a damaged checkpoint is refused before anything is written', async () => {
  const { out, write, first } = await makePlace();
  const model = path.join(first, files[2]!);
  writeFileSync(model, readFileSync(model).subarray(0, -8));
  await expect(write(first)).rejects.toThrow(/safetensors/);
  expect(existsSync(out)).toBe(false);
});

test('both formats lie in one folder, each replaced by its own later export', async () => {
  const { out, write, first, second } = await makePlace();
  const convert = (model: string) => exportStudent({ model }, { out, format: 'transformers' }, silentContext());
  await write(first);
  await convert(first);
  await write(second);
  await convert(second);
  expect(sameModel(out, second)).toBe(true);
  const { files: hashes } = JSON.parse(readFileSync(path.join(out, files[0]!), 'utf8')) as { files: object };
  expect(Object.keys(hashes).sort()).toEqual(readdirSync(out).filter((name) => name !== files[0]));
});
