/** @file How long the built window takes from the start of its process to its first view, and where the time goes. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type Page } from 'playwright';
import { UsageError } from '../../src/main/engine/errors.ts';
import { startArguments } from '../../test/e2e/application.ts';
import { figures, row } from './figures.ts';

/** After it the window is at rest, on a busy machine too. */
const restMs = 3000;

/** Milliseconds since the process was started. */
interface Start {
  /** The page is asked for: Electron is up, main has run. */
  page: number;
  /** Its document and scripts are there. */
  loaded: number;
  /** Its scripts have run. */
  run: number;
  painted: number;
  /** Processor time of all processes until they were at rest. */
  processor: number;
}

/** The first starts of a profile compile what later ones find in its caches. */
const warmUps = 2;

export async function benchStart(starts: number, gpu: boolean, workspace: string): Promise<void> {
  console.log(
    `\nStart-up, ${starts} starts after ${warmUps} that fill the caches: median (worst), ms since the start of the process`,
  );
  const root = mkdtempSync(path.join(tmpdir(), 'distillery-starts-'));
  try {
    const measured: Start[] = [];
    const opened: number[] = [];
    for (let at = -warmUps; at < starts; at++) {
      const start = await startOnce(root, gpu);
      const overview = await openOnce(root, gpu, workspace);
      if (at === -warmUps) row('the very first start, painted', figures([start.painted], 0));
      if (at < 0) continue;
      measured.push(start);
      opened.push(overview);
    }
    const of = (key: keyof Start): string =>
      figures(
        measured.map((one) => one[key]),
        0,
      );
    row('Electron and main are up, the page is asked for', of('page'));
    row('document and scripts are there', of('loaded'));
    row('scripts have run', of('run'));
    row('start view painted', of('painted'));
    row('of a workspace named on the command line: overview', figures(opened, 0));
    row('processor time of all processes, all threads', of('processor'));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Asks only when all is over, so that nobody who measures takes part in the start. */
async function startOnce(root: string, gpu: boolean): Promise<Start> {
  const started = Date.now();
  const window = launch(root, gpu);
  const address = await devtools(window);
  await new Promise((resolve) => setTimeout(resolve, restMs));
  return inPage(window, address, async (page) => {
    const times = await page.evaluate(() => {
      const [navigation] = performance.getEntriesByType('navigation' as 'resource') as unknown as {
        domInteractive: number;
        domContentLoadedEventEnd: number;
      }[];
      const painted = performance.getEntriesByName('first-contentful-paint')[0]?.startTime;
      return { origin: performance.timeOrigin, navigation: navigation!, painted };
    });
    if (times.painted === undefined) throw new Error(`Nothing was painted within ${restMs} ms.`);
    const page0 = times.origin - started;
    return {
      page: page0,
      loaded: page0 + times.navigation.domInteractive,
      run: page0 + times.navigation.domContentLoadedEventEnd,
      painted: page0 + times.painted,
      processor: processorMs(window.pid!),
    };
  });
}

/** Until the frame after the one with the overview. */
async function openOnce(root: string, gpu: boolean, workspace: string): Promise<number> {
  const started = Date.now();
  const window = launch(root, gpu, workspace);
  return inPage(window, await devtools(window), async (page) => {
    await page.waitForFunction(() => {
      const { document } = globalThis as unknown as { document: { querySelector: (selector: string) => unknown } };
      return document.querySelector('.pipeline') !== null;
    });
    await page.evaluate(
      () =>
        new Promise((resolve) => {
          const page = globalThis as unknown as { requestAnimationFrame: (callback: (now: number) => void) => void };
          page.requestAnimationFrame(resolve);
        }),
    );
    return Date.now() - started;
  });
}

function launch(profile: string, gpu: boolean, workspace?: string): ChildProcess {
  const electron = process.env['ELECTRON_EXEC_PATH'];
  if (electron === undefined) throw new UsageError('npm tells where Electron lies: npm run bench -- window.');
  return spawn(electron, ['--remote-debugging-port=0', ...startArguments(profile, gpu, workspace)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** Address that Chromium tells on stderr. */
function devtools(window: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    window.stderr!.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-4000);
      const address = /DevTools listening on (ws:\S+)/.exec(text)?.[1];
      if (address !== undefined) resolve(address);
    });
    window.on('exit', (code) => {
      reject(new Error(`The window ended with ${code ?? 'a signal'}: ${text}`));
    });
  });
}

async function inPage<T>(window: ChildProcess, address: string, use: (page: Page) => Promise<T>): Promise<T> {
  try {
    const browser = await chromium.connectOverCDP(address);
    const context = browser.contexts()[0]!;
    const result = await use(context.pages()[0] ?? (await context.waitForEvent('page')));
    await browser.close();
    return result;
  } finally {
    const ended = once(window, 'exit');
    window.kill();
    await ended;
  }
}

/** Of a process and all below it, by Linux' count of hundredths of a second. */
function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
    .map(Number);
  const own = 10 * fields.slice(11, 15).reduce((sum, ticks) => sum + ticks, 0);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return children.reduce((sum, child) => sum + processorMs(Number(child)), own);
}
