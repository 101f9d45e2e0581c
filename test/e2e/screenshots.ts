/**
 * @file Takes the pictures of docs/images/ from a finished workspace, every view light and dark, and its report. A demo,
 * a map (`distillery map --method umap`) and a second run to compare give the fullest. Build first (npm start does), then
 *   xvfb-run -a -s "-screen 0 1440x900x24" node_modules/.bin/node test/e2e/screenshots.ts WORKSPACE
 */

import path from 'node:path';
import type { Page } from 'playwright';
import sharp from 'sharp';
import { startApplication } from './application.ts';

const workspace = path.resolve(process.argv[2] ?? 'workspace');
const images = path.join(import.meta.dirname, '../../docs/images');
const themes = ['light', 'dark'] as const;

/** From anywhere to a view, with something chosen in it. */
const views: Record<string, (page: Page) => Promise<unknown>> = {
  overview: (page) => page.keyboard.press('1'),
  browse: async (page) => {
    await page.keyboard.press('2');
    await page.locator('.browse-grid').focus();
    for (const key of ['ArrowDown', 'ArrowRight', 'Shift+ArrowRight', 'Enter']) await page.keyboard.press(key);
    // the nearest pictures are looked for once somebody stays
    await page.locator('.browse-detail img').first().waitFor();
    await page.waitForTimeout(6000);
  },
  duplicates: async (page) => {
    await page.keyboard.press('3');
    // groups of more than copies
    await page.getByLabel('Order').selectOption('diameter');
    await page.getByRole('listbox', { name: 'Pictures of the group' }).focus();
  },
  clusters: (page) => page.keyboard.press('4'),
  map: (page) => page.getByRole('button', { name: 'Map', exact: true }).click(),
  data: (page) => page.keyboard.press('5'),
  runs: async (page) => {
    await page.keyboard.press('6');
    const others = page.getByRole('list', { name: 'Runs' }).getByRole('checkbox', { checked: false });
    if ((await others.count()) > 0) {
      await others.first().check();
      // a field with the focus keeps the keys
      await page.locator('input:focus').blur();
    }
  },
  results: (page) => page.keyboard.press('7'),
  settings: (page) => page.keyboard.press('Control+,'),
  doctor: (page) => page.getByRole('button', { name: 'Doctor', exact: true }).click(),
};

/** Photographs make large files, 256 colours do. */
const save = async (picture: Buffer, name: string): Promise<unknown> =>
  sharp(picture)
    .png({ palette: true, effort: 10 })
    .toFile(path.join(images, `${name}.png`));

const window = await startApplication(workspace);
try {
  const { app, page } = window;
  const show = async (theme: (typeof themes)[number]): Promise<void> => {
    await app.evaluate(({ nativeTheme }, source) => {
      nativeTheme.themeSource = source;
    }, theme);
    await page.mouse.move(0, 0);
    // pictures and curves arrive on their own
    await page.waitForTimeout(2000);
  };
  await app.evaluate(({ BrowserWindow }) => {
    BrowserWindow.getAllWindows()[0]?.setContentSize(1360, 860);
  });
  await page.getByRole('list', { name: 'Pipeline' }).waitFor();
  for (const [name, go] of Object.entries(views)) {
    await go(page);
    for (const theme of themes) {
      await show(theme);
      await save(await page.screenshot(), `${name}-${theme}`);
    }
  }
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+Shift+w');
  await page.getByRole('button', { name: 'New workspace' }).waitFor();
  for (const theme of themes) {
    await show(theme);
    await save(await page.screenshot(), `start-${theme}`);
  }

  await show('light');
  const report = await app.evaluate(
    async ({ BrowserWindow }, file) => {
      // the session of the application loads nothing but its own pages
      const plain = new BrowserWindow({
        width: 1200,
        height: 860,
        useContentSize: true,
        webPreferences: { partition: 'report' },
      });
      await plain.loadFile(file);
      await plain.webContents.insertCSS('::-webkit-scrollbar { display: none }');
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const picture = await plain.webContents.capturePage();
      plain.destroy();
      return picture.toPNG().toString('base64');
    },
    path.join(workspace, 'report.html'),
  );
  await save(Buffer.from(report, 'base64'), 'report');
} finally {
  await window.close();
}
