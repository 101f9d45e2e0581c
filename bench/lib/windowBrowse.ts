/** @file Frames of the built window while one scrolls through all pictures of a large dataset. */

import type { Page } from 'playwright';
import { startApplication } from '../../test/e2e/application.ts';
import { figures, quantile, row } from './figures.ts';

/** Between two turns of the wheel. */
const turnMs = 33;
const scrollMs = 4000;

export async function benchBrowse(workspace: string, gpu: boolean): Promise<void> {
  console.log('\nBrowse: frames a second; a frame in ms: median, 95%, worst');
  const window = await startApplication(workspace, undefined, gpu);
  try {
    const { page } = window;
    await page.getByRole('navigation').waitFor();
    const start = performance.now();
    await page.keyboard.press('2');
    await page.locator('.browse-cell[title]').first().waitFor({ timeout: 60_000 });
    const first = performance.now() - start;
    const grid = page.locator('.browse-grid');
    await grid.hover();
    tell('nothing moves', await framesDuring(page));
    for (const pixels of [120, 1500]) {
      const frames = framesDuring(page);
      for (const end = performance.now() + scrollMs; performance.now() < end;) {
        await page.mouse.wheel(0, pixels);
        await page.waitForTimeout(turnMs);
      }
      tell(`wheel, ${pixels.toLocaleString('en-US')} pixels 30 times a second`, await frames);
    }
    row('key 2 to the first cells, ms', first.toFixed(0));
    const jumps: number[] = [];
    for (const share of [0.5, 0.9, 0.1, 0.7, 0.3]) {
      const jump = performance.now();
      await grid.evaluate((element, to) => {
        const scrolled = element as unknown as { scrollTop: number; scrollHeight: number };
        scrolled.scrollTop = scrolled.scrollHeight * to;
      }, share);
      await page.waitForTimeout(16);
      await page.locator('.browse-cell:not([title])').first().waitFor({ state: 'detached' });
      jumps.push(performance.now() - jump);
    }
    row('scroll bar to the cells there, ms', figures(jumps, 0));
  } finally {
    await window.close();
  }
}

/** Intervals between frames, in milliseconds. */
const framesDuring = (page: Page): Promise<number[]> => page.evaluate(frames, scrollMs);

/** In the page. */
function frames(durationMs: number): Promise<number[]> {
  const { requestAnimationFrame: next } = globalThis as unknown as {
    requestAnimationFrame: (callback: (now: number) => void) => void;
  };
  return new Promise((resolve) => {
    const intervals: number[] = [];
    const start = performance.now();
    let last = start;
    const frame = (now: number): void => {
      intervals.push(now - last);
      last = now;
      if (now < start + durationMs) next(frame);
      else resolve(intervals.slice(1));
    };
    next(frame);
  });
}

function tell(what: string, intervals: number[]): void {
  const perSecond = (1000 * intervals.length) / intervals.reduce((sum, ms) => sum + ms, 0);
  const at = (share: number): string => quantile(intervals, share).toFixed(1);
  row(what, perSecond.toFixed(0), `${at(0.5)}, ${at(0.95)}, ${at(1)}`);
}
