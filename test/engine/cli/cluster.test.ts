/** @file `distillery cluster` and its exports as processes, killed at random. Run: npm test -- test/engine/cli/cluster.test.ts */

import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { parquetReadObjects, asyncBufferFromFile } from 'hyparquet';
import { expect, test } from 'vitest';
import { randomStream } from '../../../src/main/engine/random.ts';
import { clusteredRows, DATASET, temporaryFolder, workspaceWith } from '../support/vectors.ts';
import { distillery, result } from './support.ts';

const [images, dim] = [1500, 16];

async function newWorkspace(): Promise<string> {
  const workspace = await workspaceWith(clusteredRows(images, dim, 9, 80), dim, { shardRows: 400 });
  workspace.close();
  return workspace.dir;
}

const files = (dir: string, id = 1): Record<string, Buffer> => {
  const folder = path.join(dir, 'clusters', String(id));
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name))]));
};

test.each([
  ['Lloyd', ['--init', 'sample', '--iterations', '9']],
  ['mini-batches of a sample', ['--mini-batch', '64', '--fit-sample', '1000', '--iterations', '6']],
])('killed with -9 at random moments, the same command ends with the same files: %s', async (_, options) => {
  const command = ['cluster', '--dataset', DATASET, '--clusters', '60', '--seed', '2', ...options];
  const undisturbed = await newWorkspace();
  await result(undisturbed, command);

  const dir = await newWorkspace();
  const random = randomStream(17);
  let kills = 0;
  for (let attempt = 0; attempt < 4; attempt++) {
    // soon after one of the first steps that it still has to do
    const [at, delay] = [1 + Math.floor(random() * 3), random() * 12];
    let seen = 0;
    const killed = await distillery(dir, command, (event, child) => {
      if (event['stage'] !== undefined && ++seen === at) setTimeout(() => child.kill('SIGKILL'), delay);
    });
    // it may have been faster than the signal
    if (killed.code === 0) break;
    expect(killed.signal).toBe('SIGKILL');
    kills++;
  }
  expect(kills).toBeGreaterThan(0);
  const done = readdirSync(path.join(dir, 'clusters')).includes('1');
  if (!done) await result(dir, command);
  expect(files(dir)).toEqual(files(undisturbed));
  expect(readdirSync(path.join(dir, 'clusters'))).toEqual(['1']);
});

test('exports have a row for each sample and each cluster, and the result its quality', async () => {
  const dir = await newWorkspace();
  const value = await result(dir, ['cluster', '--dataset', DATASET, '--clusters', 'auto', '--tolerance', '0.001']);
  expect(value).toMatchObject({ images, clusters: 7, fittedOn: images });
  const quality = value['quality'] as { meanSimilarity: number; largest: { cluster: number; size: number }[] };
  const sizes = value['sizes'] as number[];
  const out = (name: string): string => path.join(temporaryFolder(), name);

  const csv = out('clusters.csv');
  expect(await result(dir, ['export', 'clusters', '--out', csv])).toMatchObject({ rows: images });
  const rows = parseCsv<Record<string, string>>(readFileSync(csv), { columns: true });
  expect(Object.keys(rows[0]!)).toEqual(['sample_id', 'path', 'cluster', 'similarity']);
  expect(rows.map((row) => row['sample_id'])).toEqual(Array.from({ length: images }, (_, i) => String(i + 1)));
  expect(rows[41]).toMatchObject({ sample_id: '42', path: '41.jpg' });
  const similarities = rows.map((row) => Number(row['similarity']));
  expect(similarities.reduce((sum, x) => sum + x, 0) / images).toBeCloseTo(quality.meanSimilarity, 9);
  expect(sizes.map((_, c) => rows.filter((row) => row['cluster'] === String(c)).length)).toEqual(sizes);

  const parquet = out('sizes.parquet');
  expect(await result(dir, ['export', 'cluster-sizes', '--out', parquet])).toMatchObject({ rows: 7 });
  const table = (await parquetReadObjects({ file: await asyncBufferFromFile(parquet) })) as Record<string, number>[];
  expect(table.map((row) => row['size'])).toEqual(sizes);
  expect(table.map((row) => row['size_before'])).toEqual(value['sizesBefore']);
  for (const [cluster, row] of table.entries()) {
    const own = similarities.filter((_, at) => rows[at]!['cluster'] === String(cluster));
    expect(row['mean_similarity']).toBeCloseTo(own.reduce((sum, x) => sum + x, 0) / own.length, 9);
  }
});

test('an export before the first clustering says what to do', async () => {
  const { code, stderr } = await distillery(await newWorkspace(), [
    'export',
    'clusters',
    '--out',
    path.join(temporaryFolder(), 'clusters.csv'),
  ]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/has no clusters yet. Run: distillery cluster/);
});
