/** @file npm test -- --e2e runs: a student is distilled by the form, its curves are looked at, compared and saved. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Locator } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorkspace } from '../../src/main/engine/store/workspace.ts';
import { startApplication, violations, type Application } from './application.ts';
import { insertRun, seededSteps, writeTinyPipeline } from './seed.ts';

let window: Application;

beforeAll(async () => {
  const root = mkdtempSync(path.join(tmpdir(), 'distillery-window-'));
  const workspace = path.join(root, 'workspace');
  const tiny = path.join(root, 'tiny');
  mkdirSync(tiny);
  const command = ['bin/distillery.mjs', 'run', await writeTinyPipeline(tiny), '--workspace', workspace];
  expect(spawnSync(process.execPath, command).status).toBe(0);
  const opened = openWorkspace(workspace);
  insertRun(opened, 1);
  // the list is by time, and this one is to be the last
  opened.sqlite.exec("UPDATE runs SET started_at = '2020-01-01T00:00:00.000Z' WHERE id = 'seeded'");
  opened.close();
  window = await startApplication(workspace, root);
  await window.page.getByRole('navigation').waitFor();
  await window.page.keyboard.press('6');
});
afterAll(() => window.close());

const button = (name: string): Locator => window.page.getByRole('button', { name, exact: true });
const press = (key: string): Promise<void> => window.page.keyboard.press(key);
const row = (text: string): Locator =>
  window.page.getByRole('list', { name: 'Runs' }).getByRole('listitem').filter({ hasText: text });
const chart = (name: string): Locator => window.page.getByRole('region', { name, exact: true });

async function saveAs(file: string): Promise<void> {
  await window.app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath });
  }, file);
}

describe('the view of runs', () => {
  test('draws the curves of a run', async () => {
    await row('micro-32-small').getByRole('button').click();
    await window.page.getByRole('heading', { name: 'micro-32-small' }).waitFor();
    const loss = chart('Loss').getByRole('img');
    await expect.poll(() => loss.getAttribute('aria-label')).toContain(': 6 curves of 240 points');
    await expect.poll(() => drawnColors(chart('Loss'))).toBeGreaterThan(5);
    for (const name of ['Learning rate', 'Gradient norm', 'Variance of the embeddings', 'Samples a second']) {
      await chart(name).waitFor();
    }
    expect(await violations(window.page)).toEqual([]);
  });

  test('a curve is switched off, the axis and the smoothing are chosen for all charts', async () => {
    await chart('Loss')
      .getByRole('button', { name: /^overall/ })
      .click();
    await expect.poll(() => chart('Loss').getByRole('img').getAttribute('aria-label')).toContain('5 curves');
    await chart('Loss')
      .getByRole('button', { name: /^overall/ })
      .click();
    await button('Epoch').click();
    await window.page
      .getByText(/^0\.\d+ to \d+/)
      .first()
      .waitFor();
    await button('Time').click();
    await button('Step').click();
    await window.page.getByLabel('Smoothing').fill('0');
    await window.page.getByText('none', { exact: true }).waitFor();
    await button('Log scale').click();
    expect(await button('Log scale').getAttribute('aria-pressed')).toBe('true');
    await button('Log scale').click();
  });

  test('a drag zooms all charts, a double click shows all again', async () => {
    const { page } = window;
    const box = (await chart('Loss').getByRole('img').boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.4, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.7, box.y + 90, { steps: 4 });
    await page.mouse.up();
    const label = (name: string) => chart(name).getByRole('img').getAttribute('aria-label');
    await expect.poll(() => label('Loss')).toMatch(/shown from \d+ to \d+/);
    expect(await label('Gradient norm')).toMatch(/shown from \d+ to \d+/);
    await page.mouse.dblclick(box.x + box.width * 0.5, box.y + 60);
    await expect.poll(() => label('Gradient norm')).not.toContain('shown from');
    await chart('Loss').getByRole('img').focus();
    await press('+');
    await expect.poll(() => label('Gradient norm')).toContain('shown from');
    await press('0');
    await expect.poll(() => label('Loss')).not.toContain('shown from');
  });

  test('saves a chart as csv of all points, as SVG and as PNG', async () => {
    const { root } = window;
    const save = async (kind: string, file: string): Promise<Buffer> => {
      await saveAs(path.join(root, file));
      await chart('Loss').locator('summary').click();
      await chart('Loss').getByRole('button', { name: kind }).click();
      await window.page.getByText(`Saved ${path.join(root, file)}`).waitFor();
      return readFileSync(path.join(root, file));
    };
    const lines = (await save('CSV of all points…', 'loss.csv')).toString().trim().split('\n');
    expect(lines[0]).toBe('run,step,loss/overall,loss/base,loss/cluster,loss/label,loss/divergence,loss/instance');
    expect(lines).toHaveLength(41);
    const [, step, overall, base, cluster, , , instance] = lines[40]!.split(',').map(Number);
    expect(step).toBe(40);
    expect(overall).toBeCloseTo(base! + cluster! + instance!, 3);
    const svg = (await save('SVG drawing…', 'loss.svg')).toString();
    expect(svg.match(/<polyline/g)).toHaveLength(6);
    expect((await save('PNG picture…', 'loss.png')).subarray(1, 4).toString()).toBe('PNG');
  });

  test('compares runs: one chart a term, and only the settings that differ', async () => {
    const { page } = window;
    await button('Clone…').click();
    const form = page.getByRole('dialog', { name: 'Distil' });
    await expect.poll(() => form.getByLabel('Batch', { exact: true }).inputValue()).toBe('8');
    await form.getByLabel('Learning rate').fill('0');
    await form.getByRole('button', { name: 'Distil', exact: true }).click();
    await form.getByText('More than 0.').waitFor();
    await form.getByLabel('Learning rate').fill('0.004');
    await form.getByText('--lr 0.004').waitFor();
    await form.getByLabel('Estimate').getByText('this student on this machine').waitFor();
    expect(await violations(page)).toEqual([]);
    await form.getByRole('button', { name: 'Distil', exact: true }).click();
    await form.waitFor({ state: 'hidden' });
    await expect.poll(() => page.getByRole('list', { name: 'Runs' }).getByRole('listitem').count()).toBe(3);
    await expect.poll(() => row('micro-32-small').first().getByText('done').count()).toBe(1);

    await row('micro-32-small').first().getByRole('button').click();
    await row('micro-32-small').last().getByRole('checkbox').check();
    await chart('Loss: overall').waitFor();
    await expect
      .poll(() => chart('Loss: overall').getByRole('img').getAttribute('aria-label'))
      .toContain('2 curves of 80 points');
    await button('Compare 2').click();
    const table = page.getByRole('region', { name: 'Compared runs' }).getByRole('table');
    expect(await table.getByRole('columnheader').allInnerTexts()).toEqual(['Run', 'Least', 'at step', 'Last', 'lr']);
    await table.getByRole('button', { name: 'lr' }).click();
    const rates = (): Promise<string[]> => table.locator('tbody td:last-child').allInnerTexts();
    expect(await rates()).toEqual(['0.001', '0.004']);
    await table.getByRole('button', { name: 'lr' }).click();
    expect(await rates()).toEqual(['0.004', '0.001']);
    await page.getByLabel('Values at step').fill('20');
    await table.getByRole('columnheader', { name: 'At step 20' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await button('Settings').last().click();
    await page.getByRole('region', { name: 'Settings' }).getByText('weightDecay').waitFor();
    await button('Charts').click();
  });

  test('a run that trains is paused and goes on', async () => {
    const { page } = window;
    await row('micro-32-small').last().getByRole('checkbox').uncheck();
    await button('Clone…').click();
    const form = page.getByRole('dialog', { name: 'Distil' });
    await form.getByLabel('Steps at most').fill('3000');
    await form.getByRole('button', { name: 'Distil', exact: true }).click();
    await form.waitFor({ state: 'hidden' });
    await row('training').getByRole('button').click();
    await expect.poll(() => chart('Loss').count()).toBe(1);
    await button('Pause').click();
    await button('Continue').waitFor();
    const steps = Number(
      /(\d[\d,]*) of 3,000/
        .exec(await page.getByRole('region', { name: 'Run', exact: true }).innerText())![1]!
        .replace(',', ''),
    );
    expect(steps).toBeGreaterThan(0);
    const runs = (): Promise<number> => page.getByRole('list', { name: 'Runs' }).getByRole('listitem').count();
    const before = await runs();
    await button('New from checkpoint…').click();
    await form
      .getByText(/A new run that starts with the weights of .* To go on with .* itself, press Continue/)
      .waitFor();
    await form.getByRole('button', { name: 'Cancel' }).click();
    await button('Continue').click();
    await button('Pause').waitFor();
    // the same run, not one more
    expect(await runs()).toBe(before);
    await button('Pause').click();
    await button('Continue').waitFor();
  });

  test('a run of another version is shown as far as it goes; an empty workspace says what to do', async () => {
    await row('tiny-student').getByRole('button').click();
    await expect
      .poll(() => chart('Loss').getByRole('img').getAttribute('aria-label'))
      .toContain(`of ${6 * seededSteps} points`);
    expect(await button('Clone…').isDisabled()).toBe(true);
    expect(await button('Epoch').count()).toBe(0);
  });
});

/** How many colours a chart has: more than those of its paper where something is drawn. */
const drawnColors = (chart: Locator): Promise<number> =>
  chart.locator('canvas').evaluate((element) => {
    const canvas = element as unknown as { width: number; height: number; getContext: (kind: '2d') => CanvasImageData };
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const colors = new Set<number>();
    for (let i = 0; i < data.length; i += 4) colors.add((data[i]! << 16) | (data[i + 1]! << 8) | data[i + 2]!);
    return colors.size;
  });

interface CanvasImageData {
  getImageData: (x: number, y: number, width: number, height: number) => { data: Uint8ClampedArray };
}
