/** @file `distillery run CONFIG.yaml`: a section a stage, unchanged stages skipped. Run: npm test -- test/engine/cli/runConfig.test.ts */

import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { temporaryFolderOfFile } from './temporary.ts';
import { distillery, result, writePictures } from './support.ts';

const dir = temporaryFolderOfFile();
const workspace = path.join(dir, 'workspace');
const config = path.join(dir, 'pipeline.yaml');

function writeConfig(beta: number): void {
  writeFileSync(
    config,
    `dataset: shapes
import: { source: pictures/pairs.csv }
embed: { teacher: teacher }
balance: { beta: ${beta}, top-k: all }
cluster: { clusters: 3 }
distill: { student: micro-32-small, batch: 8, max-steps: 3, no-instance: true }
evaluate:
  - { task: retrieval, dataset: shapes }
export:
  - { what: manifest, out: out/manifest.csv }
  - { what: student, out: out/student }
`,
  );
}

beforeAll(async () => {
  const table = await writePictures(path.join(dir, 'pictures'), 16);
  const first = path.join(dir, 'first');
  await result(first, ['import', table, '--dataset', 'shapes']);
  await result(first, [
    'distill',
    '--dataset',
    'shapes',
    '--student',
    'micro-32',
    '--no-cluster',
    '--no-instance',
    '--batch',
    '8',
    '--max-steps',
    '2',
  ]);
  await result(first, ['export', 'student', '--out', path.join(dir, 'teacher')]);
});

type Sections = Record<string, { unchanged: boolean } & Record<string, unknown>>;
const unchanged = (sections: Sections): string[] =>
  ['import', 'embed', 'balance', 'cluster', 'distill'].filter((stage) => sections[stage]!.unchanged);

test('runs all stages, then none, then those behind a change', async () => {
  writeConfig(0.001);
  const first = (await result(workspace, ['run', config])) as Sections;
  expect(unchanged(first)).toEqual([]);
  expect(first['balance']).toMatchObject({ kept: 14 });
  expect(first['distill']).toMatchObject({ steps: 3, losses: { instance: null } });
  expect(existsSync(path.join(dir, 'out/student/open_clip_model.safetensors'))).toBe(true);

  const second = (await result(workspace, ['run', config])) as Sections;
  expect(unchanged(second)).toEqual(['import', 'embed', 'balance', 'cluster', 'distill']);
  expect(second['distill']!['run']).toBe(first['distill']!['run']);

  writeConfig(0.002);
  const third = (await result(workspace, ['run', config])) as Sections;
  expect(unchanged(third)).toEqual(['import', 'embed']);
});

test('a wrong option is named before anything runs', async () => {
  writeFileSync(config, 'dataset: shapes\nbalance: { betta: 1 }\n');
  const finished = await distillery(path.join(dir, 'untouched'), ['run', config]);
  expect(finished.code).toBe(2);
  expect(finished.stderr).toMatch(/betta/);
  expect(existsSync(path.join(dir, 'untouched'))).toBe(false);
});
