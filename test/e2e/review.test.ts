/** @file The annotator's workplace in the real window, by keys. Run: npm test -- --e2e test/e2e/review.test.ts */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorkspace } from '../../src/main/engine/store/workspace.ts';
import { rowsIn, startApplication, violations, type Application } from './application.ts';
import { seedWorkspace } from './seed.ts';

const root = mkdtempSync(path.join(tmpdir(), 'distillery-review-'));

let window: Application;
/** The machine may be busy. */
const soon = <T>(read: () => T) => expect.poll(read, { interval: 20 });
const press = (key: string): Promise<void> => window.page.keyboard.press(key);
const says = (text: string | RegExp): Promise<void> =>
  window.page.getByRole('status').filter({ hasText: text }).first().waitFor();
const members = () => window.page.getByRole('listbox', { name: 'Pictures of the group' }).getByRole('option');
const kept = () =>
  members().evaluateAll((cards) => cards.filter((card) => card.dataset['keep']).map((card) => card.id));
const chosen = () => window.page.getByRole('listbox', { name: 'Groups' }).getByRole('option', { selected: true });

async function openReview(dir: string, profile?: string): Promise<void> {
  window = await startApplication(dir, profile);
  await window.page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name: 'Duplicates' }).click();
  await members().first().waitFor();
  await window.page.getByRole('listbox', { name: 'Pictures of the group' }).focus();
}

async function giveName(name: string): Promise<void> {
  await window.page.getByRole('dialog', { name: 'Who reviews?' }).getByRole('textbox', { name: 'Name' }).waitFor();
  await window.page.keyboard.type(name);
  await press('Enter');
}

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

