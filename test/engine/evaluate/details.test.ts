/** @file vitest run test/engine/evaluate/details.test.ts: what an evaluation leaves for people to look at. */

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as immediate } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtinConfig } from '../../../src/main/engine/clip/config.ts';
import type { ClipModel } from '../../../src/main/engine/clip/model.ts';
import { initialWeights } from '../../../src/main/engine/clip/weights.ts';
import {
  detailsName,
  folderOfEvaluation,
  readDetails,
  thumbnailName,
} from '../../../src/main/engine/evaluate/details.ts';
import { run, type EvaluateInput } from '../../../src/main/engine/evaluate/run.ts';
import { runOfFolder, seenText } from '../../../src/main/engine/evaluate/seen.ts';
import { detailsOf } from '../../../src/main/engine/evaluate/writeDetails.ts';
import { storedEvaluations } from '../../../src/main/engine/evaluate/stored.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { openWorkspace, timestamp, type Workspace } from '../../../src/main/engine/store/workspace.ts';

const config = builtinConfig('micro-32');
const model: ClipModel = { name: 'micro', config, weights: initialWeights(config, 3), fingerprint: 'details' };
let folder: string;
let workspace: Workspace;
const file = (label: string, i: number): string => path.join(folder, 'data', label, `${i}.png`);

/** 4 pictures of each of 2 classes, the first 3 of each in a dataset that a run was trained on. */
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'evaluate-details-'));
  workspace = openWorkspace(path.join(folder, 'workspace'));
  await workspace.db
    .insertInto('datasets')
    .values({ id: 1, name: 'd', source: 's', format: 'folder', imported_at: timestamp(), complete: 1 })
    .execute();
  for (const [c, label] of ['one', 'two'].entries()) {
    await mkdir(path.dirname(file(label, 0)), { recursive: true });
    for (let i = 0; i < 4; i++) {
      const background = { r: 60 * i, g: 200 * c, b: 100 };
      await sharp({ create: { width: 300, height: 150, channels: 3, background } })
        .png()
        .toFile(file(label, i));
      await writeFile(file(label, i).replace('png', 'txt'), `${label} ${i}\n`);
      const bytes = await readFile(file(label, i));
      const hash = createHash('sha256').update(bytes).digest('hex');
      if (i < 3)
        await workspace.db
          .insertInto('samples')
          .values({
            ...{ dataset_id: 1, position: 4 * c + i, path: `${label}/${i}.png`, file: file(label, i), hash, label },
            ...{ caption: `${label} ${i}`, status: 'ok' },
          })
          .execute();
    }
  }
  await workspace.db
    .insertInto('runs')
    .values({
      ...{ id: 'run-1', dataset_id: 1, student: 'micro-32', config: '{}', seed: 1, versions: '{}', device: 'cpu' },
      ...{ state: 'done', total_steps: 1, started_at: timestamp() },
    })
    .execute();
});
afterAll(async () => {
  workspace.close();
  await rm(folder, { recursive: true });
});

async function evaluated(more: Partial<EvaluateInput>) {
  const input: EvaluateInput = {
    ...{ workspace, model, modelLabel: 'micro', task: 'zero-shot', data: path.join(folder, 'data') },
    ...more,
  };
  const result = await run(input, {}, silentContext());
  const stored = (await storedEvaluations(workspace)).at(-1)!;
  expect(stored.result).toEqual(result);
  return { result, stored, details: (await readDetails(workspace, stored))! };
}

test('the row and its details appear together, also to others', async () => {
  const other = openWorkspace(workspace.dir);
  let [running, seen] = [true, 0];
  const watch = async (): Promise<void> => {
    while (running) {
      const newest = (await storedEvaluations(other)).at(-1);
      if (newest) {
        expect(await readDetails(other, newest)).not.toBeNull();
        seen++;
      }
      await immediate();
    }
  };
  const work = async (): Promise<void> => {
    for (let seed = 0; seed < 4; seed++) await evaluated({ modelLabel: `m${seed}`, task: 'k-nn' });
  };
  await Promise.all([watch(), work().finally(() => (running = false))]);
  expect(seen).toBeGreaterThan(0);
  other.close();
});

