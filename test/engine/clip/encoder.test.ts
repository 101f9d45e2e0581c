/** @file The compiled encoder against open_clip and itself. Run: vitest run test/engine/clip/encoder */

import { afterAll, describe, expect, it } from 'vitest';
import { createEncoder } from '../../../src/main/engine/clip/encoder.ts';
import { loadPixels } from '../../../src/main/engine/clip/preprocess.ts';
import { loadTokenizer } from '../../../src/main/engine/clip/tokenizer.ts';
import { tf } from '../../../src/main/engine/runtime/backend.ts';
import { configurations, cosine, embeddings, fixtureWeights, norm, picturePath, rowsOf } from './fixture.ts';

const tokenizer = await loadTokenizer();

describe.each(configurations)('$name', ({ config, images, texts }) => {
  const encoder = createEncoder({ config, weights: fixtureWeights(config) }, { precision: 'fp32', batch: 16 });
  afterAll(() => {
    encoder.dispose();
  });
  const encode = (captions: readonly string[]) =>
    encoder.encodeTexts(tokenizer.encode(captions, config.text.contextLength));

  it('gives the embeddings of open_clip with length 1', async () => {
    const pictures = await Promise.all(embeddings.pictures.map((picture) => loadPixels(picturePath(picture), config)));
    const found = [
      [encoder.encodeImages(Buffer.concat(pictures)), images],
      [encode(embeddings.captions), texts],
    ] as const;
    for (const [values, expected] of found) {
      const rows = rowsOf(values, encoder.dim);
      expect(rows).toHaveLength(expected.length);
      for (const [row, wanted] of expected.entries()) {
        expect(cosine(rows[row]!, wanted)).toBeGreaterThan(0.9999);
        expect(norm(rows[row]!)).toBeCloseTo(1, 5);
      }
    }
  });

  it('gives a caption the same embedding beside any others, at every compiled length', () => {
    for (const words of [1, 13, 14, 15, 16, 29, 30, 31, 32, 45, 46, 47, 48]) {
      const caption = 'dog '.repeat(words);
      const beside = encode([caption, embeddings.captions[1]!]);
      expect(cosine(encode([caption]), beside.subarray(0, encoder.dim)), caption).toBeGreaterThan(0.999999);
    }
  });

  it('keeps no tensor', () => {
    encode(['a dog']);
    const before = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) encode(['a dog', 'a cat']);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes no rows, and refuses too many or half a row', () => {
    expect(encoder.encodeImages(new Uint8Array(0))).toHaveLength(0);
    const perImage = config.vision.imageSize ** 2 * 3;
    expect(() => encoder.encodeImages(new Uint8Array(17 * perImage))).toThrow(/Expected up to 16 pictures of/);
    expect(() => encoder.encodeImages(new Uint8Array(perImage + 1))).toThrow(/Expected up to 16 pictures of/);
    expect(() => encoder.encodeTexts(new Int32Array(5))).toThrow(/Expected up to 16 captions of/);
  });
});

it('stays close in bf16', () => {
  const { config, texts } = configurations[0]!;
  const encoder = createEncoder({ config, weights: fixtureWeights(config) }, { precision: 'bf16', batch: 16 });
  const rows = rowsOf(encoder.encodeTexts(tokenizer.encode(embeddings.captions, 77)), encoder.dim);
  for (const [row, wanted] of texts.entries()) expect(cosine(rows[row]!, wanted)).toBeGreaterThan(0.999);
  encoder.dispose();
});