describe('a group', () => {
  const dir = path.join(root, 'shapes');
  const standing = () =>
    rowsIn(dir, 'SELECT kind, annotator FROM decisions WHERE undone_at IS NULL ORDER BY id').map((row) =>
      Object.values(row as object).join(' by '),
    );

  beforeAll(async () => {
    await seedWorkspace(dir);
    await openReview(dir);
  });
  afterAll(async () => {
    await window.close();
  });

  test('is accepted by one key, which goes on to the next; a put off one comes last', async () => {
    await press('Enter');
    await giveName('Ann');
    await soon(() => members().count()).toBe(4);
    await says('Accepted 1 picture of 7.');
    await press('l');
    await soon(() => members().count()).toBe(2);
    expect(standing()).toEqual(['keep-only by Ann', 'defer by Ann']);
    await press('Enter');
    await soon(() => members().count()).toBe(4);
    await soon(() => chosen().innerText()).toContain('put off');
  });

  test('gets another keeper, and several', async () => {
    await press('ArrowRight');
    await press('k');
    await soon(kept).toEqual(['member-9']);
    await press('Space');
    await press('ArrowRight');
    await press('Space');
    await press('k');
    await says('Kept 2 pictures.');
    await soon(kept).toEqual(['member-9', 'member-10']);
    await press('u');
    await soon(kept).toEqual(['member-9']);
    await press('Shift+U');
    await says('Restored: keep 2 pictures.');
    await soon(kept).toEqual(['member-9', 'member-10']);
  });

  test('is split, and cut where it is weakest after a look at what falls apart', async () => {
    const { page } = window;
    await press('p');
    await soon(() => members().count()).toBe(7);
    await press('Home');
    await press('Space');
    await press('s');
    await says(/Split off 1 picture. It counts when balance runs again/);
    await page.getByText('Marked: 1 from 6. They part when balance runs again.').waitFor();
    await press('x');
    const dialog = page.getByRole('dialog', { name: 'Cut the weakest link' });
    // the longest link joins pictures 6 and 7; picture 1 is apart already
    await dialog.getByText(/^0\.22/).waitFor();
    const sides = dialog.getByRole('list', { name: 'What falls apart' }).getByRole('listitem');
    await soon(() => sides.allInnerTexts()).toEqual([expect.stringMatching(/^5 pictures/), '1 picture']);
    expect(await violations(page)).toEqual([]);
    await press('Enter');
    await dialog.waitFor({ state: 'hidden' });
    await page.getByText('Marked: 1 from 6; 5 from 1.').waitFor();
    await press('u');
    await page.getByText('Marked: 1 from 6. They').waitFor();
    await press('Control+Shift+z');
    await page.getByText('Marked: 1 from 6; 5 from 1.').waitFor();
    await press('u');
    await page.getByText('Marked: 1 from 6. They').waitFor();
  });

  test('is as it was left after a restart; what was undone can be restored then', async () => {
    const before = standing();
    await window.app.close();
    await openReview(dir, window.root);
    await window.page.getByText('Marked: 1 from 6. They').waitFor();
    await press('Shift+U');
    await window.page.getByText('Marked: 1 from 6; 5 from 1.').waitFor();
    await soon(standing).toEqual([...before, 'split by Ann']);
    await press('n');
    await soon(kept).toEqual(['member-9', 'member-10']);
    expect(rowsIn(dir, 'SELECT action, count(*) AS n FROM decision_events GROUP BY action ORDER BY 1')).toEqual([
      { action: 'decide', n: 7 },
      { action: 'redo', n: 3 },
      { action: 'undo', n: 3 },
    ]);
  });

  test('is compared: side by side, one over the other, and their difference', async () => {
    const { page } = window;
    await press('a');
    await press('v');
    const closer = page.getByRole('dialog', { name: 'Side by side' });
    expect(await closer.getByRole('figure').count()).toBe(4);
    await press('o');
    await closer.getByRole('slider', { name: 'Opacity of the second picture' }).waitFor();
    await press('+');
    await closer.getByText('125%').waitFor();
    await press('d');
    const blend = closer.locator('.compare-top');
    expect(await blend.evaluate((top) => getComputedStyle(top).mixBlendMode)).toBe('difference');
    expect(await violations(page)).toEqual([]);
    await press('s');
    const zooms = await closer.locator('.compare-zoom').evaluateAll((all) => all.map((one) => one.style.transform));
    expect(new Set(zooms)).toEqual(new Set(['translate(0px, 0px) scale(1.25)']));
    await press('Escape');
    await closer.waitFor({ state: 'hidden' });
    await page.getByRole('listbox', { name: 'Pictures of the group' }).focus();
    await press('Escape');
  });

  test('is judged by two reviewers, who agree and disagree', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'Reviewer: Ann' }).click();
    await giveName('Ben');
    await page.getByRole('listbox', { name: 'Pictures of the group' }).focus();
    await press('Home');
    await press('k');
    await soon(kept).toEqual(['member-8']);
    await press('g');
    const dialog = page.getByRole('dialog', { name: 'Agreement of two reviewers' });
    await dialog.getByText('Cohen’s kappa').waitFor();
    const row = dialog.getByRole('list', { name: 'Disagreements' }).getByRole('listitem');
    expect(await row.count()).toBe(1);
    expect(await violations(page)).toEqual([]);
    await row.getByRole('button', { name: 'As Ann' }).click();
    await row.getByText('settled', { exact: true }).waitFor();
    await press('Escape');
    await soon(kept).toEqual(['member-9', 'member-10']);
  });

  test('leaves its decisions in a table', async () => {
    const out = path.join(root, 'decisions.jsonl');
    await window.app.evaluate(({ dialog }, filePath) => {
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath });
    }, out);
    await window.page.getByRole('button', { name: 'Export…' }).click();
    await window.page.getByText('rows of decisions in').waitFor();
    const rows = readFileSync(out, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string });
    expect(new Set(rows.map(({ kind }) => kind))).toEqual(new Set(['keep-only', 'defer', 'split']));
    await window.app.evaluate(({ dialog }, file) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [file] });
    }, out);
    await window.page.getByRole('button', { name: 'Import…' }).click();
    await window.page.getByText('0 decisions imported').waitFor();
  });
});

