/**
 * @file Reading CLIP folders of transformers; that the library reads the same files is in export/transformers.test.ts.
 * Run: vitest run test/engine/clip/transformersModel.test.ts
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtinConfig } from '../../../src/main/engine/clip/config.ts';
import { inspectModel, loadModel } from '../../../src/main/engine/clip/model.ts';
import { readSafetensors, writeSafetensors } from '../../../src/main/engine/clip/safetensors.ts';
import { parseTransformersConfig, transformersSources } from '../../../src/main/engine/clip/transformersModel.ts';
import { parameterShapes } from '../../../src/main/engine/clip/weights.ts';
import { writeTransformers } from '../../fixtures/clip/writeTransformers.ts';
import { temporaryFolder } from '../support/vectors.ts';
import { fixtureWeights } from './fixture.ts';

const base = builtinConfig('micro-32');
const config = { ...base, name: 'student' };
const parent = mkdtempSync(path.join(tmpdir(), 'distillery-transformers-'));
const folder = path.join(parent, 'student');

beforeAll(() => writeTransformers(folder, base));
afterAll(() => {
  rmSync(parent, { recursive: true });
});

const copyWith = async (changes: Record<string, object>, drop: string[] = []): Promise<string> => {
  const copy = path.join(temporaryFolder(), 'changed');
  const { tensors } = await readSafetensors(path.join(folder, 'model.safetensors'));
  for (const name of drop) tensors.delete(name);
  await writeSafetensors(path.join(copy, 'model.safetensors'), tensors);
  for (const name of ['config.json', 'preprocessor_config.json']) {
    const json = JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as object;
    writeFileSync(path.join(copy, name), JSON.stringify({ ...json, ...changes[name] }));
  }
  return copy;
};

test('what the export wrote comes back, every number of it', async () => {
  const model = await loadModel(folder);
  expect({ ...model.config, text: { ...model.config.text, eosId: config.text.eosId } }).toEqual(config);
  const written = fixtureWeights(base);
  expect([...model.weights.keys()].toSorted()).toEqual([...written.keys()].toSorted());
  for (const [name, { shape, data }] of written) {
    expect(model.weights.get(name)!.shape, name).toEqual(shape);
    expect(Buffer.compare(Buffer.from(model.weights.get(name)!.data.buffer), Buffer.from(data.buffer)), name).toBe(0);
  }
});

test('it is told from its shapes without reading numbers', async () => {
  const facts = await inspectModel(folder);
  const count = [...parameterShapes(base).values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
  expect(facts).toMatchObject({ layout: 'transformers', parameters: count, config: { embedDim: base.embedDim } });
});

test('queries, keys and values are thirds of the packed projection, in this order', () => {
  const source = transformersSources(base).get('visual.transformer.resblocks.1.attn.in_proj_weight')!;
  const width = base.vision.width;
  expect(source.shape).toEqual([width, width]);
  expect(source.names).toEqual(
    ['q', 'k', 'v'].map((letter) => `vision_model.encoder.layers.1.self_attn.${letter}_proj.weight`),
  );
});

test('defaults are those of openai/clip-vit-base-patch32, and the older second copy counts', () => {
  const read = parseTransformersConfig(
    {
      model_type: 'clip',
      text_config: { hidden_size: 1, eos_token_id: 2 },
      text_config_dict: { hidden_size: 512, unknown: 1 },
      vision_config: {},
    },
    undefined,
    'openai',
  );
  const known = builtinConfig('ViT-B-32-quickgelu');
  expect(parameterShapes(read)).toEqual(parameterShapes(known));
  expect(read).toMatchObject({ quickGelu: true, preprocess: known.preprocess, text: { pool: 'argmax' } });
});

test('hidden widths survive as whole numbers', () => {
  for (const [width, hidden, heads] of [
    [1664, 8192, 16],
    [1408, 6144, 16],
    [1280, 5120, 20],
    [49, 29 * 7, 7],
  ] as const) {
    const tower = { hidden_size: width, intermediate_size: hidden, num_attention_heads: heads };
    const read = parseTransformersConfig(
      { model_type: 'clip', vision_config: tower, text_config: tower },
      undefined,
      'x',
    );
    expect(parameterShapes(read).get('transformer.resblocks.0.mlp.c_fc.weight')).toEqual([hidden, width]);
  }
});

test.each<[string, Record<string, object>, string[], RegExp]>([
  ['another model', { 'config.json': { model_type: 'siglip' } }, [], /model_type: only "clip" is covered/],
  ['pictures of another size', { 'preprocessor_config.json': { size: { shortest_edge: 64 } } }, [], /resizes to 64/],
  ['no crop', { 'preprocessor_config.json': { do_center_crop: false } }, [], /image tower takes 32/],
  ['an unknown filter', { 'preprocessor_config.json': { resample: 1 } }, [], /must be 2 \(bilinear\)/],
  ['no projection', {}, ['visual_projection.weight'], /Missing: visual_projection.weight/],
  ['half a block', {}, ['text_model.encoder.layers.0.self_attn.k_proj.bias'], /Missing: .*k_proj.bias/],
  ['absurd sizes', { 'config.json': { projection_dim: 1e12 } }, [], /projection_dim/],
])('%s is refused', async (_, changes, drop, message) => {
  const copy = await copyWith(changes, drop);
  await expect(inspectModel(copy)).rejects.toThrow(message);
  await expect(loadModel(copy)).rejects.toThrow(message);
});
