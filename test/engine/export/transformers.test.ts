/** @file The student for transformers, against what the library computed. Run: vitest run test/engine/export/transformers.test.ts */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { builtinConfig, type ClipConfig } from '../../../src/main/engine/clip/config.ts';
import { createEncoder } from '../../../src/main/engine/clip/encoder.ts';
import { loadPixels } from '../../../src/main/engine/clip/preprocess.ts';
import { readSafetensors } from '../../../src/main/engine/clip/safetensors.ts';
import { loadTokenizer } from '../../../src/main/engine/clip/tokenizer.ts';
import { writeTransformers } from '../../fixtures/clip/writeTransformers.ts';
import { cosine, fixtureWeights, picturePath, readJson, rowsOf } from '../clip/fixture.ts';
import { temporaryFolder } from '../support/vectors.ts';

const rows = z.array(z.array(z.number()));
const peer = z
  .object({
    files: z.record(z.string(), z.string()),
    missing: z.array(z.string()),
    unexpected: z.array(z.string()),
    pictures: z.array(z.string()),
    images: rows,
    captions: z.array(z.string()),
    tokens: rows,
    texts: rows,
  })
  .parse(readJson('transformers.json'));
const config = builtinConfig('micro-32');

test('the files are those that the library was given, byte for byte', async () => {
  const out = path.join(temporaryFolder(), 'student');
  await writeTransformers(out);
  for (const [name, hash] of Object.entries(peer.files)) {
    const found = createHash('sha256').update(readFileSync(path.join(out, name)));
    expect(found.digest('hex'), name).toBe(hash);
  }
  expect(peer.missing).toEqual([]);
  expect(peer.unexpected).toEqual([]);
});

test('the library computes what our towers compute', async () => {
  const encoder = createEncoder({ config, weights: fixtureWeights(config) }, { precision: 'fp32', batch: 16 });
  const pictures = await Promise.all(peer.pictures.map((name) => loadPixels(picturePath(name), config)));
  const tokens = (await loadTokenizer()).encode(peer.captions, config.text.contextLength);
  const images = encoder.encodeImages(Buffer.concat(pictures));
  const texts = encoder.encodeTexts(tokens);
  encoder.dispose();
  for (const [ours, theirs] of [
    [images, peer.images],
    [texts, peer.texts],
  ] as const) {
    const found = rowsOf(ours, config.embedDim).map((row, i) => cosine(row, theirs[i]!));
    expect(found).toHaveLength(theirs.length);
    expect(Math.min(...found)).toBeGreaterThan(0.99999);
  }
  // the library pads with the end token, open_clip with zeros
  const words = (ids: number[]) => ids.slice(0, ids.indexOf(49407) + 1);
  const length = config.text.contextLength;
  peer.tokens.forEach((ids, i) => {
    expect(words([...tokens.subarray(i * length, (i + 1) * length)])).toEqual(words(ids));
  });
});

test('without a text projection the identity stands in', async () => {
  const out = path.join(temporaryFolder(), 'student');
  await writeTransformers(out, { ...config, text: { ...config.text, projection: 'none' } });
  const { tensors } = await readSafetensors(path.join(out, 'model.safetensors'));
  const { shape, data } = tensors.get('text_projection.weight')!;
  expect(shape).toEqual([64, 64]);
  expect(data.every((value, i) => value === (i % 65 === 0 ? 1 : 0))).toBe(true);
});

const change = (part: 'vision' | 'text' | 'preprocess', values: object): ClipConfig => ({
  ...config,
  [part]: { ...config[part], ...values },
});

test.each([
  [change('vision', { preNorm: false }), /no_ln_pre/],
  [change('vision', { pool: 'avg' }), /vision pooling "avg"/],
  [change('text', { layerScale: 0.1 }), /ls_init_value/],
  [change('text', { causal: false }), /no_causal_mask/],
  [change('text', { pool: 'last' }), /text pooling "last"/],
  [change('text', { pool: 'eos', eosId: 2 }), /the end token 2/],
  [change('text', { projection: 'linear-bias' }), /proj_bias/],
  [change('preprocess', { resizeMode: 'longest' }), /padded/],
])('what CLIPModel cannot express is refused %#', async (refused, reason) => {
  const out = path.join(temporaryFolder(), 'student');
  await expect(writeTransformers(out, refused)).rejects.toThrow(reason);
  expect(existsSync(out)).toBe(false);
});
