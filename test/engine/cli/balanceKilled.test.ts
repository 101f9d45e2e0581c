/**
 * @file `distillery balance`, killed at random moments, and over several devices and datasets.
 * Run: npm test -- test/engine/cli/balanceKilled.test.ts
 */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { randomStream } from '../../../src/main/engine/random.ts';
import { addDataset, clusteredRows, DATASET, temporaryFolder, workspaceWith } from '../support/vectors.ts';
import { distillery, result } from './support.ts';

const DIM = 64;
const balance = [
  'balance',
  '--dataset',
  DATASET,
  '--beta',
  '0.9',
  '--top-k',
  '6',
  '--chunks',
  '50',
  '--against',
  'test',
];

/** The same embeddings every time. */
async function newWorkspace(): Promise<string> {
  const rows = clusteredRows(3000, DIM, 12, 150);
  const workspace = await workspaceWith(rows.subarray(0, 2800 * DIM), DIM, { shardRows: 1000 });
  await addDataset(workspace, 'test', rows.subarray(2800 * DIM), DIM);
  return workspace.dir;
}

async function exported(workspace: string): Promise<string[]> {
  const texts = [];
  for (const what of ['groups', 'leaks']) {
    const out = path.join(temporaryFolder(), `${what}.csv`);
    await result(workspace, ['export', what, '--dataset', DATASET, '--out', out]);
    texts.push(readFileSync(out, 'utf8'));
  }
  return texts;
}

test('killed at random moments, the same command ends with the same groups and leaks', async () => {
  const undisturbed = await newWorkspace();
  const expected = await result(undisturbed, balance);
  expect(expected).toMatchObject({ images: 2800, leaks: { count: expect.any(Number) as unknown } });
  expect(expected['groups']).toBeGreaterThan(50);

  const workspace = await newWorkspace();
  const random = randomStream(Date.now());
  let killed = 0;
  for (const devices of ['cpu', 'cpu,cpu', 'cpu', 'cpu,cpu']) {
    const delay = random() * 500;
    let seen = false;
    const { signal } = await distillery(workspace, [...balance, '--device', devices], ({ stage }, child) => {
      if (stage === undefined || seen) return;
      seen = true;
      setTimeout(() => child.kill('SIGKILL'), delay);
    });
    if (signal === 'SIGKILL') killed++;
  }
  expect(killed).toBeGreaterThan(0);
  const { seconds: _, balanceId: __, largest: ___, ...numbers } = await result(workspace, balance);
  expect(expected).toMatchObject({ ...numbers, added: expect.any(Number) as unknown });
  // ids of groups count on from those of a balance that was stored before it was killed
  const withoutIds = (texts: string[]) =>
    texts.map((text) => text.replaceAll(/,\d+,(?=[\d.]+,(true|false))/g, ',group,'));
  expect(withoutIds(await exported(workspace))).toEqual(withoutIds(await exported(undisturbed)));
});

test('commands on one device say so', async () => {
  const { code, stderr } = await distillery(temporaryFolder(), [
    'cluster',
    '--dataset',
    'x',
    '--clusters',
    '2',
    '--device',
    'cpu,cpu',
  ]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/one device/);
  const wrong = await distillery(temporaryFolder(), ['balance', '--dataset', 'x', '--device', 'gpu:1,1']);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toMatch(/gpu:1 is named twice/);
});

test('NaN, zero rows and foreign embeddings are refused with values', async () => {
  for (const [bad, said] of [
    [NaN, /row 2 .*not finite/],
    [0, /row 2 .*zero/],
  ] as const) {
    for (const devices of ['cpu', 'cpu,cpu']) {
      const { dir } = await workspaceWith(clusteredRows(6, 3, 1).fill(bad, 6, 9), 3);
      const { code, events } = await distillery(dir, [...balance.slice(0, 3), '--chunks', '3', '--device', devices]);
      expect(code).toBe(1);
      expect(String(events.at(-1)?.['error'])).toMatch(said);
    }
  }
  const workspace = await workspaceWith(clusteredRows(6, 3, 1), 3);
  await addDataset(workspace, 'test', clusteredRows(6, 4, 1), 4);
  const { code, events } = await distillery(workspace.dir, [...balance.slice(0, 3), '--against', 'test']);
  expect(code).toBe(2);
  expect(String(events.at(-1)?.['error'])).toMatch(/3 dimensions.*there: teacher, 4 dimensions/);
});
