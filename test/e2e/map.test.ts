/** @file npm test -- --e2e map: the map of a dataset: made by the form, drawn, pointed at, selected, handed to Browse. */

import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as pipeline from '../../src/main/engine/pipeline.ts';
import { silentContext } from '../../src/main/engine/progress.ts';
import { openWorkspace } from '../../src/main/engine/store/workspace.ts';
import { startApplication, violations, type Application } from './application.ts';
import { writeTinyPipeline } from './seed.ts';

let window: Application;

beforeAll(async () => {
  const root = mkdtempSync(path.join(tmpdir(), 'distillery-map-'));
  const dir = path.join(root, 'mapped');
  const tiny = path.join(root, 'tiny');
  mkdirSync(tiny);
  await writeTinyPipeline(tiny);
  const workspace = openWorkspace(dir);
  const context = silentContext();
  const [source, teacher] = [path.join(tiny, 'pictures'), path.join(tiny, 'teacher')];
  await pipeline.importData(workspace, { source, dataset: 'shapes', format: 'folder' }, context);
  await pipeline.embed(workspace, { dataset: 'shapes', teacher, precision: 'fp32', batch: 8 }, context);
  await pipeline.cluster(workspace, { dataset: 'shapes', clusters: 3 }, context);
  workspace.close();
  window = await startApplication(dir, root);
  await window.page.getByRole('list', { name: 'Pipeline' }).waitFor();
});
afterAll(() => window.close());

const button = (name: string) => window.page.getByRole('button', { name, exact: true });

test('a map is made by the form and drawn', async () => {
  const { page } = window;
  await page.keyboard.press('4');
  await button('Map').click();
  await page.getByRole('heading', { name: 'No map yet' }).waitFor();
  await button('Make a map…').click();
  await page.getByRole('dialog', { name: 'Map of the pictures' }).waitFor();
  await button('Make the map').click();
  const canvas = page.getByRole('application', { name: 'Map by UMAP, 24 pictures' });
  await canvas.waitFor();
  await expect.poll(() => colouredPixels()).toBeGreaterThan(200);
  expect(await violations(page)).toEqual([]);
});

/** Of the canvas on the screen: those that are no shade of grey. */
async function colouredPixels(): Promise<number> {
  const shot = await window.page.locator('.map-canvas canvas').screenshot();
  const { data, info } = await sharp(shot).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  let coloured = 0;
  for (let at = 0; at < data.length; at += info.channels) {
    const [r, g, b] = [data[at]!, data[at + 1]!, data[at + 2]!];
    if (Math.max(r, g, b) - Math.min(r, g, b) > 60) coloured++;
  }
  return coloured;
}

test('a point shows its picture', async () => {
  const { page } = window;
  const box = (await page.locator('.map-canvas canvas').boundingBox())!;
  const card = page.locator('.map-hover img');
  for (let y = 16; y < box.height && (await card.count()) === 0; y += 12) {
    for (let x = 16; x < box.width && (await page.locator('.map-hover').count()) === 0; x += 12) {
      await page.mouse.move(box.x + x, box.y + y);
    }
    if ((await page.locator('.map-hover').count()) > 0) await card.waitFor();
  }
  await expect.poll(() => card.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBeGreaterThan(0);
});

test('a line around all points selects them, Escape none, and a name its own', async () => {
  const { page } = window;
  const { x, y, width, height } = (await page.locator('.map-canvas canvas').boundingBox())!;
  await page.keyboard.down('Shift');
  await page.mouse.move(x + 3, y + 3);
  await page.mouse.down();
  for (const [right, down] of [
    [width - 3, 3],
    [width - 3, height - 3],
    [3, height - 3],
  ] as const) {
    await page.mouse.move(x + right, y + down);
  }
  await page.mouse.up();
  await page.keyboard.up('Shift');
  await page.getByRole('heading', { name: '24 pictures' }).waitFor();
  await page.locator('.map-pictures img').nth(11).waitFor();
  expect(await page.locator('.map-pictures img').count()).toBe(12);
  await page.keyboard.press('Escape');
  await page.getByText('Hold Shift and draw').waitFor();
  await page.getByRole('region', { name: 'Colours' }).getByRole('button').first().click();
  await button('Show in Browse').waitFor();
});

test('the selection is what Browse shows', async () => {
  await button('Show in Browse').click();
  await window.page.getByText('selection on the map').waitFor();
});
