/** @file npm test -- --e2e data: from a folder of pictures to clusters by the forms of the window alone. */

import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator } from 'playwright';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerDialogs, newWorkspace, startApplication, violations, type Application } from './application.ts';
import { writeTinyPipeline } from './seed.ts';

let window: Application;
let pictures: string;
let teacher: string;
let workspace: string;

beforeAll(async () => {
  window = await startApplication();
  const tiny = path.join(window.root, 'tiny');
  mkdirSync(tiny);
  await writeTinyPipeline(tiny);
  pictures = path.join(tiny, 'pictures');
  teacher = path.join(tiny, 'teacher');
  workspace = path.join(window.root, 'by forms');
  // what looks wrong, and what cannot be read
  copyFileSync(path.join(pictures, 'picture-00.jpg'), path.join(pictures, 'picture-00-again.jpg'));
  await sharp({ create: { width: 20, height: 20, channels: 3, background: '#333' } })
    .png()
    .toFile(path.join(pictures, 'tiny.png'));
  for (let i = 0; i < 7; i++) writeFileSync(path.join(pictures, `broken-${i}.jpg`), 'no picture');
  await newWorkspace(window, workspace);
});
afterAll(() => window.close());

const button = (name: string): Locator => window.page.getByRole('button', { name, exact: true });
const dialog = (name: string): Locator => window.page.getByRole('dialog', { name });
const press = (key: string): Promise<void> => window.page.keyboard.press(key);
const focused = (): Promise<string> =>
  window.page.evaluate(() => document.activeElement?.textContent || (document.activeElement?.id ?? ''));
const loaded = (element: HTMLElement | SVGElement): boolean => (element as HTMLImageElement).naturalWidth > 0;

describe('the import form', () => {
  test('is where an empty view leads', async () => {
    await press('4');
    await window.page.getByRole('heading', { name: 'No data yet' }).waitFor();
    await press('5');
    await button('Import data…').click();
    await dialog('Import data').waitFor();
    expect(await focused()).toBe('Choose folders…');
  });

  test('says what is wrong beside each field, and leads there', async () => {
    const form = dialog('Import data');
    expect(await form.getByText('Choose a folder or files').count()).toBe(0);
    await form.getByRole('button', { name: 'Import', exact: true }).click();
    await form.getByText('Choose a folder or files, or drop them here.').waitFor();
    await form.getByText('A name is needed.').waitFor();
    expect(await focused()).toBe('Choose folders…');
    await form.getByText('The command appears here').waitFor();
    expect(await violations(window.page)).toEqual([]);
  });

  test('proposes a name, checks it while it is typed, and shows the command', async () => {
    const form = dialog('Import data');
    await answerDialogs(window, pictures);
    await form.getByRole('button', { name: 'Choose folders…' }).click();
    await form.getByRole('list', { name: 'Sources' }).getByText(pictures).waitFor();
    const name = form.getByLabel('Dataset');
    expect(await name.inputValue()).toBe('pictures');
    await name.fill('my shapes');
    await form.getByText('Letters, digits, dots').waitFor();
    expect(await name.getAttribute('aria-invalid')).toBe('true');
    await name.fill('shapes');
    const command = `npx distillery import ${pictures} --dataset shapes --format auto --workspace '${workspace}'`;
    await form.getByText(command).waitFor();
    await form.getByRole('button', { name: 'Copy the command' }).click();
    await form.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await window.app.evaluate(({ clipboard }) => clipboard.readText())).toBe(command);
  });

  test('takes what is dropped on it', async () => {
    const form = dialog('Import data');
    const place = await form.getByText('or drop them here').boundingBox();
    await drop(teacher, place!.x + 5, place!.y + 5);
    await form.getByRole('list', { name: 'Sources' }).getByText(teacher).waitFor();
    expect(await form.getByLabel('Dataset').inputValue()).toBe('shapes');
    await form.getByRole('button', { name: 'Leave out teacher' }).click();
    expect(await form.getByRole('list', { name: 'Sources' }).getByRole('listitem').count()).toBe(1);
  });

  test('imports: pairs, flags, and what was skipped with its reason', async () => {
    const { page } = window;
    await press('Enter');
    await dialog('Import data').getByRole('button', { name: 'Import', exact: true }).click();
    await dialog('Import data').waitFor({ state: 'hidden' });
    await page.getByText('Import of shapes: done.').waitFor();
    const pairs = page.getByRole('list', { name: 'First pairs' }).getByRole('listitem');
    await expect.poll(() => pairs.count()).toBe(24);
    await expect.poll(() => pairs.first().locator('img').evaluate(loaded)).toBe(true);
    const numbers = page.getByRole('region', { name: 'Dataset' });
    await numbers.getByText('26', { exact: true }).waitFor();
    await numbers.getByText(pictures).waitFor();

    const flags = page.getByRole('list', { name: 'Quality flags' });
    await flags.getByText('Exact copy').waitFor();
    await flags.getByText('a side under 64 pixels').waitFor();

    const skipped = page.getByRole('list', { name: 'Skipped, by reason' });
    await skipped.locator('summary').first().click();
    await skipped.getByText('broken-0.jpg').waitFor();
    await skipped.getByText('and 2 more').waitFor();
  });

  test('goes on with what it imported, and refuses its name to something else', async () => {
    const { page } = window;
    await drop(pictures, 700, 500);
    const form = dialog('Import data');
    await form.getByText('Goes on with shapes').waitFor();
    await answerDialogs(window, teacher);
    await form.getByRole('button', { name: 'Choose folders…' }).click();
    await form.getByText(`There is a dataset shapes from ${pictures}.`).waitFor({ state: 'hidden' });
    await form.getByLabel('Dataset').fill('shapes');
    await form.getByText(`There is a dataset shapes from ${pictures}.`).waitFor();
    await press('Escape');
    await form.waitFor({ state: 'hidden' });
    await page.getByRole('list', { name: 'First pairs' }).waitFor();
  });
});

