/** @file vitest run test/engine/search/run: from a question to samples, with a real teacher, here and through the service. */

import { mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { builtinConfig } from '../../../src/main/engine/clip/config.ts';
import { saveModel } from '../../../src/main/engine/clip/model.ts';
import { initialWeights } from '../../../src/main/engine/clip/weights.ts';
import * as pipeline from '../../../src/main/engine/pipeline.ts';
import { silentContext, type Progress } from '../../../src/main/engine/progress.ts';
import type { SearchRequest } from '../../../src/main/engine/search/run.ts';
import { endSearchProcess, searchSamples, stopSearch } from '../../../src/main/engine/service/search.ts';
import { findEmbeddings, readRows, saveManifest } from '../../../src/main/engine/store/embeddings.ts';
import { openWorkspace, type Workspace } from '../../../src/main/engine/store/workspace.ts';
import { searchRequests } from '../../../src/preload/search.ts';
import { addSamples, temporary, writePictures } from '../embed/support.ts';

const dir = temporary();
const teacher = path.join(dir, 'workspace', 'models', 'micro');
const images = 12;
let workspace: Workspace;
let files: string[];
/** `[images, dim]` each */
let rows: { image: Float32Array; text: Float32Array; dim: number };

beforeAll(async () => {
  workspace = openWorkspace(path.join(dir, 'workspace'));
  const config = builtinConfig('micro-32');
  mkdirSync(path.dirname(teacher), { recursive: true });
  await saveModel(teacher, config, initialWeights(config, 1));
  files = await writePictures(path.join(dir, 'pictures'), images);
  addSamples(workspace, files, images);
  await pipeline.embed(workspace, { dataset: 'set', teacher, precision: 'fp32', batch: 4 }, silentContext());
  const set = await findEmbeddings(workspace, 'set');
  rows = {
    image: await readRows(set, 'image'),
    text: await readRows(set, 'text'),
    dim: set.manifest.dim,
  };
});
afterAll(() => {
  endSearchProcess();
  workspace.close();
  rmSync(dir, { recursive: true, force: true });
});

const search = (query: SearchRequest['query'], more: Partial<SearchRequest> = {}) =>
  pipeline.search(workspace, { dataset: 'set', query, limit: 3, which: 'all', ...more }, silentContext());

/** Samples by the cosine of their pictures with a stored row. */
function nearestTo(of: Float32Array, row: number): number[] {
  const { image, dim } = rows;
  const cosine = (i: number) => {
    let sum = 0;
    for (let t = 0; t < dim; t++) sum += image[i * dim + t]! * of[row * dim + t]!;
    return sum;
  };
  return Array.from({ length: images }, (_, i) => i)
    .sort((a, b) => cosine(b) - cosine(a))
    .map((i) => i + 1);
}

describe('a search', () => {
  test('by a text ranks pictures as its stored caption would', async () => {
    const { hits, searched, teacher: name } = await search({ text: 'caption 2' });
    expect(name).toBe('micro');
    expect(searched).toBe(images);
    expect(hits.map(({ sampleId }) => sampleId)).toEqual(nearestTo(rows.text, 2).slice(0, 3));
    expect(hits[0]).toMatchObject({ caption: expect.stringMatching(/^caption/) as string, kept: true, group: null });
  });

  test('by a picture finds that picture first', async () => {
    const { hits } = await search({ pictures: [files[7]!] });
    expect(hits[0]!.sampleId).toBe(8);
    expect(hits[0]!.similarity).toBeCloseTo(1, 3);
    expect(hits.map(({ sampleId }) => sampleId)).toEqual(nearestTo(rows.image, 7).slice(0, 3));
  });

  test('by a sample leaves that sample out and needs no teacher', async () => {
    renameSync(teacher, `${teacher}-away`);
    try {
      const { hits, searched } = await search({ samples: [8] });
      expect(searched).toBe(images - 1);
      expect(hits.map(({ sampleId }) => sampleId)).toEqual(nearestTo(rows.image, 7).slice(1, 4));
    } finally {
      renameSync(`${teacher}-away`, teacher);
    }
  });

  test('by several parts lies between them', async () => {
    const { hits } = await search({ samples: [8], pictures: [files[3]!] }, { limit: images });
    const alone = await search({ samples: [8] }, { limit: images });
    expect(hits[0]!.sampleId).toBe(4);
    expect(hits.map(({ sampleId }) => sampleId)).not.toEqual(alone.hits.map(({ sampleId }) => sampleId));
  });

  test('says what is wrong with a question', async () => {
    await expect(search({})).rejects.toThrow(/Say what to look for/);
    await expect(search({ text: ' ' })).rejects.toThrow(/empty/);
    await expect(search({ samples: [99] })).rejects.toThrow(/Sample 99 has no embedding/);
    await expect(search({ text: 'a' }, { limit: 0 })).rejects.toThrow(/--limit 0/);
    await expect(search({ text: 'a' }, { dataset: 'other' })).rejects.toThrow(/No dataset "other"/);
    await expect(search({ pictures: [import.meta.filename] })).rejects.toThrow(/cannot be decoded/);
    await expect(search({ pictures: ['/nowhere.png'] })).rejects.toThrow(/there is no file .*nowhere\.png/);
    await expect(search({ pictures: [import.meta.dirname] })).rejects.toThrow(/there is no file/);
  });
});

describe('the images of the latest balance', () => {
  beforeEach(() => {
    workspace.sqlite.exec(`
      INSERT INTO balances (id, dataset_id, teacher, options, beta, images, pairs, groups, removed, kept, finished_at)
        VALUES (1, 1, 'micro', '{}', 1, 12, 1, 1, 2, 10, '');
      INSERT INTO duplicate_groups (id, balance_id, size, mean_distance) VALUES (5, 1, 3, 0.1);
      INSERT INTO members (group_id, sample_id, distance, keep) VALUES (5, 2, 0, 1), (5, 4, 0, 0), (5, 9, 0, 0);`);
    return () => {
      workspace.sqlite.exec('DELETE FROM balances');
    };
  });

  test('can be asked for by their fate', async () => {
    const ids = async (which: 'kept' | 'removed') =>
      (await search({ text: 'x' }, { which, limit: 100 })).hits.map(({ sampleId }) => sampleId).sort((a, b) => a - b);
    expect(await ids('removed')).toEqual([4, 9]);
    expect(await ids('kept')).toEqual([1, 2, 3, 5, 6, 7, 8, 10, 11, 12]);
  });

  test('come with their group', async () => {
    const { hits } = await search({ text: 'x' }, { limit: 100 });
    const of = (id: number) => hits.find(({ sampleId }) => sampleId === id);
    expect(of(2)).toMatchObject({ kept: true, group: 5 });
    expect(of(4)).toMatchObject({ kept: false, group: 5 });
    expect(of(1)).toMatchObject({ kept: true, group: null });
  });
});

describe('the teacher', () => {
  test('is found inside of a workspace that was copied elsewhere', async () => {
    const { manifest } = await findEmbeddings(workspace, 'set');
    expect(manifest.reference).toBe(`.${path.sep}${path.join('models', 'micro')}`);
  });

  test('that is gone is asked for, and remembered once it is named', async () => {
    const elsewhere = path.join(dir, 'elsewhere');
    renameSync(teacher, elsewhere);
    try {
      await expect(search({ text: 'a' })).rejects.toThrow(/cannot be loaded any more: .*--model FOLDER/);
      const { hits } = await search({ text: 'caption 2' }, { model: elsewhere });
      expect(await search({ text: 'caption 2' })).toMatchObject({ hits });
    } finally {
      renameSync(elsewhere, teacher);
    }
    await search({ text: 'a' }, { model: teacher });
  });

  test('must be the one that made the rows', async () => {
    const other = path.join(dir, 'other');
    const config = builtinConfig('micro-32');
    await saveModel(other, config, initialWeights(config, 2));
    await expect(search({ text: 'a' }, { model: other })).rejects.toThrow(/is not the one that made the embeddings/);
  });

  test('of imported rows is not known, and checked by its width', async () => {
    const set = await findEmbeddings(workspace, 'set');
    const before = structuredClone(set.manifest);
    const { reference: _, ...rest } = before;
    await saveManifest({ ...set, manifest: { ...rest, fingerprint: 'imported' } });
    try {
      await expect(search({ text: 'a' })).rejects.toThrow(/were imported; which model made them is not known/);
      expect((await search({ text: 'caption 2' }, { model: teacher })).hits[0]!.sampleId).toBe(
        nearestTo(rows.text, 2)[0],
      );
    } finally {
      await saveManifest({ ...set, manifest: before });
    }
  });
});

describe('the service', () => {
  let askers = 0;
  const ask = async (
    query: { text?: string; sample?: number; picture?: string },
    asker = String(++askers),
    tell: (progress: Progress) => void = () => undefined,
  ) =>
    searchRequests['search.run'].result.parse(
      await searchSamples(workspace, { asker, dataset: 1, teacher: null, query, which: 'all', limit: 3 }, tell),
    );

  test('answers several questions at once from a process of its own', async () => {
    const [text, sample, wrong] = await Promise.allSettled([
      ask({ text: 'caption 2' }),
      ask({ sample: 8 }),
      ask({ sample: 99 }),
    ]);
    expect(text).toMatchObject({ status: 'fulfilled', value: { teacher: 'micro', searched: images } });
    expect(text.status === 'fulfilled' && text.value.rows.map((row) => row.sample)).toEqual(
      nearestTo(rows.text, 2).slice(0, 3),
    );
    expect(text.status === 'fulfilled' && text.value.rows[0]).toMatchObject({ hasPicture: true, kept: true });
    expect(sample.status === 'fulfilled' && sample.value.rows[0]!.sample).toBe(nearestTo(rows.image, 7)[1]);
    expect(wrong).toMatchObject({ status: 'rejected', reason: { name: 'UsageError' } });
    await expect(ask({ picture: files[7]! })).resolves.toMatchObject({ rows: [{ sample: 8 }, {}, {}] });
  });

  test('starts its process again when it is needed', async () => {
    endSearchProcess();
    await expect(ask({ sample: 8 })).resolves.toMatchObject({ rows: [{}, {}, {}] });
  });

  test('tells how far a question is', async () => {
    endSearchProcess();
    const told: Progress[] = [];
    await ask({ text: 'caption 2' }, 'one', (progress) => told.push(progress));
    expect(told).toEqual([
      { stage: 'loading the teacher', done: 0, total: 0, unit: '' },
      { stage: 'search', done: images, total: images, unit: 'images' },
    ]);
  });

  test('stops a question of one asker at once, and answers the next', async () => {
    endSearchProcess();
    const [stopped, other] = [ask({ text: 'caption 2' }, 'one'), ask({ text: 'caption 3' }, 'two')];
    stopSearch('one');
    await expect(stopped).rejects.toMatchObject({ name: 'CancelledError' });
    await expect(other).resolves.toMatchObject({ searched: images });
    await expect(ask({ sample: 8 }, 'one')).resolves.toMatchObject({ rows: [{}, {}, {}] });
  });

  test('leaves off a question when its asker asks another', async () => {
    const [first, second] = [ask({ text: 'caption 2' }, 'one'), ask({ sample: 8 }, 'one')];
    await expect(first).rejects.toMatchObject({ name: 'CancelledError' });
    await expect(second).resolves.toMatchObject({ searched: images - 1 });
  });

  test('knows when a dataset is gone', async () => {
    const question = { asker: 'one', dataset: 7, teacher: null, query: { text: 'a' }, which: 'all', limit: 3 } as const;
    const gone = searchSamples(workspace, question, () => undefined);
    await expect(gone).rejects.toThrow(/no dataset 7 any more/);
  });
});
