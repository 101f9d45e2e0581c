/** @file The bundled teacher by the command line and in CONFIG.yaml, down to a student. Run: vitest run test/engine/cli/bundled.test.ts */

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { demoConfig } from '../../../src/main/engine/demo.ts';
import { result, writePictures } from './support.ts';
import { temporaryFolderOfFile } from './temporary.ts';

const dir = temporaryFolderOfFile();
const workspace = path.join(dir, 'workspace');
const width = 640;

test('a configuration that names it, down to a student', async () => {
  const source = await writePictures(path.join(dir, 'pictures'), 16);
  const config = path.join(dir, 'pipeline.yaml');
  writeFileSync(
    config,
    `dataset: shapes
import: { source: ${source} }
embed: { teacher: bundled }
balance: { beta: 0.001, top-k: all }
cluster: { clusters: 3 }
distill: { student: micro-32-small, batch: 8, max-steps: 2 }
evaluate:
  - { task: retrieval, dataset: shapes, model: bundled, label: teacher }
`,
  );
  const sections = await result(workspace, ['run', config]);
  expect(sections['embed']).toMatchObject({ teacher: 'bundled', images: 16, dim: width });
  // the 2 copies
  expect(sections['balance']).toMatchObject({ teacher: 'bundled', removed: 2 });
  // a student of another width takes all three losses from it
  const positive = expect.closeTo(5, -1) as number;
  expect(sections['distill']).toMatchObject({ steps: 2, losses: { cluster: positive, instance: positive } });
  expect(sections['evaluate']).toMatchObject([{ model: 'teacher', data: 'shapes' }]);

  const again = await result(workspace, ['run', config]);
  for (const stage of ['embed', 'balance', 'distill']) expect(again[stage]).toMatchObject({ unchanged: true });
});

test('the demo takes it, and trains nothing but the student', () => {
  const config = demoConfig({ source: '/foods.jsonl', out: '/out', quick: false });
  expect(config.embed?.teacher).toBe('bundled');
  expect(config.balance).toEqual({ beta: 0.55 });
  expect(config.evaluate.map(({ task, model, label }) => [task, model, label])).toEqual([
    ['zero-shot', 'bundled', 'teacher'],
    ['zero-shot', undefined, 'student'],
    ['retrieval', 'bundled', 'teacher'],
    ['retrieval', undefined, 'student'],
  ]);
  expect(config.export.map(({ out }) => path.dirname(out))).toEqual(['/out', '/out', '/out', '/out']);
  const quick = demoConfig({ source: '/foods.jsonl', out: '/out', quick: true });
  expect(quick).toEqual({
    ...config,
    distill: { ...config.distill, options: { ...config.distill?.options, maxSteps: 80 } },
  });
});
