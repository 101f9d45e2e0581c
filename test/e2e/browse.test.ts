/** @file npm test -- --e2e browse: all pictures are searched, filtered, looked at, selected and decided on, by keys. */

import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import type { Locator } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { killService, rowsIn, startApplication, violations, type Application } from './application.ts';
import { seedWorkspace } from './seed.ts';

let window: Application;
let dir: string;

beforeAll(async () => {
  dir = path.join(realpathSync(mkdtempSync(path.join(tmpdir(), 'distillery-browse-'))), 'shapes');
  await seedWorkspace(dir);
  const database = new Database(path.join(dir, 'workspace.sqlite'));
  database.exec(`UPDATE samples SET label = CASE WHEN id % 2 THEN 'odd' ELSE 'even' END, bytes = 1000 * id;
    INSERT INTO samples (dataset_id, position, path, caption, status, reason) VALUES (1, 40, 'broken.jpg', '', 'skipped', 'not a picture')`);
  database.close();
  window = await startApplication(dir);
  await window.page.getByRole('list', { name: 'Duplicate groups' }).waitFor();
});
afterAll(async () => {
  await window.close();
  rmSync(path.dirname(dir), { recursive: true, force: true });
});

const grid = (): Locator => window.page.getByRole('listbox', { name: 'Pictures of the dataset' });
const cells = (): Locator => grid().getByRole('option');
const names = (): Promise<string[]> =>
  cells().evaluateAll((all) => all.map((cell) => /number (\d+)/.exec(cell.textContent)?.[1] ?? '?'));
const current = async (): Promise<string | undefined> =>
  /number (\d+)/.exec((await grid().locator('[data-current]').textContent()) ?? '')?.[1];
const selected = (): Promise<number> => grid().getByRole('option', { selected: true }).count();
const press = (key: string): Promise<void> => window.page.keyboard.press(key);
const total = (text: string): Promise<void> =>
  window.page.locator('.browse-total').getByText(text, { exact: true }).waitFor();
const says = (text: string | RegExp): Promise<void> =>
  window.page.getByRole('toolbar', { name: 'Decisions' }).getByText(text).waitFor();
const button = (name: string): Locator => window.page.getByRole('button', { name, exact: true });
const numbers = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, at) => String(from + at));
const inDatabase = <T>(sql: string): T[] => rowsIn(dir, sql);

