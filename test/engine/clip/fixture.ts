/** @file Fixtures of open_clip (test/fixtures/clip/make.py) and the weights that both sides make from a seed. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { parseConfig, type ClipConfig } from '../../../src/main/engine/clip/config.ts';
import { parameterShapes, type Weights } from '../../../src/main/engine/clip/weights.ts';
import { randomStream } from '../../../src/main/engine/random.ts';

export const fixtures = path.join(import.meta.dirname, '../../fixtures/clip');

const rows = z.array(z.array(z.number()));
const fixtureSchema = z.object({
  pictures: z.array(z.string()),
  captions: z.array(z.string()),
  configs: z.record(
    z.string(),
    z.object({ json: z.unknown(), shapes: z.record(z.string(), z.array(z.number())), images: rows, texts: rows }),
  ),
});

export const embeddings = fixtureSchema.parse(readJson('configs.json'));
export const configurations = Object.entries(embeddings.configs).map(([name, expected]) => ({
  name,
  config: parseConfig(expected.json, name),
  ...expected,
}));

export function readJson(name: string): unknown {
  return JSON.parse(readFileSync(path.join(fixtures, name), 'utf8'));
}

export const picturePath = (name: string): string => path.join(fixtures, 'pictures', name);

/** peer.py: fixture_tensor, for every parameter. */
export function fixtureWeights(config: ClipConfig): Weights {
  const weights: Weights = new Map();
  for (const [name, shape] of parameterShapes(config)) {
    const count = shape.reduce((product, size) => product * size, 1);
    const next = randomStream(7, ...Buffer.from(name));
    const one = name.endsWith('.weight') || name.endsWith('.gamma') ? 1 : 0;
    const bound = Math.sqrt(3 / (count / (shape[0] ?? 1)));
    const value = () => (shape.length === 1 ? one + 0.2 * (2 * next() - 1) : bound * (2 * next() - 1));
    weights.set(name, {
      shape,
      data: name === 'logit_scale' ? Float32Array.of(2.5) : Float32Array.from({ length: count }, value),
    });
  }
  return weights;
}

export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    aa += a[i]! * a[i]!;
    bb += b[i]! * b[i]!;
  }
  return dot / Math.sqrt(aa * bb);
}

export function norm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! ** 2;
  return Math.sqrt(sum);
}

/** Rows of a flat `[n, d]` array. */
export function rowsOf(values: Float32Array, width: number): Float32Array[] {
  return Array.from({ length: values.length / width }, (_, row) => values.subarray(row * width, (row + 1) * width));
}
