/** @file The committed peer values; test/fixtures/evaluate/make.py makes them. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { readNpy } from '../../../src/main/engine/store/npy.ts';

const folder = path.join(import.meta.dirname, '../../fixtures/evaluate');

const recall = z.record(z.enum(['1', '5', '10']), z.number());
const schema = z.object({
  zeroShot: z.object({ templates: z.number(), top1: z.number(), top5: z.number(), meanPerClass: z.number() }),
  retrieval: z.object({ imageToText: recall, textToImage: recall }),
  linearProbe: z.object({
    train: z.number(),
    dim: z.number(),
    classes: z.number(),
    fits: z.array(
      z.object({
        c: z.number(),
        objective: z.number(),
        weights: z.array(z.array(z.number())),
        intercept: z.array(z.number()),
        top1: z.number(),
        meanPerClass: z.number(),
      }),
    ),
    search: z.object({
      parts: z.array(z.tuple([z.number(), z.number()])),
      c: z.number(),
      top1: z.number(),
      validationTop1: z.number(),
    }),
    binary: z.object({ c: z.number(), weights: z.array(z.number()) }),
  }),
  knn: z.array(z.object({ neighbours: z.number(), temperature: z.number(), predicted: z.array(z.number()) })),
});

export const expected = schema.parse(JSON.parse(await readFile(path.join(folder, 'expected.json'), 'utf8')));

export async function floats(name: string): Promise<{ data: Float32Array; dim: number }> {
  const { data, shape } = await readNpy(path.join(folder, `${name}.npy`));
  if (!(data instanceof Float32Array)) throw new Error(`${name} is not float32`);
  return { data, dim: shape[1]! };
}

export async function integers(name: string): Promise<Int32Array> {
  const { data } = await readNpy(path.join(folder, `${name}.npy`));
  if (!(data instanceof Int32Array)) throw new Error(`${name} is not int32`);
  return data;
}
