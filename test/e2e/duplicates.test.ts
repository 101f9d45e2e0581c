/** @file npm test -- --e2e duplicates: an annotator reviews groups with the keyboard, and finds the work again. */

import { spawnSync } from 'node:child_process';
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
  dir = path.join(realpathSync(mkdtempSync(path.join(tmpdir(), 'distillery-review-'))), 'shapes');
  await seedWorkspace(dir);
  window = await startApplication(dir);
  await window.page.getByRole('list', { name: 'Duplicate groups' }).waitFor();
});
afterAll(async () => {
  await window.close();
  rmSync(path.dirname(dir), { recursive: true, force: true });
});

const groups = (): Locator => window.page.getByRole('listbox', { name: 'Groups' }).getByRole('option');
const chosen = (): Locator =>
  window.page.getByRole('listbox', { name: 'Groups' }).getByRole('option', { selected: true });
const members = (): Locator => window.page.getByRole('listbox', { name: 'Pictures of the group' }).getByRole('option');
const kept = (): Promise<string[]> =>
  members().evaluateAll((cards) =>
    cards.filter((card) => 'keep' in (card as HTMLElement).dataset).map((card) => card.id),
  );
const press = (key: string): Promise<void> => window.page.keyboard.press(key);
const says = (text: string | RegExp): Promise<void> =>
  window.page.getByRole('toolbar', { name: 'Decisions' }).getByText(text).waitFor();
const inDatabase = <T>(sql: string): T[] => rowsIn(dir, sql);

