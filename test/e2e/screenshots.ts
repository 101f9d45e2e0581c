/**
 * @file Takes the pictures of docs/images/ from a finished workspace, light and dark. Build first (npm start does), then
 *   xvfb-run -a -s "-screen 0 1440x900x24" node_modules/.bin/node test/e2e/screenshots.ts WORKSPACE
 */

import path from 'node:path';
import sharp from 'sharp';
import { startApplication } from './application.ts';

const workspace = path.resolve(process.argv[2] ?? 'workspace');
const images = path.join(import.meta.dirname, '../../docs/images');

const window = await startApplication(workspace);
try {
  const { app, page } = window;
  await app.evaluate(({ BrowserWindow }) => {
    BrowserWindow.getAllWindows()[0]?.setContentSize(1360, 860);
  });
  await page.getByRole('list', { name: 'Pipeline' }).waitFor();
  for (const theme of ['light', 'dark'] as const) {
    await page.getByRole('button', { name: theme === 'light' ? 'Light theme' : 'Dark theme' }).click();
    await page.mouse.move(0, 0);
    // pictures and curves arrive on their own
    await page.waitForTimeout(2000);
    await page.screenshot({ path: path.join(images, `window-${theme}.png`) });
  }
  await page.keyboard.press('3');
  // groups of more than copies
  await page.getByLabel('Order').selectOption('diameter');
  for (const theme of ['light', 'dark'] as const) {
    await page.getByRole('button', { name: theme === 'light' ? 'Light theme' : 'Dark theme' }).click();
    await page.getByRole('listbox', { name: 'Pictures of the group' }).focus();
    await page.waitForTimeout(2000);
    await page.screenshot({ path: path.join(images, `duplicates-${theme}.png`) });
  }
  await page.keyboard.press('2');
  await page.locator('.browse-grid').focus();
  for (const key of ['ArrowDown', 'ArrowRight', 'Shift+ArrowRight', 'Enter']) await page.keyboard.press(key);
  // the nearest pictures are looked for once somebody stays
  await page.waitForTimeout(6000);
  for (const [key, name] of [
    ['2', 'browse'],
    ['4', 'clusters'],
    ['5', 'data'],
    ['6', 'runs'],
  ] as const) {
    await page.keyboard.press(key);
    for (const theme of ['light', 'dark'] as const) {
      await page.getByRole('button', { name: theme === 'light' ? 'Light theme' : 'Dark theme' }).click();
      await page.mouse.move(0, 0);
      await page.waitForTimeout(2000);
      // photographs make large files, 256 colours do
      await sharp(await page.screenshot())
        .png({ palette: true })
        .toFile(path.join(images, `${name}-${theme}.png`));
    }
  }
  await page.keyboard.press('Control+Shift+w');
  await page.getByRole('button', { name: 'New workspace' }).waitFor();
  await page.waitForTimeout(500);
  await page.screenshot({ path: path.join(images, 'window-start.png') });
} finally {
  await window.close();
}
