/** @file Batches that do not fit are halved. Run: vitest run test/engine/embed/shrinkingEncoder */

import path from 'node:path';
import { rmSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { createEncoder, type Encoder } from '../../../src/main/engine/clip/encoder.ts';
import { run } from '../../../src/main/engine/embed/run.ts';
import { isOutOfMemory, ShrinkingEncoder } from '../../../src/main/engine/embed/shrinkingEncoder.ts';
import { DistilleryError } from '../../../src/main/engine/errors.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { randomStream } from '../../../src/main/engine/random.ts';
import { findEmbeddings, readRows } from '../../../src/main/engine/store/embeddings.ts';
import { openWorkspace } from '../../../src/main/engine/store/workspace.ts';
import { addSamples, temporary, tinyModel, writePictures } from './support.ts';

const model = tinyModel();
const message = 'images failed: Session fail with error: OOM when allocating tensor with shape[32,50,3072]';

/** Encoders of the tiny model; those of more than `fits` rows fail as a full GPU does, at the pictures or at the captions. */
function limited(fits: number, at: 'encodeImages' | 'encodeTexts' = 'encodeImages') {
  const made: number[] = [];
  let open = 0;
  const make = (batch: number): Encoder => {
    const encoder = createEncoder(model, { precision: 'fp32', batch });
    made.push(batch);
    open++;
    const fail = () => {
      throw new DistilleryError(message);
    };
    const dispose = () => {
      encoder.dispose();
      open--;
    };
    return { ...encoder, ...(batch > fits && { [at]: fail }), dispose };
  };
  return { make, made, left: () => open };
}

const random = randomStream(5);
const pairs = {
  pixels: Array.from({ length: 11 }, () => Uint8Array.from({ length: 32 * 32 * 3 }, () => random() * 256)),
  tokens: Int32Array.from({ length: 11 * 16 }, (_, i) =>
    i % 16 === 0 ? 49_406 : i % 16 < 5 ? 1 + i : i % 16 === 5 ? 49_407 : 0,
  ),
};

test.each(['encodeImages', 'encodeTexts'] as const)('halved until %s fits, with the same rows', (at) => {
  const { make, made, left } = limited(2, at);
  const lines: string[] = [];
  const shrinking = new ShrinkingEncoder(make, 11, (line) => lines.push(line));
  const { image, text } = shrinking.encode(pairs);
  expect([made, shrinking.batch]).toEqual([[11, 5, 2], 2]);
  expect(lines).toEqual([
    '11 pictures at once do not fit into the memory; going on with 5.',
    '5 pictures at once do not fit into the memory; going on with 2.',
  ]);
  const whole = new ShrinkingEncoder(limited(11).make, 11, () => undefined);
  const expected = whole.encode(pairs);
  for (const [rows, wanted] of [
    [image, expected.image],
    [text, expected.text],
  ] as const) {
    expect(Math.max(...rows.map((value, i) => Math.abs(value - wanted[i]!)))).toBeLessThan(1e-6);
  }
  shrinking.dispose();
  whole.dispose();
  expect(left()).toBe(0);
});

test('when not one picture fits, the message says what to do', () => {
  const shrinking = new ShrinkingEncoder(limited(0).make, 4, () => undefined);
  onTestFinished(() => {
    shrinking.dispose();
  });
  expect(() => shrinking.encode(pairs)).toThrow(/does not hold this teacher.*--precision bf16 or --device cpu/);
});

test('other failures are not taken for a full memory', () => {
  const encoder = createEncoder(model, { precision: 'fp32', batch: 2 });
  const fail = () => {
    throw new DistilleryError('Matrix size-incompatible');
  };
  const shrinking = new ShrinkingEncoder(
    () => ({ ...encoder, encodeImages: fail }),
    2,
    () => undefined,
  );
  onTestFinished(() => {
    shrinking.dispose();
  });
  expect(() => shrinking.encode(pairs)).toThrow('Matrix size-incompatible');
  expect(isOutOfMemory(new Error('RESOURCE_EXHAUSTED: Out of memory while trying to allocate'))).toBe(true);
  expect(isOutOfMemory(new Error('ResourceExhaustedError: failed'))).toBe(true);
  expect(isOutOfMemory(new Error('a broom, and room'))).toBe(false);
});

test('embed goes on after a full memory; the stored rows differ by rounding at most', { timeout: 30_000 }, async () => {
  const dir = temporary();
  const workspace = openWorkspace(path.join(dir, 'workspace'));
  onTestFinished(() => {
    workspace.close();
    rmSync(dir, { recursive: true, force: true });
  });
  addSamples(workspace, await writePictures(path.join(dir, 'pictures'), 6), 20);
  const rows = async (teacherName: string, batch: number | 'auto', fits: number) => {
    const { make } = limited(fits);
    const encoders = { createEncoder: (_: unknown, { batch: size }: { batch: number }) => make(size) };
    const input = { workspace, dataset: 'set', model, teacherName, ...encoders };
    await run(input, { precision: 'fp32', batch }, silentContext());
    return readRows(await findEmbeddings(workspace, 'set', teacherName), 'image');
  };
  const undisturbed = await rows('a', 'auto', 1000);
  const halved = await rows('b', 8, 3);
  expect(halved).toHaveLength(undisturbed.length);
  // one step of float16 below 1 is 2^-11
  expect(Math.max(...halved.map((value, i) => Math.abs(value - undisturbed[i]!)))).toBeLessThanOrEqual(2 ** -11);
});
