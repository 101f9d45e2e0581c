/**
 * @file Features of images and texts, computed once: in chunks that are looked up in the workspace first, so that every task, and a
 * command that was stopped, finds what is there. The next batch is decoded while the model works on this one.
 */

import { createHash } from 'node:crypto';
import { DistilleryError, messageOf } from '../errors.ts';
import { mapOrdered } from '../ordered.ts';
import { checkpoint } from '../progress.ts';
import type { Bench } from './bench.ts';
import type { Example } from './example.ts';
import { keyOf } from './featureCache.ts';
import { contentOf, pictureName, pixelsOf, type Picture } from './picture.ts';

export interface ImageFeatures {
  /** `[kept, dim]`, L2-normalised */
  features: Float32Array;
  /** Places in `examples` of the rows, ascending. */
  kept: number[];
  /** sha256 of each kept picture, undefined where none was needed. */
  digests: (string | undefined)[];
}

/** Files that are named one by one in the log; the rest is counted. */
const namedFailures = 20;
/** Rows of one cached file, and what a stopped command loses at most. */
const chunkRows = 1024;
/** Pictures that are read at once to be hashed. */
const readsAtOnce = 8;

/**
 * Encodes the images of examples; one that cannot be read is left out and logged. A chunk never spans two splits.
 * @throws {DistilleryError} when none can be read, or the model gives no finite numbers.
 */
export async function encodeImages(bench: Bench, examples: readonly Example[]): Promise<ImageFeatures> {
  const { encoder, context } = bench;
  const { dim } = encoder;
  const kept: number[] = [];
  const digests: (string | undefined)[] = [];
  const features = new Float32Array(examples.length * dim);
  const failures = failureLog(bench);
  for (const { from, to } of chunksOf(examples)) {
    await checkpoint(context);
    const chunk = examples.slice(from, to);
    const report = (done: number): void => {
      context.onProgress({ stage: 'encode images', done: from + done, total: examples.length, unit: 'images' });
    };
    const { rows, digests: found } = await encodeChunk(bench, chunk, report);
    for (const [i, example] of chunk.entries()) {
      const row = rows.subarray(i * dim, (i + 1) * dim);
      if (Number.isNaN(row[0])) {
        await failures.note(example);
        continue;
      }
      features.set(row, (kept.push(from + i) - 1) * dim);
      digests.push(found[i]);
    }
    report(chunk.length);
  }
  failures.finish();
  if (kept.length === 0)
    throw new DistilleryError(`None of the ${examples.length} images of ${bench.data} can be read.`);
  return { features: features.subarray(0, kept.length * dim), kept, digests };
}

function* chunksOf(examples: readonly Example[]): Generator<{ from: number; to: number }> {
  for (let from = 0; from < examples.length;) {
    let to = from + 1;
    while (to < examples.length && to - from < chunkRows && examples[to]!.split === examples[from]!.split) to++;
    yield { from, to };
    from = to;
  }
}

/** Rows `[n, dim]`, NaN in those of pictures that cannot be used. */
async function encodeChunk(
  bench: Bench,
  chunk: readonly Example[],
  report: (done: number) => void,
): Promise<{ rows: Float32Array; digests: readonly (string | undefined)[] }> {
  const { cache, encoder } = bench;
  const digests = cache ? await digestsOf(bench, chunk) : [];
  // a picture that could not be read may be readable the next time
  const key = cache && digests.every((one) => one !== undefined) ? keyOf('images', digests) : undefined;
  const known = key === undefined ? undefined : await cache?.find(key, chunk.length, encoder.dim);
  if (known) return { rows: known, digests };
  const rows = await computeChunk(bench, chunk, report);
  if (key !== undefined) await cache?.store(key, rows, encoder.dim);
  return { rows, digests };
}

/** Undefined where a picture cannot be read. */
async function digestsOf({ context }: Bench, chunk: readonly Example[]): Promise<(string | undefined)[]> {
  const digests: (string | undefined)[] = [];
  const digest = ({ picture, problem }: Example) =>
    problem === undefined ? digestOf(picture) : Promise.resolve('problem');
  for await (const one of mapOrdered(chunk, readsAtOnce, digest)) {
    digests.push(one);
    if (digests.length % 64 === 0) await checkpoint(context);
  }
  return digests;
}