describe('the forms of the stages after it', () => {
  test('embed, by a teacher that is chosen', async () => {
    const { page } = window;
    await button('Embed…').first().click();
    const form = dialog('Embed');
    await expect.poll(() => form.getByLabel('Teacher', { exact: true }).inputValue()).toBe('bundled');
    await form.getByLabel('Teacher', { exact: true }).fill('');
    await form.getByRole('button', { name: 'Embed', exact: true }).click();
    await form.getByText('Choose the folder of a teacher.').waitFor();
    await answerDialogs(window, teacher);
    await form.getByRole('button', { name: 'Choose…' }).click();
    await expect.poll(() => form.getByLabel('Teacher', { exact: true }).inputValue()).toBe(teacher);
    expect(await violations(page)).toEqual([]);
    await form.getByRole('button', { name: 'Embed', exact: true }).click();
    await page.getByRole('region', { name: 'Running job' }).getByText('Embedding of shapes').waitFor();
    await page.getByText('Embedding of shapes: done.').waitFor();
    await page.getByRole('region', { name: 'Dataset' }).getByText('by teacher').waitFor();
  });

  test('embed, with a teacher that was used before; one job at a time', async () => {
    await openFromMenu('Embed…');
    const form = dialog('Embed');
    await form.getByRole('group', { name: 'Teachers at hand' }).getByRole('button', { name: 'teacher' }).click();
    await form.getByText(`--teacher ${teacher} --precision fp32`).waitFor();
    await press('Escape');
  });

  test('balance, by keys alone', async () => {
    const { page } = window;
    await press('3');
    await button('Balance…').last().focus();
    await press('Enter');
    const form = dialog('Balance');
    await form.waitFor();
    expect(await focused()).toBe('Beta');
    await press('Tab');
    await press('Enter');
    await press('Tab');
    await page.keyboard.type('x');
    await press('Enter');
    await form.getByText('A number.').waitFor();
    await press('Control+a');
    await page.keyboard.type('20');
    await form.getByText('--remove-fraction 0.2 --keep centroid').waitFor();
    await form.getByText('Chains of pictures').click();
    await form.getByLabel('Max group size').fill('1');
    await form.getByText('At least 2.').waitFor();
    expect(await violations(page)).toEqual([]);
    await form.getByLabel('Max group size').fill('');
    await press('Enter');
    await page.getByRole('listbox', { name: 'Groups' }).waitFor();
  });

  test('cluster: sizes before and after balance, the largest with pictures', async () => {
    const { page } = window;
    await press('4');
    await page.getByRole('heading', { name: 'No clusters yet' }).waitFor();
    await button('Cluster…').last().click();
    const form = dialog('Cluster');
    await form.getByText('1 for this dataset').waitFor();
    await form.getByRole('button', { name: 'A number' }).click();
    await form.getByLabel('Number').fill('4');
    await form.getByRole('button', { name: 'Cluster', exact: true }).click();
    await page.getByRole('img', { name: /^4 clusters by size: the largest holds \d+ images before/ }).waitFor();
    const rows = page.getByRole('region', { name: 'Clusters by size' }).getByRole('row');
    expect(await rows.count()).toBe(5);
    await expect.poll(() => rows.nth(1).locator('img').first().evaluate(loaded)).toBe(true);
    const numbers = page.getByRole('region', { name: 'Clustering' });
    await numbers.getByText('Gini of the sizes').waitFor();
    await page
      .getByRole('list')
      .getByText(/Clusters of .* before/)
      .first()
      .waitFor({ state: 'attached' });
  });

  test('a job that fails says so where one is', async () => {
    const { page } = window;
    await openFromMenu('Cluster…');
    const form = dialog('Cluster');
    await form.getByRole('button', { name: 'A number' }).click();
    await form.getByLabel('Number').fill('1000');
    await form.getByRole('button', { name: 'Cluster', exact: true }).click();
    await page.getByText('Clustering of shapes failed.').waitFor();
    await button('Dismiss').click();
    await press('1');
    await page.getByRole('list', { name: 'Jobs' }).getByText('Failed').waitFor();
  });
});

describe('everybody', () => {
  test.each(['light', 'dark'] as const)('can use the views of data and clusters in %s', async (theme) => {
    const { page } = window;
    await button(theme === 'light' ? 'Light theme' : 'Dark theme').click();
    for (const [key, name] of [
      ['5', 'First pairs'],
      ['4', 'Clusters by size'],
    ] as const) {
      await press(key);
      await page.getByLabel(name).first().waitFor();
      expect(await violations(page)).toEqual([]);
    }
  });
});

async function openFromMenu(name: string): Promise<void> {
  await button('Start').click();
  await window.page.locator('#start-menu').getByRole('button', { name }).click();
}

/** Drops a file or folder on the page as a file manager would. */
async function drop(file: string, x: number, y: number): Promise<void> {
  const session = await window.page.context().newCDPSession(window.page);
  const data = { items: [], files: [file], dragOperationsMask: 7 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x, y, data });
  }
  await session.detach();
}
