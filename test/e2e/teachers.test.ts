/** @file npm test -- --e2e teachers: a teacher is added by the form, from a hub on this machine, and embeds by its name. */

import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Locator } from 'playwright';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { repo, startHub } from '../engine/teacher/hubServer.ts';
import { startApplication, violations, type Application } from './application.ts';
import { seedWorkspace, writeTinyPipeline } from './seed.ts';

let window: Application;
const root = mkdtempSync(path.join(tmpdir(), 'distillery-teachers-'));

beforeAll(async () => {
  mkdirSync(path.join(root, 'tiny'));
  await writeTinyPipeline(path.join(root, 'tiny'));
  const teacher = path.join(root, 'tiny', 'teacher');
  const files = Object.fromEntries(readdirSync(teacher).map((name) => [name, readFileSync(path.join(teacher, name))]));
  const hub = await startHub(files, {}, afterAll);
  vi.stubEnv('DISTILLERY_CACHE', path.join(root, 'cache'));
  vi.stubEnv('HF_HOME', path.join(root, 'huggingface'));
  vi.stubEnv('HF_ENDPOINT', hub.endpoint);
  await seedWorkspace(path.join(root, 'workspace'));
  window = await startApplication(path.join(root, 'workspace'));
  await window.page.getByRole('navigation').waitFor();
});
afterAll(async () => {
  await window.close();
  rmSync(root, { recursive: true, force: true });
});

const dialog = (name: string): Locator => window.page.getByRole('dialog', { name });

async function openFromMenu(entry: string): Promise<void> {
  await window.page.getByRole('button', { name: 'Start', exact: true }).click();
  await window.page.locator('#start-menu').getByRole('button', { name: entry, exact: true }).click();
}

test('the form says what is wrong, proposes a name and shows the command', async () => {
  await openFromMenu('Add a teacher…');
  const form = dialog('Add a teacher');
  await form.getByRole('button', { name: 'Add', exact: true }).click();
  await form.getByText('Choose a folder or a file, or name a model of the hub.').waitFor();
  await form.getByLabel('Model', { exact: true }).fill('models/x');
  await form.getByText('The whole path of a folder or file, or hf:ORGANISATION/MODEL.').waitFor();
  await form.getByRole('group', { name: 'Models of the hub' }).getByRole('button', { name: 'ViT-L-14' }).click();
  expect(await form.getByLabel('Name', { exact: true }).getAttribute('placeholder')).toBe(
    'CLIP-ViT-L-14-DataComp.XL-s13B-b90K',
  );
  await form.getByLabel('Name', { exact: true }).fill('bundled');
  await form.getByText('This is the teacher that comes with the program.').waitFor();
  await form.getByLabel('Model', { exact: true }).fill(`hf:${repo}`);
  await form.getByLabel('Name', { exact: true }).fill('mine');
  await form.getByText(`teacher add hf:${repo} --name mine`).waitFor();
  expect(await violations(window.page)).toEqual([]);
});

test('it is downloaded by a job, and offered by its name', async () => {
  await dialog('Add a teacher').getByRole('button', { name: 'Add', exact: true }).click();
  await window.page.getByText(`teacher add hf:${repo} --name mine`).first().waitFor();
  const teacher = path.join(root, 'cache', 'teachers', 'mine', 'teacher.json');
  await expect.poll(() => existsSync(teacher)).toBe(true);
  await openFromMenu('Embed…');
  const offered = dialog('Embed').getByRole('group', { name: 'Teachers at hand' }).getByRole('button');
  await expect.poll(() => offered.allTextContents()).toEqual(['bundled', 'mine', 'Add another…']);
  // the set-up was not made for this cache
  expect(await offered.first().isDisabled()).toBe(true);
  await offered.nth(1).click();
  await dialog('Embed').getByText('--teacher mine --precision fp32').waitFor();
  expect(await violations(window.page)).toEqual([]);
  await offered.nth(2).click();
  await dialog('Add a teacher').waitFor();
});
