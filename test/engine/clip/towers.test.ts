/** @file Towers against open_clip: embeddings and gradients, eager and compiled. Run: vitest run test/engine/clip/towers */

import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ClipConfig } from '../../../src/main/engine/clip/config.ts';
import { encodeImage } from '../../../src/main/engine/clip/imageTower.ts';
import { normalise } from '../../../src/main/engine/clip/normalise.ts';
import { loadPixels } from '../../../src/main/engine/clip/preprocess.ts';
import { encodeText, mayShorten } from '../../../src/main/engine/clip/textTower.ts';
import { loadTokenizer } from '../../../src/main/engine/clip/tokenizer.ts';
import { parameterShapes } from '../../../src/main/engine/clip/weights.ts';
import { randomStream } from '../../../src/main/engine/random.ts';
import { tf } from '../../../src/main/engine/runtime/backend.ts';
import { configurations, cosine, embeddings, fixtureWeights, norm, picturePath, readJson, rowsOf } from './fixture.ts';

const tokenizer = await loadTokenizer();
const gradients = z
  .record(z.string(), z.record(z.string(), z.tuple([z.number(), z.number()])))
  .parse(readJson('gradients.json'));

function tensors(config: ClipConfig): Record<string, Tensor> {
  return Object.fromEntries(
    [...fixtureWeights(config)].map(([name, { data, shape }]) => [name, tf.tensor(data, shape)]),
  );
}

async function pixelsOf(config: ClipConfig, pictures: readonly string[]): Promise<Tensor> {
  const side = config.vision.imageSize;
  const loaded = await Promise.all(pictures.map((picture) => loadPixels(picture, config)));
  return tf.tidy(() =>
    normalise(tf.tensor(Buffer.concat(loaded), [loaded.length, side, side, 3], 'float32'), config.preprocess),
  );
}

function tokensOf(config: ClipConfig, captions: readonly string[]): Tensor {
  const { contextLength } = config.text;
  return tf.tensor2d(tokenizer.encode(captions, contextLength), [captions.length, contextLength], 'int32');
}

const values = (tensor: Tensor): Float32Array => tensor.dataSync() as Float32Array;

describe.each(configurations)('$name', ({ name, config, shapes, images, texts }) => {
  it('has the parameters of open_clip', () => {
    expect(Object.fromEntries(parameterShapes(config))).toEqual(shapes);
  });

  it('embeds pictures as open_clip does', async () => {
    const pixels = await pixelsOf(config, embeddings.pictures.map(picturePath));
    const result = rowsOf(values(encodeImage(config, tensors(config), pixels)), config.embedDim);
    expect(result).toHaveLength(images.length);
    for (const [row, picture] of embeddings.pictures.entries()) {
      expect(cosine(result[row]!, images[row]!), picture).toBeGreaterThan(0.9999);
      expect(norm(result[row]!) / norm(images[row]!), picture).toBeCloseTo(1, 2);
    }
  });

  it('embeds captions as open_clip does', () => {
    const result = rowsOf(
      values(encodeText(config, tensors(config), tokensOf(config, embeddings.captions))),
      config.embedDim,
    );
    expect(result).toHaveLength(texts.length);
    for (const [row, caption] of embeddings.captions.entries()) {
      expect(cosine(result[row]!, texts[row]!), caption).toBeGreaterThan(0.99999);
      expect(norm(result[row]!) / norm(texts[row]!), caption).toBeCloseTo(1, 4);
    }
  });

  it('has the gradients of PyTorch', async () => {
    const params = tensors(config);
    const names = Object.keys(params).filter((key) => key !== 'logit_scale');
    const pixels = await pixelsOf(config, embeddings.pictures.slice(0, 3).map(picturePath));
    const tokens = tokensOf(config, embeddings.captions.slice(0, 3));
    const weigh = (x: Tensor, seed: number) => {
      const next = randomStream(seed);
      return tf.sum(tf.mul(x, tf.tensor(Float32Array.from({ length: x.size }, next), x.shape)));
    };
    const found = tf.grads((...inputs: Tensor[]) => {
      const given = Object.fromEntries(names.map((key, i) => [key, inputs[i]!]));
      return tf.add(weigh(encodeImage(config, given, pixels), 1), weigh(encodeText(config, given, tokens), 2));
    })(names.map((key) => params[key]!));
    expect(Object.keys(gradients[name]!).toSorted()).toEqual(names.toSorted());
    for (const [i, key] of names.entries()) {
      const [length, along] = gradients[name]![key]!;
      const next = randomStream(3);
      const gradient = values(found[i]!);
      expect(Math.abs(norm(gradient) - length), key).toBeLessThan(1e-4 * length + 1e-5);
      const projected = gradient.reduce((sum, value) => sum + value * (next() - 0.5), 0);
      expect(Math.abs(projected - along), key).toBeLessThan(1e-4 * length + 1e-5);
    }
  });

  it('keeps no tensor', async () => {
    const params = tensors(config);
    const pixels = await pixelsOf(config, [picturePath('wide.jpg')]);
    const tokens = tokensOf(config, ['a dog']);
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const names = Object.keys(params).filter((key) => key !== 'logit_scale');
      const loss = (...inputs: Tensor[]) => {
        const given = Object.fromEntries(names.map((key, i) => [key, inputs[i]!]));
        return tf.add(tf.sum(encodeImage(config, given, pixels)), tf.sum(encodeText(config, given, tokens)));
      };
      tf.grads(loss)(names.map((key) => params[key]!));
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it.runIf(mayShorten(config.text))('gives the same for captions without their padding', () => {
    const params = tensors(config);
    const captions = ['a photo of a dog', '', 'two cats'];
    const whole = tokensOf(config, captions);
    const short = tf.slice(whole, [0, 0], [3, 8]);
    const a = values(encodeText(config, params, whole));
    const b = values(encodeText(config, params, short));
    expect(Math.max(...a.map((value, i) => Math.abs(value - b[i]!)))).toBeLessThan(1e-5);
  });

  it.runIf(!mayShorten(config.text))('refuses captions of another length', () => {
    const short = tf.zeros([1, 8], 'int32');
    expect(() => encodeText(config, tensors(config), short)).toThrow(/takes captions of \d+ tokens, got 8/);
  });
});