describe('classes', () => {
  test('of files: counts that agree with the result, and a thumbnail of each picture that is named', async () => {
    const { result, stored, details } = await evaluated({});
    if (details.kind !== 'classes' || result.task === 'retrieval') throw new Error('another kind');
    expect(details.names).toEqual(['one', 'two']);
    const hits = details.matrix!.reduce((sum, row, i) => sum + row[i]!, 0);
    expect(hits / 8).toBe(result.top1);
    const shown = details.weakest.flatMap(({ pictures }) => pictures);
    expect(shown).toHaveLength(8 - hits);
    for (const { sample, thumbnail } of shown) {
      expect(sample).toBeNull();
      const { width, height } = await sharp(
        path.join(folderOfEvaluation(workspace, stored.id), thumbnailName(thumbnail!)),
      ).metadata();
      expect([width, height]).toEqual([192, 96]);
    }
    expect(result).not.toHaveProperty('seen');
  });

  test('of a dataset: samples, and no thumbnails', async () => {
    const { stored, details } = await evaluated({ data: { dataset: 'd' }, runId: 'run-1' });
    if (details.kind !== 'classes') throw new Error('another kind');
    const samples = details.weakest.flatMap(({ pictures }) => pictures.map(({ sample }) => sample));
    expect(samples.every((sample) => sample !== null && sample >= 1 && sample <= 6)).toBe(true);
    expect(existsSync(path.join(folderOfEvaluation(workspace, stored.id), thumbnailName(0)))).toBe(false);
  });

  test('a new evaluation takes the place of the older one', async () => {
    const { stored: first } = await evaluated({ task: 'k-nn' });
    const { stored: second } = await evaluated({ task: 'k-nn' });
    expect(existsSync(folderOfEvaluation(workspace, first.id))).toBe(false);
    expect(existsSync(path.join(folderOfEvaluation(workspace, second.id), detailsName))).toBe(true);
    expect(await readDetails(workspace, { ...second, finishedAt: timestamp() })).toBeNull();
    await writeFile(path.join(folderOfEvaluation(workspace, second.id), detailsName), '{"details": 1}');
    expect(await readDetails(workspace, second)).toBeNull();
  });
});

test('retrieval by hand: what each query found, in order, and where the right answer was', () => {
  const example = (name: string) => ({ picture: name, captions: [] });
  const details = detailsOf(
    {
      ...{ kind: 'retrieval', examples: ['a', 'b'].map(example), digests: [] },
      ...{ texts: ['of a', 'of b', 'also of b'], imageOf: Int32Array.of(0, 1, 1), dim: 2 },
      images: Float32Array.of(1, 0, 0, 1),
      textFeatures: Float32Array.of(1, 0, 0.8, 0.6, 0, 1),
      ranks: { images: Int32Array.of(0, 0), texts: Int32Array.of(0, 1, 0) },
    },
    ({ picture }) => ({ sample: null, thumbnail: null, name: picture as string }),
    0,
  );
  if (details.kind !== 'retrieval') throw new Error('another kind');
  const second = details.textToImage[1]!;
  expect([second.text, second.rank, second.picture.name]).toEqual(['of b', 1, 'b']);
  expect(second.found.map(({ name, right }) => [name, right])).toEqual([
    ['a', false],
    ['b', true],
  ]);
  expect(second.found[0]!.score).toBeCloseTo(0.8, 6);
  const ofB = details.imageToText[1]!;
  expect(ofB.captions).toEqual(['of b', 'also of b']);
  expect(ofB.found.map(({ text, right }) => [text, right])).toEqual([
    ['also of b', true],
    ['of b', true],
    ['of a', false],
  ]);
});

describe('pictures that the model was trained on', () => {
  test('are counted by their bytes in files, by their ids in a dataset', async () => {
    const files = await evaluated({ runId: 'run-1' });
    expect(files.result.seen).toBe(6);
    expect(seenText(files.result)).toMatch(/^6 of the 8 tested images are in the dataset that trained micro/);
    const { result } = await evaluated({ data: { dataset: 'd' }, trainedBy: 'run-1', task: 'retrieval' });
    expect(result.seen).toBe(6);
    expect(seenText(result)).toMatch(/^all 6 tested images/);
  });

  test('a folder says which run it came from', async () => {
    const exported = path.join(folder, 'student');
    await mkdir(exported);
    expect(await runOfFolder(workspace, exported)).toBeUndefined();
    const checkpoint = path.join(workspace.dir, 'runs', 'run-1', 'checkpoints', 'step-00000001');
    await writeFile(path.join(exported, 'distillery.json'), JSON.stringify({ model: checkpoint, files: {} }));
    expect(await runOfFolder(workspace, exported)).toBe('run-1');
    expect(await runOfFolder(workspace, checkpoint)).toBe('run-1');
    expect(await runOfFolder(workspace, '/elsewhere')).toBeUndefined();
  });
});