async function digestOf(picture: Picture): Promise<string | undefined> {
  const parts = await contentOf(picture).catch(() => undefined);
  if (parts === undefined) return undefined;
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

async function computeChunk(
  bench: Bench,
  chunk: readonly Example[],
  report: (done: number) => void,
): Promise<Float32Array> {
  const { encoder, config, context } = bench;
  const { batch } = bench.options;
  const rows = new Float32Array(chunk.length * encoder.dim).fill(NaN);
  const load = (from: number) =>
    Promise.all(chunk.slice(from, from + batch).map((example) => pixelsOrReason(example, config)));
  let at = 0;
  for await (const loaded of mapOrdered(startsOf(chunk.length, batch), 2, load)) {
    await checkpoint(context);
    const good = [...loaded.entries()].flatMap(([i, pixels]) => (typeof pixels === 'string' ? [] : [{ i, pixels }]));
    if (good.length > 0) {
      const found = checked(encoder.encodeImages(Buffer.concat(good.map(({ pixels }) => pixels))), 'images');
      for (const [row, { i }] of good.entries()) {
        rows.set(found.subarray(row * encoder.dim, (row + 1) * encoder.dim), (at + i) * encoder.dim);
      }
    }
    at += loaded.length;
    report(at);
  }
  return rows;
}

/** Why a picture cannot be used, in the place of its pixels. */
async function pixelsOrReason({ picture, problem }: Example, config: Bench['config']): Promise<Uint8Array | string> {
  return problem ?? (await pixelsOf(picture, config).catch(messageOf));
}

/** Names the first failures, counts the rest. The reason is asked for again: a chunk that is remembered does not hold it. */
function failureLog({ config, context }: Bench) {
  let failures = 0;
  return {
    note: async (example: Example): Promise<void> => {
      if (++failures > namedFailures) return;
      const reason = await pixelsOrReason(example, config);
      const shown = typeof reason === 'string' ? reason : 'it can be read only now; run the command again';
      context.log(`skipped ${pictureName(example.picture)}: ${shown}`);
    },
    finish: (): void => {
      if (failures > namedFailures) context.log(`skipped ${failures - namedFailures} more images that cannot be read`);
    },
  };
}

/** Encodes texts, `[n, dim]`, L2-normalised. */
export async function encodeTexts(bench: Bench, texts: readonly string[]): Promise<Float32Array> {
  const { cache, encoder, context } = bench;
  const features = new Float32Array(texts.length * encoder.dim);
  for (const from of startsOf(texts.length, chunkRows)) {
    await checkpoint(context);
    const chunk = texts.slice(from, from + chunkRows);
    const key = keyOf('texts', chunk);
    const report = (done: number): void => {
      context.onProgress({ stage: 'encode texts', done: from + done, total: texts.length, unit: 'texts' });
    };
    let rows = await cache?.find(key, chunk.length, encoder.dim);
    if (rows === undefined) {
      rows = await computeTexts(bench, chunk, report);
      await cache?.store(key, rows, encoder.dim);
    }
    features.set(rows, from * encoder.dim);
    report(chunk.length);
  }
  return features;
}

async function computeTexts(
  bench: Bench,
  texts: readonly string[],
  report: (done: number) => void,
): Promise<Float32Array> {
  const { encoder, tokenizer, config, context } = bench;
  const { batch } = bench.options;
  const parts: Float32Array[] = [];
  for (const from of startsOf(texts.length, batch)) {
    await checkpoint(context);
    const tokens = tokenizer.encode(texts.slice(from, from + batch), config.text.contextLength);
    parts.push(encoder.encodeTexts(tokens));
    report(Math.min(texts.length, from + batch));
  }
  return checked(concatenate(parts), 'texts');
}

const startsOf = (total: number, step: number): number[] =>
  Array.from({ length: Math.ceil(total / step) }, (_, i) => i * step);

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function checked(features: Float32Array, what: string): Float32Array {
  if (!features.every(Number.isFinite)) {
    throw new DistilleryError(
      `The model gives embeddings of ${what} that are not finite; its weights are damaged or its training diverged.`,
    );
  }
  return features;
}
