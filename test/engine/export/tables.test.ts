/** @file Run: vitest run test/engine/export/tables.test.ts */

import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { CancelledError } from '../../../src/main/engine/errors.ts';
import { exportGroups } from '../../../src/main/engine/export/groups.ts';
import { exportManifest } from '../../../src/main/engine/export/manifest.ts';
import { exportMetrics } from '../../../src/main/engine/export/metrics.ts';
import { writeTable, type Row } from '../../../src/main/engine/export/table.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { openWorkspace, type Workspace } from '../../../src/main/engine/store/workspace.ts';

interface Place {
  dir: string;
  workspace: Workspace;
  out: (name: string) => string;
}

/** Seven samples, the third skipped; an old balance, and a new one with the groups 2 {1, 2} and 3 {5, 6, 7}. */
function makePlace({ balanced = true } = {}): Place {
  const dir = mkdtempSync(path.join(tmpdir(), 'distillery-'));
  const workspace = openWorkspace(path.join(dir, 'workspace'));
  onTestFinished(() => {
    workspace.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const { sqlite } = workspace;
  sqlite.exec(`
    INSERT INTO datasets (name, source, format, imported_at, complete) VALUES ('set', '${dir}/source.csv', 'csv', '', 1);
    INSERT INTO datasets (name, source, format, imported_at, complete) VALUES ('other', '${dir}/other', 'folder', '', 1);`);
  const insert = sqlite.prepare(
    'INSERT INTO samples (dataset_id, position, path, file, caption, status) VALUES (1, ?, ?, ?, ?, ?)',
  );
  const captions = ['plain', 'comma, here', 'skipped', 'say "hi"', 'two\nlines', '', 'ümlaut \t tab'];
  for (const [i, caption] of captions.entries()) {
    const file = i === 6 ? null : path.join(dir, 'pictures', `${i}.jpg`);
    insert.run(i, i === 6 ? 'http://x/6.jpg' : `pictures/${i}.jpg`, file, caption, i === 2 ? 'skipped' : 'ok');
  }
  if (balanced) {
    sqlite.exec(`
      INSERT INTO balances (dataset_id, teacher, options, beta, images, pairs, groups, removed, kept, finished_at)
        VALUES (1, 't', '{}', 0.4, 6, 9, 1, 3, 3, ''), (1, 't', '{}', 0.4, 6, 9, 2, 3, 3, '');
      INSERT INTO duplicate_groups (balance_id, size, mean_distance) VALUES (1, 2, 0.1), (2, 2, 0.1), (2, 3, 0.1);
      INSERT INTO members (group_id, sample_id, distance, keep) VALUES (1, 4, 0.1, 0), (1, 5, 0.1, 1),
        (2, 1, 0.25, 1), (2, 2, 0.5, 0), (3, 5, 0.125, 0), (3, 6, 0.0625, 1), (3, 7, 1e-7, 0);`);
  }
  return { dir, workspace, out: (name) => path.join(dir, 'out', name) };
}

const set = ({ workspace }: Place) => ({ workspace, dataset: 'set' });

test('groups: one row a usable sample, in sample order, of the latest balance', async () => {
  const place = makePlace();
  const result = await exportGroups(set(place), { out: place.out('groups.csv') }, silentContext());
  expect(result).toEqual({ path: place.out('groups.csv'), rows: 6 });
  expect(readFileSync(result.path, 'utf8')).toBe(
    [
      'sample_id,path,group_id,distance_to_centroid,keep',
      '1,pictures/0.jpg,2,0.25,true',
      '2,pictures/1.jpg,2,0.5,false',
      '4,pictures/3.jpg,,0,true',
      '5,pictures/4.jpg,3,0.125,false',
      '6,pictures/5.jpg,3,0.0625,true',
      '7,http://x/6.jpg,3,1e-7,false',
      '',
    ].join('\n'),
  );
});

test('groups as jsonl and parquet hold the same values', async () => {
  const place = makePlace();
  await exportGroups(set(place), { out: place.out('groups.jsonl') }, silentContext());
  await exportGroups(set(place), { out: place.out('groups.parquet') }, silentContext());
  const lines = readFileSync(place.out('groups.jsonl'), 'utf8').trim().split('\n');
  const rows = lines.map((line) => JSON.parse(line) as unknown);
  expect(rows[2]).toEqual({
    sample_id: 4,
    path: 'pictures/3.jpg',
    group_id: null,
    distance_to_centroid: 0,
    keep: true,
  });
  expect(await parquetReadObjects({ file: await asyncBufferFromFile(place.out('groups.parquet')) })).toEqual(rows);
});

test('groups need a balance', async () => {
  const place = makePlace({ balanced: false });
  const failure = exportGroups(set(place), { out: place.out('g.csv') }, silentContext());
  await expect(failure).rejects.toThrow(/distillery balance --dataset set/);
  expect(existsSync(place.out('g.csv'))).toBe(false);
});

test('manifest: what was kept, with absolute paths', async () => {
  const place = makePlace();
  const { rows } = await exportManifest(set(place), { out: place.out('m.csv') }, silentContext());
  expect(rows).toBe(3);
  expect(parse(readFileSync(place.out('m.csv'), 'utf8'))).toEqual([
    ['path', 'caption'],
    [path.join(place.dir, 'pictures/0.jpg'), 'plain'],
    [path.join(place.dir, 'pictures/3.jpg'), 'say "hi"'],
    [path.join(place.dir, 'pictures/5.jpg'), ''],
  ]);
});

test('manifest without a balance has all, as tsv with tabs', async () => {
  const place = makePlace({ balanced: false });
  await exportManifest(set(place), { out: place.out('m.tsv') }, silentContext());
  const rows: string[][] = parse(readFileSync(place.out('m.tsv'), 'utf8'), { delimiter: '\t' });
  expect(rows.map(([, caption]) => caption)).toEqual([
    'caption',
    'plain',
    'comma, here',
    'say "hi"',
    'two\nlines',
    '',
    'ümlaut \t tab',
  ]);
  expect(rows.at(-1)![0]).toBe('http://x/6.jpg');
});

test('metrics: by step, then in the fixed order of names', async () => {
  const place = makePlace();
  place.workspace.sqlite.exec(`
    INSERT INTO runs (id, student, config, seed, versions, device, state, total_steps, started_at)
      VALUES ('r1', 's', '{}', 0, '{}', 'cpu', 'done', 2500, ''), ('r2', 's', '{}', 0, '{}', 'cpu', 'done', 1, '');`);
  const insert = place.workspace.sqlite.prepare('INSERT INTO metrics (run_id, name, step, value) VALUES (?, ?, ?, ?)');
  for (const name of ['samplesPerSecond', 'lr', 'custom', 'loss/base', 'loss/overall']) {
    for (const step of [2500, 1, 2]) insert.run('r1', name, step, step / 8);
  }
  const input = { workspace: place.workspace, run: 'r1' };
  const { rows } = await exportMetrics(input, { out: place.out('x/metrics.csv') }, silentContext());
  expect(rows).toBe(15);
  const lines = readFileSync(place.out('x/metrics.csv'), 'utf8').split('\n');
  const names = ['loss/overall', 'loss/base', 'lr', 'samplesPerSecond', 'custom'];
  expect(lines).toEqual([
    'step,name,value',
    ...[1, 2, 2500].flatMap((step) => names.map((name) => `${step},${name},${step / 8}`)),
    '',
  ]);
  const failing = (run: string) => exportMetrics({ ...input, run }, { out: place.out('y.csv') }, silentContext());
  await expect(failing('r3')).rejects.toThrow(/No run "r3" \(latest: r1, r2\)/);
  await expect(failing('r2')).rejects.toThrow(/no metrics yet/);
});

test('sources and pictures are not overwritten, also through links; other files are', async () => {
  const place = makePlace();
  const { dir, workspace } = place;
  mkdirSync(path.join(dir, 'pictures'));
  mkdirSync(path.join(dir, 'emb/metadata'), { recursive: true });
  workspace.sqlite.exec(`
    INSERT INTO datasets (name, source, format, imported_at) VALUES ('emb', '${dir}/emb', 'embeddings', '');
    INSERT INTO samples (dataset_id, position, path, file, caption, status)
      VALUES (1, 9, 'p', '${dir}/pictures/odd.csv', '', 'skipped');`);
  const files = ['source.csv', 'pictures/odd.csv', 'emb/metadata/0.parquet', 'mine.csv'];
  for (const name of files) writeFileSync(path.join(dir, name), 'before');
  symlinkSync('source.csv', path.join(dir, 'link.csv'));
  linkSync(path.join(dir, 'source.csv'), path.join(dir, 'hard.csv'));
  for (const name of [...files.slice(0, 3), 'link.csv', 'hard.csv']) {
    const out = path.join(dir, name);
    await expect(exportManifest(set(place), { out }, silentContext()), name).rejects.toThrow(/not overwritten/);
    await expect(exportGroups(set(place), { out }, silentContext()), name).rejects.toThrow(/not overwritten/);
    expect(readFileSync(out, 'utf8')).toBe('before');
  }
  await exportManifest(set(place), { out: path.join(dir, 'mine.csv') }, silentContext());
  expect(readFileSync(path.join(dir, 'mine.csv'), 'utf8')).toMatch(/^path,caption/);
  const folder = path.join(dir, 'folder.csv');
  mkdirSync(folder);
  await expect(exportManifest(set(place), { out: folder }, silentContext())).rejects.toThrow(/not a file/);
});

test('an unknown ending lists the known ones', async () => {
  const place = makePlace();
  const failure = exportManifest(set(place), { out: place.out('m.xlsx') }, silentContext());
  await expect(failure).rejects.toThrow(/\.csv, \.tsv, \.jsonl, \.parquet/);
});

test.each(['csv', 'parquet'])('cancelled, an export leaves the file before it and nothing else: %s', async (ending) => {
  const place = makePlace();
  const out = place.out(`m.${ending}`);
  mkdirSync(path.dirname(out));
  writeFileSync(out, 'before');
  const stop = new AbortController();
  stop.abort();
  await expect(exportManifest(set(place), { out }, silentContext(stop.signal))).rejects.toBeInstanceOf(CancelledError);
  expect(readdirSync(path.dirname(out))).toEqual([`m.${ending}`]);
  expect(readFileSync(out, 'utf8')).toBe('before');
});

test('any text survives csv and tsv', async () => {
  const place = makePlace();
  // as csv-parse reads it: a lone carriage return could end a line elsewhere, so it is quoted too
  const text = fc.string({ unit: fc.constantFrom('a', ',', '\t', '"', '\n', '\r', ' ', 'ü', '😀'), maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 20 }), async (rows) => {
      for (const [ending, delimiter] of [
        ['csv', ','],
        ['tsv', '\t'],
      ] as const) {
        await writeTable(
          place.out(`t.${ending}`),
          [
            { name: 'a', type: 'string' },
            { name: 'b', type: 'string' },
          ],
          batches(rows),
        );
        expect(parse(readFileSync(place.out(`t.${ending}`)), { delimiter, record_delimiter: '\n' })).toEqual([
          ['a', 'b'],
          ...rows,
        ]);
      }
    }),
    { numRuns: 40 },
  );
});

test('parquet in several row groups, and without rows', async () => {
  const place = makePlace();
  const columns = [{ name: 'n', type: 'integer' }] as const;
  const rows = Array.from({ length: 120_001 }, (_, i) => [i]);
  await writeTable(place.out('n.parquet'), columns, batches(rows, 7000));
  const file = await asyncBufferFromFile(place.out('n.parquet'));
  const metadata = await parquetMetadataAsync(file);
  expect(metadata.row_groups.length).toBeGreaterThan(1);
  const read = await parquetReadObjects({ file, rowStart: 119_999 });
  expect(read).toEqual([{ n: 119_999 }, { n: 120_000 }]);
  await writeTable(place.out('none.parquet'), columns, batches([]));
  expect(await parquetReadObjects({ file: await asyncBufferFromFile(place.out('none.parquet')) })).toEqual([]);
});

// eslint-disable-next-line @typescript-eslint/require-await -- a stream of what is there already
async function* batches(rows: readonly Row[], size = 100): AsyncGenerator<Row[]> {
  for (let i = 0; i < rows.length; i += size) yield rows.slice(i, i + size);
}
