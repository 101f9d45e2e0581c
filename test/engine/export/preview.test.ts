/** @file vitest run test/engine/export/preview.test.ts: what a preview says is what the export then does. */

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { builtinConfig } from '../../../src/main/engine/clip/config.ts';
import { saveModel } from '../../../src/main/engine/clip/model.ts';
import { initialWeights } from '../../../src/main/engine/clip/weights.ts';
import { UsageError } from '../../../src/main/engine/errors.ts';
import { previewStudent } from '../../../src/main/engine/export/preview.ts';
import { exportStudent } from '../../../src/main/engine/export/student.ts';
import { previewExport } from '../../../src/main/engine/exportPreview.ts';
import { exportResult, type ExportKind, type ExportRequest } from '../../../src/main/engine/pipeline.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { makePlace, remove, type Place } from './place.ts';

const which = fc.constantFrom('kept', 'removed', 'all');
const table = fc.constantFrom('csv', 'tsv', 'jsonl', 'parquet');
const shards = fc.oneof(
  fc.record({ shardSamples: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ shardSize: fc.integer({ min: 3000, max: 30_000 }) }),
  fc.constant({}),
);
const requests: fc.Arbitrary<Omit<ExportRequest, 'out'> & { ending: string }> = fc.oneof(
  fc.record({ what: fc.constant('manifest' as const), which, ending: table }),
  fc.record({ what: fc.constant('files' as const), which, null: fc.boolean(), ending: fc.constant('txt') }),
  fc.record({ what: fc.constant('uids' as const), which, uidsFrom: fc.constant('hash'), ending: fc.constant('npy') }),
  fc.record({ what: fc.constant('folder' as const), which, copy: fc.boolean(), ending: fc.constant('') }),
  fc
    .record({ what: fc.constant('webdataset' as const), which, ending: fc.constant(''), shards })
    .map(({ shards: limits, ...rest }) => ({ ...rest, ...limits })),
  fc.record({ what: fc.constantFrom<ExportKind>('groups', 'quality'), ending: table }),
);

/** All files under a folder, by their names from there. */
function filesIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(dir, path.join(entry.parentPath, entry.name)))
    .sort();
}

/** Previews, exports and compares. */
async function agree(place: Place, request: ExportRequest): Promise<void> {
  const { workspace } = place;
  const before = filesIn(place.dir);
  const preview = await previewExport(workspace, request, silentContext());
  expect(filesIn(place.dir)).toEqual(before);
  const result = (await exportResult(workspace, request, silentContext())) as Awaited<
    ReturnType<typeof exportResult>
  > & { bytes?: number; shards?: number };
  expect([preview.path, preview.rows]).toEqual([result.path, result.rows]);
  expect(preview.shards).toBe(result.shards ?? null);
  const isFile = statSync(result.path).isFile();
  expect(preview.folder).toBe(!isFile);
  if (!isFile) expect(filesIn(result.path)).toEqual(expect.arrayContaining(preview.files));
  if (preview.exact) expect(preview.bytes).toBe(result.bytes ?? statSync(result.path).size);
  if (!isFile && !preview.goesOn && preview.replaces.length === 0) {
    expect([preview.fileCount, [...preview.files].sort()]).toEqual([filesIn(result.path).length, filesIn(result.path)]);
  }
}

test('rows, shards, bytes and names over all options', async () => {
  const place = await makePlace(20);
  remove(place, [2, 5, 6, 7]);
  let number = 0;
  await fc.assert(
    fc.asyncProperty(requests, async ({ ending, ...request }) => {
      const out = path.join(place.dir, 'out', `${++number}${ending === '' ? '' : `.${ending}`}`);
      await agree(place, { ...request, out });
    }),
    { numRuns: 60 },
  );
});

