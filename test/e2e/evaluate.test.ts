/** @file npm test -- --e2e evaluate: from a trained student to its results and exports, by the window alone. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerDialogs, startApplication, violations, type Application } from './application.ts';
import { writeTinyPipeline } from './seed.ts';

const commandLine = path.join(import.meta.dirname, '../../bin/distillery.mjs');
let window: Application;
let workspace: string;
let pictures: string;
let out: string;

/** Runs the command line; its JSON. */
function distillery(...words: string[]): unknown {
  const argv = [commandLine, ...words, '--workspace', workspace, '--json'];
  return JSON.parse(execFileSync(process.execPath, argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
}

beforeAll(async () => {
  window = await startApplication();
  const tiny = path.join(window.root, 'tiny');
  mkdirSync(tiny);
  const config = await writeTinyPipeline(tiny, 4);
  pictures = path.join(tiny, 'pictures');
  // two classes with captions
  for (const [i, name] of readdirSync(pictures).entries()) {
    const label = i % 2 === 0 ? 'even' : 'odd';
    mkdirSync(path.join(pictures, label), { recursive: true });
    renameSync(path.join(pictures, name), path.join(pictures, label, name));
    writeFileSync(path.join(pictures, label, name.replace('.jpg', '.txt')), `circles, ${label}, number ${i}\n`);
  }
  workspace = path.join(window.root, 'results');
  out = path.join(window.root, 'out');
  mkdirSync(out);
  distillery('run', config);
  await answerDialogs(window, workspace);
  await window.page.keyboard.press('Control+o');
  await window.page.getByRole('navigation').waitFor();
  await window.page.keyboard.press('7');
});
afterAll(() => window.close());

const dialog = (name: string): Locator => window.page.getByRole('dialog', { name });
const region = (name: string): Locator => window.page.getByRole('region', { name, exact: true });
const loaded = (element: HTMLElement | SVGElement): boolean => (element as HTMLImageElement).naturalWidth > 0;

/** Answers the next dialog for a new file or folder. */
const answerSave = (file: string): Promise<void> =>
  window.app.evaluate(({ dialog: dialogs }, chosen) => {
    dialogs.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: chosen });
  }, file);

test('an empty view leads to the form; what is missing is said beside the field', async () => {
  const { page } = window;
  await page.getByRole('heading', { name: 'No evaluation yet' }).waitFor();
  await page
    .getByRole('region', { name: 'Results', exact: true })
    .getByRole('button', { name: 'Evaluate…' })
    .last()
    .click();
  const form = dialog('Evaluate');
  await form.getByRole('checkbox').first().uncheck();
  await form.getByRole('button', { name: 'Evaluate', exact: true }).click();
  await form.getByText('Choose at least one model.').waitFor();
  expect(await violations(page)).toEqual([]);
  await form.getByRole('checkbox').first().check();
});

test('teacher and student on files: the numbers of the command line, classes with pictures', async () => {
  const { page } = window;
  const form = dialog('Evaluate');
  await answerDialogs(window, path.join(window.root, 'tiny', 'teacher'));
  await form.getByRole('button', { name: 'Another model…' }).click();
  await form.getByRole('checkbox', { name: 'teacher' }).last().check();
  await form.getByRole('button', { name: 'Files', exact: true }).click();
  await answerDialogs(window, pictures);
  await form.getByRole('button', { name: 'Folder…' }).click();
  await form.getByRole('button', { name: 'Evaluate', exact: true }).click();
  const block = region('Zero-shot on pictures');
  await block.waitFor();
  await expect.poll(() => block.locator('.result-model').count()).toBe(2);

  const exported = path.join(out, 'cli.json');
  distillery('export', 'evaluations', '--out', exported);
  const { evaluations } = JSON.parse(readFileSync(exported, 'utf8')) as {
    evaluations: {
      model: string;
      task: string;
      data: string;
      top1: number;
      top5: number;
      run: string | null;
      seen?: number;
    }[];
  };
  const shown = await block.locator('tbody strong').allInnerTexts();
  const onFiles = evaluations.filter(({ data }) => data === pictures);
  const [teacher, student] = [onFiles.find(({ run }) => run === null)!, onFiles.find(({ run }) => run !== null)!];
  const percent = (share: number): string => (100 * share).toFixed(1);
  expect(shown).toEqual([teacher.top1, student.top1, teacher.top5, student.top5].map(percent));
  expect(student.seen).toBe(24);
  await block.getByText(/^All tested images are in the dataset that trained/).waitFor();

  const pairs = page.getByRole('list', { name: 'Confused pairs' });
  await pairs.getByText('taken for').first().waitFor();
  await expect.poll(() => pairs.locator('img').first().evaluate(loaded)).toBe(true);
  await page.getByRole('button', { name: 'All classes' }).click();
  const cells = await region('Confusion of all classes').locator('td').allInnerTexts();
  expect(cells.map(Number).reduce((sum, count) => sum + count, 0)).toBe(24);
  expect(await violations(page)).toEqual([]);
});

