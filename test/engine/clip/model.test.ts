/** @file Models on disk. Run: vitest run test/engine/clip/model */

import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseConfig, toOpenClipJson } from '../../../src/main/engine/clip/config.ts';
import { loadModel, saveModel } from '../../../src/main/engine/clip/model.ts';
import { writeSafetensors } from '../../../src/main/engine/clip/safetensors.ts';
import { initialWeights, type Weights } from '../../../src/main/engine/clip/weights.ts';
import { UsageError } from '../../../src/main/engine/errors.ts';

const config = parseConfig(
  {
    embed_dim: 4,
    vision_cfg: { image_size: 8, patch_size: 4, width: 4, layers: 1, head_width: 2 },
    text_cfg: { context_length: 4, width: 4, heads: 2, layers: 1 },
  },
  'speck',
);
const weights = initialWeights(config, 1);
const dir = path.join(mkdtempSync(path.join(tmpdir(), 'distillery-model-')), 'speck');
const weightsFile = path.join(dir, 'open_clip_model.safetensors');
const configFile = path.join(dir, 'open_clip_config.json');

beforeEach(async () => {
  rmSync(dir, { recursive: true, force: true });
  await saveModel(dir, config, weights);
});

/** Compares bytes: far quicker than an assertion for each number. */
function expectWeights(found: Weights, wanted: Weights): void {
  expect([...found.keys()]).toEqual([...wanted.keys()]);
  for (const [name, { shape, data }] of wanted) {
    expect(found.get(name)!.shape, name).toEqual(shape);
    expect(Buffer.compare(Buffer.from(found.get(name)!.data.buffer), Buffer.from(data.buffer)), name).toBe(0);
  }
}

/** The weights under changed names. */
function renamed(change: (name: string) => string): Weights {
  return new Map([...weights].map(([name, weight]) => [change(name), weight]));
}

describe('loading', () => {
  it('returns what was saved', async () => {
    const model = await loadModel(dir);
    expect(model).toMatchObject({ name: 'speck', config });
    expectWeights(model.weights, weights);
  });

  it('takes a file with the configuration beside it, under either name', async () => {
    expect((await loadModel(weightsFile)).config.embedDim).toBe(4);
    renameSync(configFile, path.join(dir, 'open_clip_model.json'));
    const model = await loadModel(weightsFile);
    expect(model.name).toBe('open_clip_model');
    expectWeights(model.weights, weights);
  });

  it('takes the names of parallel training, of CustomTextCLIP, and a logit scale in a list', async () => {
    const given = renamed(
      (name) => `module.${/^(transformer|token|positional|ln_final|text_)/.test(name) ? 'text.' : ''}${name}`,
    );
    given.set('module.logit_scale', { shape: [1], data: weights.get('logit_scale')!.data });
    await writeSafetensors(weightsFile, given);
    expectWeights((await loadModel(dir)).weights, weights);
  });

  it('reads half precision', async () => {
    await writeSafetensors(weightsFile, weights, { dtype: 'F16' });
    const read = (await loadModel(dir)).weights.get('visual.proj')!;
    expect(read.data).toEqual(Float32Array.from(Float16Array.from(weights.get('visual.proj')!.data)));
  });

  it('has a fingerprint that follows weights and configuration', async () => {
    const { fingerprint } = await loadModel(dir);
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect((await loadModel(dir)).fingerprint).toBe(fingerprint);
    await saveModel(dir, { ...config, quickGelu: true }, weights);
    const other = (await loadModel(dir)).fingerprint;
    await saveModel(dir, config, initialWeights(config, 2));
    expect(new Set([fingerprint, other, (await loadModel(dir)).fingerprint]).size).toBe(3);
  });
});

describe('refusing', () => {
  it('a place that does not exist, and a name without weights', async () => {
    await expect(loadModel('/nowhere')).rejects.toThrow(
      new UsageError(
        "There is no model at /nowhere. Give a teacher's name (distillery teacher list), an open_clip or transformers folder, or a file of weights (.safetensors, .pt, .bin).",
      ),
    );
    await expect(loadModel('ViT-B-32')).rejects.toThrow(/ViT-B-32 is a configuration without weights/);
  });

  it.each(['open_clip_pytorch_model.bin', 'model.pt', 'epoch_32.pth'])(
    'a %s that is no checkpoint, with a way to convert what is one',
    async (name) => {
      rmSync(weightsFile);
      const pickle = path.join(dir, name);
      writeFileSync(pickle, 'would run code');
      for (const reference of [dir, pickle]) {
        await expect(loadModel(reference)).rejects.toThrow(
          /cannot be read as a checkpoint of PyTorch: .* python -c .*save_file.*open_clip_model\.safetensors/,
        );
      }
    },
  );

  it('a folder without weights, or with several', async () => {
    renameSync(weightsFile, path.join(dir, 'a.safetensors'));
    await expect(loadModel(dir)).resolves.toMatchObject({ name: 'speck' });
    writeFileSync(path.join(dir, 'b.safetensors'), '');
    await expect(loadModel(dir)).rejects.toThrow(/several weight files \(a\.safetensors, b\.safetensors\)/);
    const empty = path.join(dir, 'empty');
    mkdirSync(empty);
    await expect(loadModel(empty)).rejects.toThrow(/holds no weights: expected open_clip_model\.safetensors/);
  });

  it('a missing or broken configuration', async () => {
    writeFileSync(configFile, '{');
    await expect(loadModel(dir)).rejects.toThrow(/open_clip_config\.json is not JSON/);
    rmSync(configFile);
    await expect(loadModel(dir)).rejects.toThrow(/has no configuration/);
  });

  it('tensors that are missing or not expected, by name', async () => {
    await writeSafetensors(
      weightsFile,
      renamed((name) => name.replace('ln_final', 'ln_finish')),
    );
    await expect(loadModel(dir)).rejects.toThrow(
      'Missing: ln_final.weight, ln_final.bias. Unexpected: ln_finish.weight, ln_finish.bias.',
    );
  });

  it('another shape, with both', async () => {
    const json = toOpenClipJson({ ...config, vision: { ...config.vision, imageSize: 16 } });
    writeFileSync(configFile, JSON.stringify(json));
    await expect(loadModel(dir)).rejects.toThrow(
      /visual\.positional_embedding is \[5, 4\], the configuration expects \[17, 4\]\. Positional embeddings are not resized/,
    );
  });

  it('weights that are not numbers', async () => {
    const broken = new Map(weights).set('visual.proj', { shape: [4, 4], data: new Float32Array(16).fill(NaN, 3) });
    await writeSafetensors(weightsFile, broken);
    await expect(loadModel(dir)).rejects.toThrow(/visual\.proj holds NaN at position 3/);
  });
});
