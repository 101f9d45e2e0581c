/**
 * @file What an update of the charts of a long run costs the built window. Script and main thread are processor time, which other
 * programs do not change; the frame is what one waits for.
 */

import path from 'node:path';
import type { CDPSession, Page } from 'playwright';
import { trackJob } from '../../src/main/engine/jobs.ts';
import { randomStream } from '../../src/main/engine/random.ts';
import { openWorkspace, timestamp, type Workspace } from '../../src/main/engine/store/workspace.ts';
import { startApplication } from '../../test/e2e/application.ts';
import { figures, row } from './figures.ts';

const names = ['overall', 'base', 'cluster', 'label', 'divergence', 'instance'];
const repeats = 12;

export async function benchCharts(dir: string, points: number, gpu: boolean): Promise<void> {
  const folder = path.join(dir, `run-${points}`);
  const workspace = openWorkspace(folder);
  insertRun(workspace, points);
  const job = trackJob(workspace, ['distill', '--student', 'student']);
  const window = await startApplication(folder, undefined, gpu);
  try {
    const { page } = window;
    await page.getByRole('navigation').waitFor();
    const start = performance.now();
    await page.keyboard.press('6');
    await allPoints(page, points);
    const shown = performance.now() - start;
    console.log(`\nCharts, ${names.length} curves of ${points.toLocaleString('en-US')} points: median (worst), ms`);
    row('', 'script', 'main thread', 'next frame');
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    for (const [what, selector, keys] of [
      ['smoothing by the slider', 'input[type=range]', ['ArrowRight']],
      ['zoom', '.plot', ['+']],
      ['pan', '.plot', ['ArrowLeft', 'ArrowRight']],
    ] as const) {
      await page.locator(selector).first().focus();
      const updates: Update[] = [];
      for (let at = 0; at < repeats; at++) updates.push(await afterKey(page, session, keys[at % keys.length]!));
      tell(what, updates);
    }
    await page.locator('.plot').first().press('0');
    const updates: Update[] = [];
    for (let at = 1; at <= repeats; at++) {
      updates.push(
        await measure(session, async () => {
          const frame = page.evaluate(frameAfterPoint);
          await page.waitForTimeout(100); // the page listens by now
          insertPoints(workspace, points + at, points + at);
          await allPoints(page, points + at);
          return frame;
        }),
      );
    }
    tell('a new point of each curve', updates);
    row('key 6 to all points, s', (shown / 1000).toFixed(1));
  } finally {
    await window.close();
    job.finish('done');
    workspace.close();
  }
}

/** In milliseconds. */
interface Update {
  script: number;
  mainThread: number;
  frame: number;
}

const allPoints = (page: Page, points: number): Promise<void> =>
  page.getByRole('img', { name: `of ${names.length * points} points` }).waitFor({ timeout: 120_000 });

const afterKey = (page: Page, session: CDPSession, key: string): Promise<Update> =>
  measure(session, async () => {
    const frame = page.evaluate(frameAfterKey);
    await page.waitForTimeout(100); // the page listens by now
    await page.keyboard.press(key);
    return frame;
  });

async function measure(session: CDPSession, act: () => Promise<number>): Promise<Update> {
  const before = await spent(session);
  const frame = await act();
  const after = await spent(session);
  return { script: after.script - before.script, mainThread: after.mainThread - before.mainThread, frame };
}

/** Of the page's main thread since it began. */
async function spent(session: CDPSession): Promise<Omit<Update, 'frame'>> {
  const { metrics } = await session.send('Performance.getMetrics');
  const ms = (name: string): number => 1000 * metrics.find((metric) => metric.name === name)!.value;
  return { script: ms('ScriptDuration'), mainThread: ms('TaskDuration') };
}

function tell(what: string, updates: Update[]): void {
  const of = (key: keyof Update): string => figures(updates.map((update) => update[key]));
  row(what, of('script'), of('mainThread'), of('frame'));
}

/** In the page: milliseconds from the next key until the frame that shows what it did has made room for another. */
function frameAfterKey(): Promise<number> {
  const page = globalThis as unknown as {
    addEventListener: (name: string, listener: () => void, options: object) => void;
    requestAnimationFrame: (callback: () => void) => void;
  };
  return new Promise((resolve) => {
    const pressed = (): void => {
      const start = performance.now();
      page.requestAnimationFrame(() => {
        page.requestAnimationFrame(() => {
          resolve(performance.now() - start);
        });
      });
    };
    page.addEventListener('keydown', pressed, { once: true, capture: true });
  });
}

/** In the page: milliseconds from the word that there is a new point until the frame that shows it has made room for another. */
function frameAfterPoint(): Promise<number> {
  const page = globalThis as unknown as {
    distillery: { on: (event: string, listener: () => void) => () => void };
    document: { querySelector: (selector: string) => { getAttribute: (name: string) => string | null } };
    requestAnimationFrame: (callback: () => void) => void;
  };
  const label = (): string | null => page.document.querySelector('.plot').getAttribute('aria-label');
  const before = label();
  return new Promise((resolve) => {
    const forget = page.distillery.on('metrics.appended', () => {
      forget();
      const start = performance.now();
      const look = (): void => {
        const shown = label() !== before;
        page.requestAnimationFrame(() => {
          if (shown) resolve(performance.now() - start);
          else look();
        });
      };
      page.requestAnimationFrame(look);
    });
  });
}

function insertRun(workspace: Workspace, points: number): void {
  workspace.sqlite
    .prepare(
      `INSERT INTO runs (id, student, config, seed, versions, device, state, step, total_steps, started_at)
       VALUES ('long', 'student', '{}', 1, '{}', 'cpu', 'running', 0, ?, ?)`,
    )
    .run(2 * points, timestamp());
  insertPoints(workspace, 1, points);
}

/** Noise about a falling line, from one step to another. */
function insertPoints({ sqlite }: Workspace, first: number, last: number): void {
  const insert = sqlite.prepare("INSERT INTO metrics (run_id, name, step, value) VALUES ('long', ?, ?, ?)");
  sqlite.transaction(() => {
    for (const [index, name] of names.entries()) {
      const random = randomStream(index + first);
      for (let step = first; step <= last; step++)
        insert.run(`loss/${name}`, step, 1 + index + Math.exp(-step / 20_000) + random());
    }
    sqlite.prepare("UPDATE runs SET step = ? WHERE id = 'long'").run(last);
  })();
}
