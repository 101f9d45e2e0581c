/** @file vitest run test/engine/service/facts: what the views of data and clusters are told. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { clusterFacts, tailOf } from '../../../src/main/engine/service/clusterFacts.ts';
import { dataFacts } from '../../../src/main/engine/service/dataFacts.ts';
import { countQuality, qualityFacts } from '../../../src/main/engine/service/qualityFacts.ts';
import { knownTeachers } from '../../../src/main/engine/service/teachers.ts';
import { insertJob } from '../../../src/main/engine/jobs.ts';
import { writeNpy } from '../../../src/main/engine/store/npy.ts';
import { openWorkspace, timestamp, type Workspace } from '../../../src/main/engine/store/workspace.ts';
import { clusterFacts as clusterSchema, dataFacts as dataSchema } from '../../../src/preload/datasetFacts.ts';

let workspace: Workspace;

beforeEach(() => {
  workspace = openWorkspace(mkdtempSync(path.join(tmpdir(), 'distillery-facts-')));
  run("INSERT INTO datasets (name, source, format, imported_at) VALUES ('food', '/src', 'folder', ?)", timestamp());
});
afterEach(() => {
  workspace.close();
  rmSync(workspace.dir, { recursive: true, force: true });
});

const run = (sql: string, ...values: unknown[]): void => {
  workspace.sqlite.prepare(sql).run(...values);
};

interface Sample {
  status?: 'ok' | 'skipped';
  reason?: string;
  caption?: string;
  width?: number;
  brightness?: number;
}

let position = 0;
function insertSample({ status = 'ok', reason, caption = 'a dish', width = 300, brightness = 0.5 }: Sample = {}): void {
  run(
    `INSERT INTO samples (dataset_id, position, path, file, caption, width, height, brightness, contrast, sharpness, status, reason)
     VALUES (1, ?, ?, ?, ?, ?, 300, ?, 0.2, 500, ?, ?)`,
    ++position,
    `${position}.jpg`,
    `/src/${position}.jpg`,
    caption,
    width,
    brightness,
    status,
    reason ?? null,
  );
}

describe('of a dataset', () => {
  test('skipped items are grouped by reason, the most frequent first, each with its first items', () => {
    position = 0;
    insertSample();
    for (let i = 0; i < 7; i++) insertSample({ status: 'skipped', reason: 'not a picture' });
    insertSample({ status: 'skipped' });
    insertSample({ status: 'skipped', reason: 'damaged: cut: at 9' });
    insertSample({ status: 'skipped', reason: 'damaged: no end' });
    const facts = dataSchema.parse(dataFacts(workspace, 1));
    expect(facts).toMatchObject({ name: 'food', format: 'folder', complete: false, images: 1, skipped: 10 });
    expect(facts.reasons.map(({ reason, count }) => [reason, count])).toEqual([
      ['not a picture', 7],
      ['damaged', 2],
      ['no reason was written', 1],
    ]);
    expect(facts.reasons[1]!.first).toEqual([
      { path: '10.jpg', detail: 'cut: at 9' },
      { path: '11.jpg', detail: 'no end' },
    ]);
    expect(facts.reasons[0]!.first.map(({ path: file }) => file)).toEqual([2, 3, 4, 5, 6].map((name) => `${name}.jpg`));
    expect(facts.first).toEqual([
      { sample: 1, path: '1.jpg', caption: 'a dish', width: 300, height: 300, hasPicture: true },
    ]);
  });

  test('that is gone there are none', () => {
    expect(() => dataFacts(workspace, 9)).toThrow('There is no dataset 9.');
  });

  test('the quality flags are counted in a thread, with examples', async () => {
    position = 0;
    for (let i = 0; i < 3; i++) insertSample({ caption: 'fine' });
    for (let i = 0; i < 2; i++) insertSample({ width: 20 });
    insertSample({ width: 20, brightness: 0.01 });
    insertSample({ status: 'skipped', width: 1 });
    const facts = await qualityFacts(workspace, 1);
    expect(facts).toMatchObject({ images: 6, flagged: 3, notMeasured: { picture: 0, agreement: 6 } });
    expect(facts.flags.map(({ flag, count }) => [flag, count])).toEqual([
      ['too-small', 3],
      ['odd-aspect', 3],
      ['dark', 1],
    ]);
    expect(facts.flags[2]!.examples).toEqual([
      { sample: 6, path: '6.jpg', caption: 'a dish', width: 20, height: 300, hasPicture: true },
    ]);
    expect(facts).toEqual(countQuality(workspace, 1));
  });
});

describe('of a clustering', () => {
  const quality = {
    meanSimilarity: 0.9,
    empty: 1,
    sizes: { min: 0, median: 1, max: 3, gini: 0.4, p5: 0 },
    sizesBefore: { min: 0, median: 1, max: 6, gini: 0.5 },
    largest: [
      { cluster: 2, size: 3, sizeBefore: 6, meanSimilarity: 0.95, nearest: [{ sampleId: 1, similarity: 0.99 }] },
      { cluster: 0, size: 1, sizeBefore: 1, meanSimilarity: 0.9, nearest: [{ sampleId: 404, similarity: 0.9 }] },
    ],
  };

  async function insertClustering(text: string | null, files = true): Promise<void> {
    run(
      `INSERT INTO clusterings (dataset_id, teacher, clusters, options, inertia, iterations, finished_at, quality)
       VALUES (1, 'tiny', 4, '{}', 2.5, 7, ?, ?)`,
      timestamp(),
      text,
    );
    if (!files) return;
    const folder = path.join(workspace.dir, 'clusters', '1');
    mkdirSync(folder, { recursive: true });
    await writeNpy(path.join(folder, 'labels.npy'), Int32Array.from([2, 2, 0, 2, 3]), [5]);
    await writeNpy(path.join(folder, 'sizes_before.npy'), Int32Array.from([1, 0, 6, 2]), [4]);
  }

  test('sizes are told as a histogram and by rank, the largest clusters with pictures', async () => {
    position = 0;
    insertSample();
    await insertClustering(JSON.stringify(quality));
    const facts = clusterSchema.parse(await clusterFacts(workspace, 1));
    expect(facts).toMatchObject({ clusters: 4, images: 5, inertia: 2.5, iterations: 7 });
    // sizes after: 1 0 3 1, before: 1 0 6 2
    expect(facts.histogram).toEqual([
      { from: 0, to: 0, after: 1, before: 1 },
      { from: 1, to: 1, after: 2, before: 1 },
      { from: 2, to: 2, after: 0, before: 1 },
      { from: 3, to: 4, after: 1, before: 0 },
      { from: 5, to: 8, after: 0, before: 1 },
    ]);
    expect(facts.tail).toEqual({ rank: [1, 2, 3, 4], after: [3, 1, 1, 0], before: [6, 2, 1, 0] });
    expect(facts.quality!.largest[0]).toMatchObject({
      cluster: 2,
      nearest: [{ sample: 1, caption: 'a dish', similarity: 0.99 }],
    });
    // a sample that is gone leaves no hole
    expect(facts.quality!.largest[1]!.nearest).toEqual([]);
  });

  test('of an older version, or without its files, less is told', async () => {
    await insertClustering(null, false);
    expect(await clusterFacts(workspace, 1)).toMatchObject({ images: 0, quality: null, histogram: null, tail: null });
    run("UPDATE clusterings SET quality = '{}'");
    expect((await clusterFacts(workspace, 1)).quality).toBeNull();
    await expect(clusterFacts(workspace, 2)).rejects.toThrow('There is no clustering 2 any more.');
  });

  test('very many clusters are told by some ranks, from the first to the last', () => {
    const clusters = 100_000;
    const sizes = Int32Array.from({ length: clusters }, (_, at) => clusters - at);
    const { rank, after, before } = tailOf({ after: sizes, before: sizes.toReversed() });
    expect(rank.length).toBeLessThanOrEqual(256);
    expect([rank[0], rank.at(-1)]).toEqual([1, clusters]);
    expect(rank).toEqual(rank.toSorted((a, b) => a - b));
    expect(after).toEqual(rank.map((at) => clusters - at + 1));
    expect(before).toEqual(after);
  });
});

test('teachers are those of this machine, of earlier jobs and of the workspace, as long as they are there', async () => {
  const folder = (...parts: string[]): string => {
    const dir = path.join(workspace.dir, ...parts);
    mkdirSync(dir, { recursive: true });
    return dir;
  };
  vi.stubEnv('DISTILLERY_CACHE', folder('cache'));
  const shown = async () => (await knownTeachers(workspace)).map(({ name, latest }) => (latest ? `${name}!` : name));
  expect(await knownTeachers(workspace)).toEqual([
    {
      reference: 'bundled',
      name: 'bundled',
      named: true,
      latest: false,
      problem: expect.stringContaining('npm run setup') as string,
    },
  ]);
  const [older, newer, own] = [folder('t', 'older'), folder('t', 'newer'), folder('models', 'own')];
  writeFileSync(path.join(own, 'open_clip_config.json'), '{}');
  folder('models', 'half');
  const embed = (teacher: string): number =>
    insertJob(workspace, 0, ['embed', '--dataset', 'food', '--teacher', teacher]);
  for (const teacher of [older, newer, older, '/gone', 'relative', newer]) embed(teacher);
  run("UPDATE jobs SET state = 'failed' WHERE id = ?", embed(folder('t', 'no teacher')));
  insertJob(workspace, 0, ['balance', '--dataset', 'food', '--teacher', '/tmp']);
  expect(await shown()).toEqual(['bundled', 'newer!', 'older', 'own']);
  writeFileSync(path.join(folder('cache', 'teachers', 'broken'), 'teacher.json'), '{}');
  embed('bundled');
  expect(await shown()).toEqual(['bundled!', 'broken', 'newer', 'older', 'own']);
  expect((await knownTeachers(workspace))[1]).toMatchObject({
    named: true,
    problem: expect.stringContaining('damaged') as string,
  });
});
