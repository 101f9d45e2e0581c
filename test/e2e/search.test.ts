/** @file npm test -- --e2e search: a search by meaning says that it goes on, is stopped, and the next one is answered. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Locator } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApplication, violations, type Application } from './application.ts';
import { writeTinyPipeline } from './seed.ts';

let window: Application;
let searcher = 0;

beforeAll(async () => {
  const root = mkdtempSync(path.join(tmpdir(), 'distillery-window-'));
  const workspace = path.join(root, 'workspace');
  const tiny = path.join(root, 'tiny');
  mkdirSync(tiny);
  const command = ['bin/distillery.mjs', 'run', await writeTinyPipeline(tiny, 1), '--workspace', workspace];
  expect(spawnSync(process.execPath, command).status).toBe(0);
  window = await startApplication(workspace, root);
  await window.page.getByRole('navigation').waitFor();
  await window.page.keyboard.press('2');
  await window.page.getByRole('button', { name: 'Meaning', exact: true }).click();
});
afterAll(async () => {
  if (searcher > 0) process.kill(searcher, 'SIGCONT');
  await window.close();
});

const box = (): Locator => window.page.getByRole('textbox', { name: 'Search by meaning' });
const underWay = (): Locator => window.page.getByRole('group', { name: 'Search by meaning' });
const found = (text: string): Locator => window.page.getByRole('button', { name: `Without most similar to: ${text}` });

/** The process that computes searches: a child of the service, which is one of main. */
function searchProcess(pid = window.app.process().pid!): number | undefined {
  if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('searchWorker.ts')) return pid;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return children.map((child) => searchProcess(Number(child))).find((one) => one !== undefined);
}

async function search(text: string): Promise<void> {
  await box().fill(text);
  await box().press('Enter');
}

test('finds the most similar pictures', async () => {
  await search('circles');
  await found('circles').waitFor();
  await window.page.locator('.browse-total').getByText('24 pictures').waitFor();
});

test('is stopped by its button and by Esc; what was found stays', async () => {
  searcher = searchProcess()!;
  process.kill(searcher, 'SIGSTOP');
  await search('squares');
  await underWay().getByText('searching for squares').waitFor();
  await underWay().getByRole('progressbar', { name: 'Pictures compared' }).waitFor();
  expect(await violations(window.page)).toEqual([]);
  await underWay().getByRole('button', { name: 'Stop' }).click();
  await underWay().waitFor({ state: 'detached' });
  await search('triangles');
  await underWay().waitFor();
  await box().press('Escape');
  await underWay().waitFor({ state: 'detached' });
  expect(await box().inputValue()).toBe('triangles');
  expect(await found('circles').count()).toBe(1);
});

test('the next one is answered, and only that', async () => {
  process.kill(searcher, 'SIGCONT');
  await search('lines');
  await found('lines').waitFor();
  expect(await window.page.getByRole('button', { name: /^Without most similar to/ }).count()).toBe(1);
});
