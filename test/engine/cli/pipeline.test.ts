/** @file Every command in order on generated pictures, with the result fields that scripts read. Run: npm test -- test/engine/cli/pipeline.test.ts */

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { beforeAll, expect, test } from 'vitest';
import { temporaryFolderOfFile } from './temporary.ts';
import { distillery, result, writePictures } from './support.ts';

const dir = temporaryFolderOfFile();
const workspace = path.join(dir, 'workspace');
let table: string;

beforeAll(async () => {
  table = await writePictures(path.join(dir, 'pictures'), 40);
});

test('import reports pairs and what it skipped', async () => {
  expect(await result(workspace, ['import', table, '--dataset', 'shapes'])).toMatchObject({ imported: 40, skipped: 0 });
});

test('distill with the base loss alone needs no teacher', async () => {
  const args = [
    '--dataset',
    'shapes',
    '--student',
    'micro-32',
    '--no-cluster',
    '--no-instance',
    '--batch',
    '20',
    '--max-steps',
    '20',
    '--epochs',
    '50',
  ];
  const trained = await result(workspace, ['distill', ...args]);
  expect(trained).toMatchObject({ steps: 20, losses: { cluster: null, instance: null } });
  const exported = await result(workspace, [
    'export',
    'student',
    '--run',
    String(trained['run']),
    '--out',
    path.join(dir, 'teacher'),
  ]);
  expect(exported['path']).toBe(path.join(dir, 'teacher'));
  expect(existsSync(path.join(dir, 'teacher', 'open_clip_config.json'))).toBe(true);
});

test('embed, balance and cluster keep one of each copy', async () => {
  const embedded = await result(workspace, ['embed', '--dataset', 'shapes', '--teacher', path.join(dir, 'teacher')]);
  expect(embedded).toMatchObject({ images: 40, dim: 64 });
  const balanced = await result(workspace, ['balance', '--dataset', 'shapes', '--beta', '0.001']);
  expect(balanced).toMatchObject({ images: 40, pairs: 5, groups: 5, removed: 5, kept: 35, beta: 0.001 });
  const clustered = await result(workspace, ['cluster', '--dataset', 'shapes', '--clusters', '4', '--seed', '1']);
  expect((clustered['sizes'] as number[]).reduce((sum, size) => sum + size, 0)).toBe(35);
});

test('distill with all losses, evaluate, export', async () => {
  const args = [
    '--dataset',
    'shapes',
    '--student',
    'micro-32-small',
    '--batch',
    '16',
    '--max-steps',
    '6',
    '--negative-rate',
    '0.9',
  ];
  const trained = await result(workspace, ['distill', ...args]);
  const losses = trained['losses'] as Record<string, number>;
  for (const name of ['overall', 'base', 'cluster', 'label', 'divergence', 'instance'])
    expect(losses[name], name).toBeGreaterThan(0);
  expect(losses['overall']).toBeCloseTo(losses['base']! + losses['cluster']! + losses['instance']!, 4);
  const run = String(trained['run']);

  const zeroShot = await result(workspace, ['evaluate', 'zero-shot', '--run', run, '--data', table]);
  expect(zeroShot).toMatchObject({ images: 40, classes: 4 });
  const retrieval = await result(workspace, ['evaluate', 'retrieval', '--run', run, '--dataset', 'shapes']);
  expect(retrieval['recallAt']).toMatchObject({ imageToText: {}, textToImage: {} });

  const groups = path.join(dir, 'groups.csv');
  expect(await result(workspace, ['export', 'groups', '--out', groups])).toMatchObject({ rows: 40 });
  const rows = parseCsv<Record<string, string>>(readFileSync(groups), { columns: true });
  expect(Object.keys(rows[0]!)).toEqual(['sample_id', 'path', 'group_id', 'distance_to_centroid', 'keep']);
  expect(rows.filter(({ keep }) => keep === 'false')).toHaveLength(5);

  const metrics = path.join(dir, 'metrics.csv');
  await result(workspace, ['export', 'metrics', '--run', run, '--out', metrics]);
  const values = parseCsv<{ step: string; name: string; value: string }>(readFileSync(metrics), { columns: true });
  expect(new Set(values.map(({ step }) => step))).toEqual(new Set(['1', '2', '3', '4', '5', '6']));
  const named = values.find(({ step, name }) => step === '6' && name === 'loss/overall');
  expect(Number(named?.value)).toBeCloseTo(losses['overall']!, 6);
});

test('wrong usage ends with 2, failures with 1, and says what to do', async () => {
  const cases: [string[], number, RegExp][] = [
    [['balance', '--dataset', 'shapes', '--beta', 'x'], 2, /Not a number/],
    [['balance', '--dataset', 'nothing', '--beta', '0.1'], 2, /No dataset ..nothing.*shapes/],
    [['balance'], 2, /--dataset/],
    [['frobnicate'], 2, /unknown command/],
    [['distill', '--dataset', 'shapes', '--student', 'ViT-Z'], 2, /ViT-B-32/],
    [['distill', '--dataset', 'shapes', '--student', 'micro-32', '--alpha', '3'], 2, /alpha/],
    [['export', 'metrics', '--run', 'none', '--out', path.join(dir, 'x.csv')], 2, /none/],
    [['evaluate', 'zero-shot', '--data', table], 2, /--run/],
  ];
  for (const [args, code, message] of cases) {
    const finished = await distillery(workspace, args);
    expect(finished.code, `${args.join(' ')}\n${finished.stderr}`).toBe(code);
    expect(finished.stderr).toMatch(message);
    expect(finished.stdout).toBe('');
  }
});

test('a command that reads does not make a workspace by mistake', async () => {
  const nowhere = path.join(dir, 'nowhere');
  const finished = await distillery(nowhere, ['balance', '--dataset', 'shapes', '--beta', '0.1']);
  expect(finished.code).toBe(2);
  expect(existsSync(nowhere)).toBe(false);
});
