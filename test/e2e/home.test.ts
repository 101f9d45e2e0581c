/** @file npm test -- --e2e home: from the first start over the look before an import to the next step, and the ways to leave a job. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  answerClosing,
  answerDialogs,
  askedToClose,
  newWorkspace,
  rowsIn,
  startApplication,
  statusOf,
  violations,
  type Application,
} from './application.ts';
import { writeTinyPipeline } from './seed.ts';

let window: Application;
let workspace: string;
let config: string;

beforeAll(async () => {
  window = await startApplication();
  workspace = path.join(window.root, 'first');
  mkdirSync(path.join(window.root, 'tiny'));
  config = await writeTinyPipeline(path.join(window.root, 'tiny'), 1_000_000);
  const pictures = path.join(window.root, 'tiny', 'pictures');
  writeFileSync(path.join(pictures, 'picture-00.txt'), 'six circles on a plane');
  writeFileSync(path.join(pictures, 'broken.jpg'), 'no picture');
  await newWorkspace(window, workspace);
});
afterAll(() => window.close());

/** Rows of jobs, newest first. */
const jobs = (): { state: string; pid: number }[] => rowsIn(workspace, 'SELECT state, pid FROM jobs ORDER BY id DESC');

describe('a first dataset', () => {
  test('is looked at before it is imported: pictures, captions, problems', async () => {
    const { page, root } = window;
    await page.getByRole('button', { name: 'Import data…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Import data' });
    await dialog.getByText('Nothing chosen yet').waitFor();
    await answerDialogs(window, path.join(root, 'tiny', 'pictures'));
    await dialog.getByRole('button', { name: 'Choose folders…' }).click();
    await dialog.getByText('25 pairs').waitFor();
    const pairs = dialog.getByRole('list', { name: 'First pairs' });
    expect(await pairs.getByRole('listitem').count()).toBe(20);
    const first = pairs.getByRole('img', { name: 'six circles on a plane' });
    const width = (element: HTMLElement | SVGElement): number => (element as HTMLImageElement).naturalWidth;
    await expect.poll(() => first.evaluate(width)).toBe(256);
    expect(await first.getAttribute('src')).toMatch(/^image:\/\/preview\/[0-9a-f]{32}\/\d+$/);
    const problems = dialog.getByRole('region', { name: 'Problems of the first 25 pairs' });
    await problems.getByText('not a picture').waitFor();
    await problems.getByText('no caption').waitFor();
    expect(await violations(page)).toEqual([]);
    expect(jobs()).toEqual([]);
  });

  test('its pictures come by a token only', async () => {
    const src = await window.page.getByRole('img', { name: 'six circles on a plane' }).getAttribute('src');
    expect(await statusOf(window, src!)).toBe(200);
    for (const wrong of [
      src!.replace(/\d+$/, '99'),
      `image://preview/${'0'.repeat(32)}/1`,
      `${src!}/../../etc/passwd`,
      `${src!}?file=/etc/passwd`,
    ])
      expect(await statusOf(window, wrong), wrong).toBeGreaterThanOrEqual(400);
  });

  test('of a table whose columns are not known asks for them', async () => {
    const { page, root } = window;
    const dialog = page.getByRole('dialog', { name: 'Import data' });
    const table = path.join(root, 'tiny', 'odd.csv');
    writeFileSync(table, 'photo of it,words\npictures/picture-01.jpg,one\npictures/gone.jpg,two\n');
    await dialog.getByRole('button', { name: 'Leave out pictures' }).click();
    await answerDialogs(window, table);
    await dialog.getByRole('button', { name: 'Choose files…' }).click();
    await dialog.getByRole('alert').getByText('no column that names the pictures').waitFor();
    await dialog.getByLabel('Picture column').selectOption('photo of it');
    await dialog.getByLabel('Caption column').selectOption('words');
    await dialog.getByRole('img', { name: 'one' }).waitFor();
    await dialog
      .getByRole('region', { name: /Problems/ })
      .getByText('file not found')
      .waitFor();
    await dialog
      .getByText('--image-column=photo of it')
      .or(dialog.getByText("'--image-column=photo"))
      .first()
      .waitFor();
    await dialog.getByRole('button', { name: 'Leave out odd.csv' }).click();
    await answerDialogs(window, path.join(root, 'tiny', 'gone'));
    await dialog.getByRole('button', { name: 'Choose folders…' }).click();
    await dialog.getByText('This cannot be imported').waitFor();
    await dialog.getByRole('button', { name: 'Leave out gone' }).click();
  });

  test('is imported, and the next step is to embed it', async () => {
    const { page, root } = window;
    const dialog = page.getByRole('dialog', { name: 'Import data' });
    await answerDialogs(window, path.join(root, 'tiny', 'pictures'));
    await dialog.getByRole('button', { name: 'Choose folders…' }).click();
    await dialog.getByText('25 pairs').waitFor();
    await dialog.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByRole('list', { name: 'Pipeline' }).getByText('24 images').waitFor();
    const next = page.getByRole('region', { name: 'Next step' });
    await next.getByText('24 pairs of pictures need vectors').waitFor();
    await next.getByRole('button', { name: 'Embed…' }).click();
    await page.getByRole('dialog', { name: 'Embed' }).getByRole('button', { name: 'Cancel' }).click();
  });
});