describe('what is there already', () => {
  test('a file that will be replaced is named', async () => {
    const place = await makePlace(3);
    const request: ExportRequest = { what: 'manifest', out: path.join(place.dir, 'manifest.csv') };
    expect((await previewExport(place.workspace, request, silentContext())).replaces).toEqual([]);
    await agree(place, request);
    expect((await previewExport(place.workspace, request, silentContext())).replaces).toEqual(['manifest.csv']);
    await agree(place, request);
  });

  test('shards of other samples are replaced, those of the same ones go on', async () => {
    const place = await makePlace(10);
    const request: ExportRequest = { what: 'webdataset', out: path.join(place.dir, 'shards'), shardSamples: 4 };
    await agree(place, request);
    const again = await previewExport(place.workspace, request, silentContext());
    expect(again).toMatchObject({ goesOn: true, files: [], replaces: [], rows: 10, shards: 3 });
    const content = readFileSync(path.join(request.out, '00000.tar'));

    const other = await previewExport(place.workspace, { ...request, shardSamples: 5 }, silentContext());
    expect(other.replaces).toEqual(['00000.tar', '00001.tar', '00002.tar', 'manifest.json', 'sizes.json']);
    expect(readFileSync(path.join(request.out, '00000.tar')).equals(content)).toBe(true);
    await agree(place, { ...request, shardSamples: 5 });
  });

  test('the same things are refused, with the same words', async () => {
    const place = await makePlace(3);
    const full = path.join(place.dir, 'full');
    mkdirSync(full);
    writeFileSync(path.join(full, 'letter.txt'), 'mine');
    const source = path.join(place.dir, 'source');
    const wrong: ExportRequest[] = [
      { what: 'webdataset', out: full },
      { what: 'folder', out: full },
      { what: 'folder', out: path.join(source, 'export') },
      { what: 'folder', out: path.join(full, 'letter.txt', 'export') },
      { what: 'groups', out: path.join(full, 'letter.txt', 'x.csv') },
      { what: 'manifest', out: path.join(place.dir, 'x.docx') },
      { what: 'manifest', out: full },
      { what: 'files', out: path.join(source, 'even', '0.png') },
      { what: 'uids', out: path.join(place.dir, 'x.npy') },
      { what: 'webdataset', out: path.join(place.dir, 'y'), shardSize: 'many' },
      { what: 'manifest', out: path.join(place.dir, 'x.csv'), which: 'removed' },
      { what: 'student', out: path.join(place.dir, 'student') },
      { what: 'groups', out: path.join(place.dir, 'x.csv'), without: ['dark'] },
      { what: 'metrics', out: path.join(place.dir, 'x.csv'), run: undefined },
    ];
    for (const request of wrong) {
      const refusal = await exportResult(place.workspace, request, silentContext()).then(
        () => undefined,
        (error: unknown) => (error as Error).message,
      );
      expect(refusal, request.what).toBeTypeOf('string');
      await expect(previewExport(place.workspace, request, silentContext())).rejects.toThrow(refusal);
    }
    expect(readFileSync(path.join(full, 'letter.txt'), 'utf8')).toBe('mine');
  });
});

describe('a student', () => {
  test.each(['open_clip', 'transformers'] as const)('for %s: files, size, and what is replaced', async (format) => {
    const { dir } = await makePlace(1);
    const config = builtinConfig('micro-32');
    const model = path.join(dir, 'model');
    await saveModel(model, config, initialWeights(config, 1));
    const out = path.join(dir, 'student');
    const preview = await previewStudent({ model }, { out, format });
    const result = await exportStudent({ model }, { out, format }, silentContext());
    expect([preview.path, preview.rows, preview.replaces]).toEqual([result.path, result.rows, []]);
    expect([...preview.files].sort()).toEqual(filesIn(out));
    const weights = statSync(path.join(out, preview.files[0]!)).size;
    expect(Math.abs(preview.bytes! / weights - 1)).toBeLessThan(0.05);
    const again = await previewStudent({ model }, { out, format });
    expect([...again.replaces].sort()).toEqual(filesIn(out));
    writeFileSync(path.join(out, preview.files[1]!), 'changed by hand');
    await expect(previewStudent({ model }, { out, format })).rejects.toThrow(UsageError);
  });
});
