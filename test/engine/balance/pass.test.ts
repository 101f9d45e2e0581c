/** @file Stored searches. Run: npx vitest run test/engine/balance/pass.test.ts */

import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { makeCollector } from '../../../src/main/engine/balance/collectors.ts';
import { connect } from '../../../src/main/engine/balance/graph.ts';
import { Pass, type PassManifest } from '../../../src/main/engine/balance/pass.ts';
import { temporaryFolder } from '../support/vectors.ts';

const manifest: PassManifest = { version: 1, fingerprint: 'f', images: 30, chunkRows: 10, topK: 'all', beta: 0.9 };
const embeddings = [{ images: 30, fingerprint: 'f' }];

/** All pairs of 30 images, distance (j - i) / 40, in three chunks; a collector drops what is superfluous beyond `limit`. */
async function storedPass(dir: string, limit: number, chunks = [0, 1, 2]): Promise<Pass> {
  const pass = await Pass.begin(dir, manifest);
  for (const chunk of chunks) {
    const collector = makeCollector(30, 'all', limit);
    for (let i = chunk * 10; i < chunk * 10 + 10; i++) {
      for (let j = i + 1; j < 30; j++) collector.add(i, j, (j - i) / 40);
    }
    await pass.save(chunk, collector);
  }
  return pass;
}

it('counts pairs that a forest no longer holds, and knows when it cannot count', async () => {
  const [whole, forest] = [await storedPass(temporaryFolder(), 1000), await storedPass(temporaryFolder(), 40)];
  for (const pass of [whole, forest]) {
    expect(pass.answers('all', 0.9)).toBe(true);
    expect(pass.answers('all', 0.91)).toBe(false);
    expect(pass.answers(32, 0.9)).toBe(false);
    const graph = await connect(pass, 0.9);
    expect(graph.pairs).toBe((30 * 29) / 2);
    expect(graph.components.joined).toBe(29);
  }
  expect(whole.answers('all', 0.06)).toBe(true);
  expect(forest.answers('all', 0.06)).toBe(false);
  expect((await connect(whole, 0.06)).pairs).toBe(29 + 28);
});

it('is complete chunk by chunk, in any order, and found again', async () => {
  const dir = temporaryFolder();
  const begun = await storedPass(dir, 1000, [2, 0]);
  expect(begun.missing).toEqual([1]);
  expect(begun.answers('all', 0.9)).toBe(false);
  const again = await Pass.begin(dir, manifest);
  expect(again.missing).toEqual([1]);
  await storedPass(dir, 1000, [1]);
  const [found] = (await Pass.list(dir, embeddings)).whole;
  expect(found?.missing).toEqual([]);
  expect((await connect(found!, 0.9)).pairs).toBe((30 * 29) / 2);
});

it('searches a chunk again whose entry is damaged', async () => {
  const dir = temporaryFolder();
  await storedPass(dir, 1000);
  const [pass] = (await Pass.list(dir, embeddings)).whole;
  writeFileSync(path.join(pass!.dir, 'chunk-00001.json'), '{"pairs":');
  expect((await Pass.list(dir, embeddings)).whole[0]?.missing).toEqual([1]);
});

it('goes when the embeddings are others', async () => {
  const dir = temporaryFolder();
  const pass = await storedPass(dir, 1000);
  expect(await Pass.list(dir, [{ images: 30, fingerprint: 'g' }])).toEqual({ whole: [], earlier: [] });
  expect(existsSync(pass.dir)).toBe(false);
});
