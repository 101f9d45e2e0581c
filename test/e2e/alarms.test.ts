/** @file npm test -- --e2e alarms: what went wrong in a recorded run is told in the view of runs, with what to do about it. */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { alarmMetric, type AlarmKind } from '../../src/main/engine/distill/alarms.ts';
import { openWorkspace } from '../../src/main/engine/store/workspace.ts';
import { startApplication, violations, type Application } from './application.ts';
import { seedWorkspace } from './seed.ts';

let window: Application;

/** Kind, step, and what was measured, as a run records it. */
const recorded: [AlarmKind, number, number][] = [
  ['starved', 20, 0.63],
  ['chance', 200, 0.991],
  ['collapse', 300, 3.2e-5],
  ['not-finite', 321, 0],
];

beforeAll(async () => {
  const root = mkdtempSync(path.join(tmpdir(), 'distillery-window-'));
  const dir = path.join(root, 'workspace');
  await seedWorkspace(dir);
  const workspace = openWorkspace(dir);
  workspace.sqlite
    .exec(`INSERT INTO runs (id, dataset_id, student, config, seed, versions, device, state, step, total_steps, started_at, finished_at, error)
    SELECT 'troubled', dataset_id, 'troubled-student', config, seed, versions, device, 'failed', 321, 400, '2100-01-01T00:00:00.000Z', finished_at,
      'The loss is not finite at step 321. The last good checkpoint is of step 300.' FROM runs WHERE id = 'seeded';
    INSERT INTO metrics (run_id, name, step, value) SELECT 'troubled', name, step, value FROM metrics WHERE run_id = 'seeded' AND step <= 320;`);
  const insert = workspace.sqlite.prepare('INSERT INTO metrics (run_id, name, step, value) VALUES (?, ?, ?, ?)');
  for (const [kind, step, value] of recorded) insert.run('troubled', alarmMetric(kind), step, value);
  workspace.close();
  window = await startApplication(dir, root);
  await window.page.getByRole('navigation').waitFor();
  await window.page.keyboard.press('6');
});
afterAll(() => window.close());

test('a run in trouble says what was seen, when, and what to do', async () => {
  const { page } = window;
  const head = page.getByRole('region', { name: 'Run', exact: true });
  await head.getByRole('heading', { name: 'troubled-student' }).waitFor();
  const told = await head.getByRole('status').allInnerTexts();
  expect(told.map((text) => text.trim())).toEqual([
    expect.stringMatching(/^The loss is not finite at step 321/),
    expect.stringMatching(/waited for pictures 63% of the time around step 20\. .*faster disk/),
    expect.stringMatching(/at step 200 is 99% of ln\(batch\): no better than guessing\. Look at the captions/),
    expect.stringMatching(/nearly one point at step 300 \(variance 3\.2e-5\)\. Try a lower --lr/),
    expect.stringMatching(/not a finite number at step 321\. Try a lower --lr/),
  ]);
  expect(await violations(page)).toEqual([]);
});

test('a run without trouble says nothing', async () => {
  const { page } = window;
  await page
    .getByRole('list', { name: 'Runs' })
    .getByRole('button', { name: /tiny-student/ })
    .click();
  const head = page.getByRole('region', { name: 'Run', exact: true });
  await head.getByRole('heading', { name: 'tiny-student' }).waitFor();
  expect(await head.getByRole('status').count()).toBe(0);
});