describe('many groups', () => {
  const dir = path.join(root, 'many');
  const [groups, byHand] = [120, 100];

  /** Pairs; the second picture has more pixels in every other one, which then has the larger diameter. */
  function seedPairs(): void {
    const workspace = openWorkspace(dir);
    workspace.sqlite.exec(`
      INSERT INTO datasets (name, source, format, imported_at, complete) VALUES ('pairs', '', 'folder', '2026-01-01T00:00:00.000Z', 1);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${2 * groups})
        INSERT INTO samples (dataset_id, position, path, caption, width, height, status)
        SELECT 1, i, i || '.jpg', 'picture ' || i, CASE WHEN i % 4 = 0 THEN 20 ELSE 10 END, 10, 'ok' FROM n;
      INSERT INTO balances (dataset_id, teacher, options, beta, images, pairs, groups, removed, kept, finished_at)
        VALUES (1, 'tiny', '{"keep":"centroid"}', 0.4, ${2 * groups}, ${groups}, ${groups}, ${groups}, ${groups}, '2026-01-01T00:00:00.000Z');
      INSERT INTO balance_samples VALUES (1, 1, ${2 * groups});
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${groups})
        INSERT INTO duplicate_groups (balance_id, size, mean_distance, diameter, diameter_exact, weakest)
        SELECT 1, 2, 0.1, CASE WHEN i % 2 = 0 THEN 0.3 ELSE 0.1 END, 1, 0.1 FROM n;
      INSERT INTO members (group_id, sample_id, distance, keep, rank)
        SELECT (id + 1) / 2, id, 0.1, id % 2, 2 - id % 2 FROM samples;`);
    workspace.close();
  }

  beforeAll(async () => {
    seedPairs();
    await openReview(dir);
  });
  afterAll(async () => {
    await window.close();
  });

  test(`are reviewed by the keyboard alone: ${byHand} of them`, async () => {
    const open = () => rowsIn(dir, 'SELECT count(*) AS open FROM duplicate_groups WHERE review = 0');
    await press('Enter');
    await giveName('Ann');
    await says('Accepted 1 picture of 2.');
    for (let at = 1; at < byHand; at++) {
      if (at % 10 === 0) {
        await press('ArrowRight');
        await press('k');
        await says('Kept 1 picture.');
      }
      const before = await members().first().getAttribute('id');
      await press('Enter');
      await soon(() => members().first().getAttribute('id')).not.toBe(before);
      await window.page.waitForTimeout(30); // what is seen is there
    }
    await soon(open).toEqual([{ open: groups - byHand }]);
    expect(rowsIn(dir, 'SELECT count(*) AS n FROM members WHERE keep = 1')).toEqual([{ n: groups }]);
  });

  test('that are left are decided by a rule, as many as it says, and undone as one', async () => {
    const { page } = window;
    const decided = () => rowsIn(dir, 'SELECT count(*) AS n FROM duplicate_groups WHERE review = 2');
    await press('b');
    const dialog = page.getByRole('dialog', { name: 'Decide by a rule' });
    await dialog.getByText('10 undecided groups with 20 pictures').waitFor();
    await dialog.getByRole('textbox', { name: 'Diameter up to' }).fill('0.5');
    await dialog.getByText('20 undecided groups with 40 pictures').waitFor();
    expect(await dialog.getByRole('list', { name: 'The first groups' }).getByRole('listitem').count()).toBe(20);
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Decide 20 groups' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await says('Decided 20 groups; 10 other pictures stay.');
    expect(decided()).toEqual([{ n: groups }]);
    await page.getByRole('listbox', { name: 'Pictures of the group' }).focus();
    await press('j');
    await says('All groups are decided.');
    await press('u');
    await soon(decided).toEqual([{ n: byHand }]);
  });
});