test('retrieval on the dataset: what captions and pictures find', async () => {
  const { page } = window;
  await page
    .getByRole('region', { name: 'Results', exact: true })
    .getByRole('button', { name: 'Evaluate…' })
    .first()
    .click();
  const form = dialog('Evaluate');
  await form.getByLabel('Task').selectOption('retrieval');
  await form.getByRole('button', { name: 'Evaluate', exact: true }).click();
  await region('Retrieval on shapes').waitFor();
  const texts = page.getByRole('list', { name: 'What captions find' });
  await texts
    .getByText(/^rank \d/)
    .first()
    .waitFor();
  await expect.poll(() => texts.locator('img').first().evaluate(loaded)).toBe(true);
  await page.getByRole('button', { name: 'Image to text' }).click();
  await page
    .getByRole('list', { name: 'What pictures find' })
    .getByText(/circles/)
    .first()
    .waitFor();
  expect(await violations(page)).toEqual([]);
});

test('kept data: a preview, the files, and what to type to load them', async () => {
  const { page } = window;
  await page.getByRole('button', { name: 'Export…' }).click();
  const form = dialog('Export');
  const written = form.getByRole('region', { name: 'What will be written' });
  await form.getByLabel('Folder').fill(pictures);
  await form.getByText('lies in the source of the dataset').waitFor();
  expect(await form.getByLabel('Folder').getAttribute('aria-describedby')).toBeTruthy();
  const shards = path.join(out, 'shards');
  await answerSave(shards);
  await form.getByRole('button', { name: 'Choose…' }).click();
  await form.getByLabel('Shards of').fill('10');
  await written.getByText(/^\d+ rows · 2 shards · 4 files/).waitFor();
  const text = await written.locator('p').first().innerText();
  expect(existsSync(shards)).toBe(false);
  expect(await violations(page)).toEqual([]);
  await form.getByRole('button', { name: 'Export', exact: true }).click();
  const exports = page.getByRole('list', { name: 'Exports' });
  await exports.getByText(shards, { exact: true }).waitFor();
  expect(readdirSync(shards).sort()).toEqual(['00000.tar', '00001.tar', 'manifest.json', 'sizes.json']);
  const sizes = JSON.parse(readFileSync(path.join(shards, 'sizes.json'), 'utf8')) as Record<string, number>;
  expect(Number.parseInt(text)).toBe(Object.values(sizes).reduce((sum, count) => sum + count, 0));
  await exports.getByText('import glob, webdataset').waitFor();
});

test('the student, shown in its folder', async () => {
  const { page } = window;
  await page.getByRole('button', { name: 'Export…' }).click();
  const form = dialog('Export');
  await form.getByLabel('What', { exact: true }).selectOption('student');
  const student = path.join(out, 'student');
  await answerSave(student);
  await form.getByRole('button', { name: 'Choose…' }).click();
  await form.getByText('open_clip_model.safetensors').waitFor();
  await form.getByRole('button', { name: 'Export', exact: true }).click();
  const exports = page.getByRole('list', { name: 'Exports' });
  await exports.getByText(student, { exact: true }).waitFor();
  expect(statSync(path.join(student, 'open_clip_model.safetensors')).size).toBeGreaterThan(1000);
  await exports.getByText(`local-dir:${student}`).waitFor();
  await window.app.evaluate(({ shell }) => {
    shell.showItemInFolder = (file) => {
      (globalThis as { shown?: string }).shown = file;
    };
  });
  await exports.getByRole('button', { name: 'Show student in its folder' }).click();
  await expect.poll(() => window.app.evaluate(() => (globalThis as { shown?: string }).shown)).toBe(student);
});
