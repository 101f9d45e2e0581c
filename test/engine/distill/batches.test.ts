/** @file Pictures for the steps, prepared in threads. Run: vitest run test/engine/distill/batches */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { builtinConfig } from '../../../src/main/engine/clip/config.ts';
import { blankPixels } from '../../../src/main/engine/clip/normalise.ts';
import { loadPixels } from '../../../src/main/engine/clip/preprocess.ts';
import { pictureBatches } from '../../../src/main/engine/distill/batches.ts';
import { distillOptions } from '../../../src/main/engine/distill/options.ts';
import type { TrainingSet } from '../../../src/main/engine/distill/trainingSet.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { writePictures } from '../embed/support.ts';

const config = builtinConfig('micro-32');

async function pictures(count: number): Promise<string[]> {
  const dir = mkdtempSync(path.join(tmpdir(), 'distillery-'));
  onTestFinished(() => {
    rmSync(dir, { recursive: true });
  });
  return writePictures(dir, count);
}

function setOf(files: string[]): TrainingSet {
  const ids = Int32Array.from(files, (_, i) => i);
  return { ids, pictures: files, tokens: new Int32Array(0), tokensPerCaption: 0, leftOut: {} };
}

test('each row has its bytes; a bad file is one blank picture in every batch, named once', async () => {
  const files = await pictures(4);
  const expected = await Promise.all(files.map((file) => loadPixels(file, config)));
  writeFileSync(files[2]!, 'no picture');
  expected[2] = blankPixels(config);
  const lines: string[] = [];
  const context = { ...silentContext(), log: (line: string) => lines.push(line) };
  const options = distillOptions({ batch: 4, augment: false });
  let steps = 0;
  for await (const { step, rows, pixels } of pictureBatches(
    setOf(files),
    config,
    options,
    { from: 1, to: 3 },
    context,
  )) {
    expect(step).toBe(++steps);
    expect(Buffer.concat(Array.from(rows, (row) => expected[row]!)).equals(pixels)).toBe(true);
  }
  expect(steps).toBe(3);
  expect(lines).toEqual([expect.stringContaining(`${files[2]!} is left out: `)]);
});