describe('all pictures of a dataset', () => {
  test('are a key away, with their thumbnails', async () => {
    await press('2');
    await total('40 pictures');
    expect((await names()).slice(0, 5)).toEqual(numbers(0, 5));
    const loaded = (element: HTMLElement | SVGElement): boolean => (element as HTMLImageElement).naturalWidth > 0;
    await expect.poll(() => cells().first().locator('img').evaluate(loaded)).toBe(true);
    await expect.poll(() => cells().nth(1).innerText()).toContain('removed');
  });

  test('are walked through with keys', async () => {
    await grid().focus();
    expect(await current()).toBe('0');
    await press('ArrowRight');
    await press('End');
    await expect.poll(current).toBe('39');
    await press('ArrowLeft');
    await expect.poll(current).toBe('38');
    await press('Home');
    await press('ArrowDown');
    const columns = await window.page.evaluate(() => {
      const all = [...document.querySelectorAll('[data-at]')].map((cell) => cell.getBoundingClientRect().top);
      return all.filter((top) => top === all[0]).length;
    });
    await expect.poll(current).toBe(String(columns));
    await press('PageDown');
    expect(Number(await current())).toBeGreaterThan(columns);
    await press('Home');
  });

  test('show one of them large, with what is known of it', async () => {
    const { page } = window;
    await press('Enter');
    const panel = page.getByRole('complementary', { name: 'The current picture' });
    await panel.getByText('320 × 240 pixels').waitFor();
    await panel.getByText('picture-00.jpg').first().waitFor();
    await press('ArrowRight');
    await panel.getByText('six circles, number 1').waitFor();
    await panel.getByText('removed', { exact: true }).waitFor();
    const frame = panel.locator('.browse-frame');
    await frame.hover();
    await page.mouse.wheel(0, -400);
    await expect.poll(() => frame.getAttribute('data-zoomed')).toBe('true');
    await frame.dblclick();
    await expect.poll(() => frame.getAttribute('data-zoomed')).toBeNull();
    await panel.getByRole('button', { name: /^Group of 7/ }).click();
    await page.getByRole('heading', { name: 'Group of 7' }).waitFor();
    await press('2');
    await grid().focus();
    await press('Escape');
    await panel.waitFor({ state: 'hidden' });
  });

  test('are found by words of their captions, none of which is an operator', async () => {
    const { page } = window;
    await press('/');
    await page.keyboard.type('circles 3');
    await total('11 pictures');
    expect(await names()).toEqual(['3', ...numbers(30, 40)]);
    await page.getByLabel('Words of captions').fill('six OR "circles');
    await page.getByRole('heading', { name: 'No picture passes' }).waitFor();
    await page.getByLabel('Words of captions').fill('"circles" 12');
    await total('1 picture');
    await press('Escape');
    await total('40 pictures');
  });

  test('are filtered and sorted', async () => {
    const { page } = window;
    await page.getByLabel('Kept, removed or undecided').selectOption('Removed');
    await total('10 pictures');
    await button('Filters').click();
    await page.getByLabel('Label', { exact: true }).selectOption('odd (20)');
    await total('6 pictures');
    await page.getByLabel('File size from').fill('4');
    await press('Enter');
    await total('5 pictures');
    expect(await names()).toEqual(['4', '6', '8', '10', '12']);
    await press('Escape');
    await page.getByLabel('Order').selectOption('File size');
    await expect.poll(names).toEqual(['12', '10', '8', '6', '4']);
    await button('Without label: odd').click();
    await total('8 pictures');
    await button('Clear all').click();
    await page.getByLabel('Kept, removed or undecided').selectOption('Kept and removed');
    await page.getByLabel('Status').selectOption('Skipped');
    await total('1 picture');
    await page.getByLabel('Status').selectOption('Imported');
    await page.getByLabel('Order').selectOption('Import order');
    await total('40 pictures');
  });

  test('are selected, removed as one decision, and brought back', async () => {
    const { page } = window;
    await grid().focus();
    await press('End');
    await press('Space');
    await press('ArrowLeft');
    await press('ArrowLeft');
    await press('Shift+ArrowLeft');
    await expect.poll(selected).toBe(3);
    await says('3 pictures selected');
    await press('r');
    await page.getByRole('dialog', { name: 'Who reviews?' }).getByRole('textbox', { name: 'Name' }).waitFor();
    await page.keyboard.type('Ann');
    await press('Enter');
    await says('Removed 3 pictures.');
    expect(inDatabase('SELECT kind, annotator, undone_at FROM decisions')).toEqual([
      { kind: 'remove', annotator: 'Ann', undone_at: null },
    ]);
    expect(inDatabase('SELECT sample_id FROM decision_samples')).toEqual([37, 38, 40].map((id) => ({ sample_id: id })));
    expect(inDatabase('SELECT removed FROM balances')).toEqual([{ removed: 13 }]);
    await grid().focus();
    await press('u');
    await says('Undone: a decision on 3 pictures.');
    expect(inDatabase('SELECT removed FROM balances')).toEqual([{ removed: 10 }]);
  });

  test('have a menu of their own', async () => {
    const { page } = window;
    await cells().nth(5).click({ button: 'right' });
    const menu = page.getByRole('group', { name: 'Picture', exact: true });
    await menu.getByRole('button', { name: 'Keep' }).click();
    await says('Kept 1 picture.');
    await grid().focus();
    await press('u');
    await says('Undone: a decision on 1 picture.');
    await cells().nth(5).click({ button: 'right' });
    await press('Escape');
    await menu.waitFor({ state: 'hidden' });
  });

  test('are all selected across pages, and exported', async () => {
    const { page } = window;
    await grid().focus();
    await press('a');
    await says('40 pictures selected');
    await press('e');
    const dialog = page.getByRole('dialog', { name: 'Export pictures' });
    await dialog.getByText('40 pictures').waitFor();
    expect(await violations(page)).toEqual([]);
    const out = path.join(path.dirname(dir), 'chosen.csv');
    await window.app.evaluate(({ dialog: system }, file) => {
      system.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: file });
    }, out);
    await dialog.getByRole('button', { name: 'Choose…' }).click();
    await dialog.getByText(out).waitFor();
    await dialog.getByRole('button', { name: 'Export', exact: true }).click();
    await expect
      .poll(() => inDatabase<{ state: string }>('SELECT state FROM jobs').map(({ state }) => state))
      .toEqual(['done']);
    await grid().focus();
    await press('Escape');
    await expect.poll(selected).toBe(0);
  });

  test('stay through a dying service, and come in five sizes', async () => {
    const { page } = window;
    await grid().focus();
    const width = (): Promise<number> =>
      cells()
        .first()
        .evaluate((cell) => cell.getBoundingClientRect().width);
    const before = await width();
    await press('+');
    await expect.poll(width).toBeGreaterThan(before);
    await press('-');
    await press('-');
    await expect.poll(width).toBeLessThan(before);
    killService(window);
    await page.getByText('The service is back.').waitFor();
    await total('40 pictures');
    await expect.poll(() => cells().count()).toBeGreaterThan(20);
    await press('+');
  });

  test.each(['Light', 'Dark'])('can be used by everybody in %s', async (theme) => {
    const { page } = window;
    await button(`${theme} theme`).click();
    await page.waitForTimeout(200);
    await grid().focus();
    await press('Enter');
    await page.getByRole('complementary', { name: 'The current picture' }).getByText('sha256').waitFor();
    expect(await violations(page)).toEqual([]);
    await button('Filters').click();
    await page.getByRole('group', { name: 'More filters' }).getByText('Shorter side').waitFor();
    expect(await violations(page)).toEqual([]);
    await press('Escape');
    await grid().focus();
    await press('Escape');
  });
});