describe('jobs', () => {
  test('a second one waits for the first, and can be taken back', async () => {
    const { page } = window;
    await answerDialogs(window, config);
    const start = async (entry: string): Promise<void> => {
      await page.getByRole('button', { name: 'Start', exact: true }).click();
      await page.getByRole('group', { name: 'Start' }).getByRole('button', { name: entry }).click();
    };
    await start('Pipeline of a configuration…');
    await page.getByRole('img', { name: /Loss curves over/ }).waitFor();
    await start('Pipeline of a configuration…');
    const waiting = page.getByRole('region', { name: 'Waiting jobs' });
    await waiting.getByText('Pipeline pipeline.yaml').waitFor();
    await page.reload();
    await waiting.getByText('Waits').waitFor();
    await waiting.getByRole('button', { name: 'Do not start' }).click();
    await waiting.waitFor({ state: 'detached' });
  });

  test('stops after the current unit, and continues with the same command', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    const entry = page.getByRole('list', { name: 'Jobs' }).getByRole('listitem').first();
    await entry.getByText('Stopped', { exact: true }).waitFor();
    await entry.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('Running', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Stop', exact: true }).waitFor();
  });

  test('what they say can be searched', async () => {
    const { page } = window;
    const output = page.getByRole('list', { name: 'Jobs' }).getByRole('listitem').nth(1);
    await output.getByRole('searchbox').fill('STOPPING');
    await output.getByText('1 of').waitFor();
    expect(await output.locator('mark').first().textContent()).toBe('Stopping');
  });
});

describe('leaving', () => {
  test('asks while a job runs, and stays if told so', async () => {
    const { page, app } = window;
    await expect.poll(() => jobs()[0]?.state).toBe('running');
    await answerClosing(window, 'Do not close');
    await app.evaluate(({ BrowserWindow }) => {
      BrowserWindow.getAllWindows()[0]!.close();
    });
    await expect.poll(() => askedToClose(window)).toBe(1);
    await page.getByRole('button', { name: 'Stop', exact: true }).waitFor();
    expect(jobs()[0]?.state).toBe('running');
  });

  test('settings remember what is to happen, and the doctor checks again', async () => {
    const { page } = window;
    await page.keyboard.press('Control+,');
    await page.getByRole('heading', { name: 'Jobs' }).waitFor();
    await page.getByRole('button', { name: 'Stop it' }).click();
    await page.getByLabel('Memory').fill('0.1');
    await page.getByText('At least 1 GiB').waitFor();
    await page.getByLabel('Memory').fill('2');
    await page.getByRole('button', { name: 'Doctor' }).click();
    await page.getByRole('heading', { name: 'Versions' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Check again' }).click();
    await page.getByRole('button', { name: 'Checking…' }).waitFor();
    await page.getByRole('button', { name: 'Check again' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('list', { name: 'Pipeline' }).waitFor();
  });

  test('by what was remembered nobody is asked: the job stops, the window goes', async () => {
    const before = await askedToClose(window);
    expect(before).toBe(1);
    const closed = window.app.waitForEvent('close');
    await window.app.evaluate(({ BrowserWindow }) => {
      BrowserWindow.getAllWindows()[0]!.close();
    });
    await closed;
    await expect.poll(() => jobs()[0]?.state).toBe('cancelled');
    rmSync(window.root, { recursive: true, force: true });
  });
});