describe('the review of duplicates', () => {
  test('is a key away, and shows groups, charts and the pictures of the first group', async () => {
    const { page } = window;
    await press('3');
    await groups().first().waitFor();
    expect(await groups().count()).toBe(3);
    expect(await groups().first().innerText()).toContain('7 images, 1 kept');
    await expect.poll(() => members().count()).toBe(7);
    await expect.poll(kept).toEqual(['member-1']);
    const loaded = (element: HTMLElement | SVGElement): boolean => (element as HTMLImageElement).naturalWidth > 0;
    await expect.poll(() => members().first().locator('img').evaluate(loaded)).toBe(true);
    await page
      .getByRole('img', { name: /Removed images rise to 50% at beta 0.894; at the chosen 0.447 10 go/ })
      .waitFor();
    await page.getByRole('button', { name: /^1 groups of 2 images/ }).waitFor();
  });

  test('sorts and filters', async () => {
    const { page } = window;
    const sizes = (): Promise<string[]> => groups().locator('strong').allInnerTexts();
    await page.getByLabel('Order').selectOption('weakest');
    await expect.poll(sizes).toEqual(['2', '4', '7']);
    await page.getByRole('button', { name: 'Largest first' }).click();
    await expect.poll(sizes).toEqual(['7', '4', '2']);
    await page.getByRole('button', { name: /groups of 4 images/ }).click();
    await expect.poll(sizes).toEqual(['7', '4']);
    await page.getByRole('heading', { name: '2 groups' }).waitFor();
    await page.getByLabel('Smallest size').selectOption('All sizes');
    await page.getByLabel('Order').selectOption('size');
    await page.getByRole('button', { name: 'Smallest first' }).click();
    await expect.poll(sizes).toEqual(['7', '4', '2']);
  });

  test('asks once who decides, and keeps another picture by keys alone', async () => {
    const { page } = window;
    await members().first().waitFor();
    await page.getByRole('listbox', { name: 'Pictures of the group' }).focus();
    await press('ArrowRight');
    await press('k');
    await page.getByRole('dialog', { name: 'Who reviews?' }).getByRole('textbox', { name: 'Name' }).waitFor();
    await page.keyboard.type('Ann Otator');
    await press('Enter');
    await says('Kept 1 picture.');
    await expect.poll(kept).toEqual(['member-2']);
    expect(await chosen().innerText()).toContain('decided');
    expect(inDatabase('SELECT kind, annotator, undone_at FROM decisions')).toEqual([
      { kind: 'keep-only', annotator: 'Ann Otator', undone_at: null },
    ]);
    expect(inDatabase('SELECT sample_id FROM members WHERE group_id = 1 AND keep = 1')).toEqual([{ sample_id: 2 }]);
  });

  test('keeps several, marks what is no duplicate, and removes a whole group', async () => {
    await press('n');
    await expect.poll(() => members().count()).toBe(4);
    await press('Space');
    await press('ArrowRight');
    await press('ArrowRight');
    await press('Space');
    await says('2 selected');
    await press('k');
    await says('Kept 2 pictures.');
    await expect.poll(kept).toEqual(['member-8', 'member-10']);

    await press('n');
    await expect.poll(() => members().count()).toBe(2);
    await press('d');
    await says(/no duplicates of each other. It counts when balance runs again/);
    await window.page.getByText('They part when balance runs again.').waitFor();
    await press('a');
    await press('r');
    await says('Removed 2 pictures. No picture of this group stays.');
    expect(inDatabase('SELECT kept, removed FROM balances')).toEqual([{ kept: 30, removed: 10 }]);
  });

  test('undoes, and turns to what was undone', async () => {
    await press('p');
    await expect.poll(() => members().count()).toBe(4);
    await press('u');
    await says('Undone: remove 2 pictures.');
    await expect.poll(() => members().count()).toBe(2);
    await expect.poll(kept).toEqual(['member-12']);
    await press('Control+z');
    await says(/Undone: no duplicates among/);
    expect(await window.page.getByText('They part when balance runs again.').count()).toBe(0);
  });

  test('goes on after a restart, with the name and all decisions', async () => {
    await window.app.close();
    window = await startApplication(dir, window.root);
    const { page } = window;
    await page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name: 'Duplicates' }).click();
    await expect.poll(() => members().count()).toBe(7);
    await expect.poll(kept).toEqual(['member-2']);
    await press('n');
    await expect.poll(kept).toEqual(['member-8', 'member-10']);
    const numbers = page.getByRole('region', { name: 'Balance' });
    expect(await numbers.innerText()).toMatch(/decisions\s*2/);
    await numbers.getByRole('button', { name: 'Ann Otator' }).waitFor();
    await press('u');
    await says('Undone: keep 2 pictures.');
    await expect.poll(kept).toEqual(['member-8']);
  });

  test('follows a decision of a terminal, and survives a dying service', async () => {
    const decide = ['decide', 'remove', '--dataset', 'shapes', '--samples', '8', '--workspace', dir];
    expect(spawnSync(process.execPath, ['bin/distillery.mjs', ...decide]).status).toBe(0);
    await expect.poll(kept).toEqual(['member-9']);
    killService(window);
    await window.page.getByText('The service is back.').waitFor();
    await press('u');
    await says('Undone: remove 1 picture.');
    await expect.poll(kept).toEqual(['member-8']);
  });

  test('compares with another dataset', async () => {
    const { page } = window;
    const database = new Database(path.join(dir, 'workspace.sqlite'));
    database.exec(`UPDATE balances SET options = '{"keep":"centroid","against":"held out"}';
      INSERT INTO listed_leaks VALUES (1, 30, 31, 0.125); UPDATE balances SET kept = kept`);
    database.close();
    await press('u');
    await page.getByRole('button', { name: 'Leaks 1' }).click();
    const leak = page.getByRole('list', { name: 'Leaks' }).getByRole('listitem');
    await leak.getByText('only listed').waitFor();
    expect(await leak.innerText()).toContain('0.125');
    await page.getByRole('button', { name: 'Groups 3' }).click();
    await groups().first().waitFor();
  });

  test.each(['Light', 'Dark'])('can be used by everybody in %s', async (theme) => {
    const { page } = window;
    await page.getByRole('button', { name: `${theme} theme` }).click();
    await page.waitForTimeout(200);
    await page.getByRole('listbox', { name: 'Pictures of the group' }).focus();
    await press('a');
    expect(await violations(page)).toEqual([]);
    await press('v');
    const closer = page.getByRole('dialog', { name: 'Side by side' });
    expect(await closer.getByRole('figure').count()).toBe(4);
    expect(await violations(page)).toEqual([]);
    await press('Escape');
    await closer.waitFor({ state: 'hidden' });
    await press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).getByText('Not duplicates').waitFor();
    expect(await violations(page)).toEqual([]);
    await press('Escape');
  });
});
