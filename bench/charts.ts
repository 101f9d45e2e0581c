/**
 * @file Charts of long runs: what smoothing and drawing cost by themselves, and, on a screen (xvfb-run will do), how long the built
 * window takes to show such a run and to answer the slider and the zoom.
 * Run: npm run bench -- charts [--points 100000,1000000]
 */

import path from 'node:path';
import { parseArgs } from 'node:util';
import { drawChart, type Line } from '../src/renderer/components/chart/drawing.ts';
import { smoothPoints } from '../src/renderer/state/series.ts';
import { randomStream } from '../src/main/engine/random.ts';
import { openWorkspace, timestamp } from '../src/main/engine/store/workspace.ts';
import { startApplication } from '../test/e2e/application.ts';
import { inTemporaryFolder, machine } from './lib/compare.ts';

const names = ['overall', 'base', 'cluster', 'label', 'divergence', 'instance'];
const repeats = 20;

const median = (numbers: number[]): number => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

function time(work: () => void): string {
  const times = Array.from({ length: repeats }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return `${median(times).toFixed(1)} ms (worst ${Math.max(...times).toFixed(1)})`;
}

function byThemselves(points: number): void {
  const xs = Float64Array.from({ length: points }, (_, i) => i + 1);
  const lines = names.map((label, index): Line => {
    const random = randomStream(index);
    const raw = Float32Array.from(xs, (x) => 1 + Math.exp(-x / points) + random());
    return { label, color: 'black', dash: [], xs, raw, smoothed: smoothPoints(raw, 0.9) };
  });
  const draw = (from: number, to: number) => () => {
    drawChart({
      ...{ width: 850, height: 400, from, to, logY: false, bounds: null, wholeX: true, lines, markers: [] },
      ...{ formatX: String, formatY: String },
    });
  };
  console.log(`${points} points, ${names.length} curves`);
  console.log(`  smoothing one curve      ${time(() => smoothPoints(lines[0]!.raw, 0.9))}`);
  console.log(`  shapes of all            ${time(draw(1, points))}`);
  console.log(`  shapes of a tenth of it  ${time(draw(0.4 * points, 0.5 * points))}`);
}

async function inTheWindow(points: number): Promise<void> {
  await inTemporaryFolder(async (dir) => {
    const workspace = path.join(dir, 'workspace');
    seed(workspace, points);
    const window = await startApplication(workspace);
    try {
      const { page } = window;
      await page.getByRole('navigation').waitFor();
      const start = performance.now();
      await page.keyboard.press('6');
      await page.getByRole('img', { name: `of ${names.length * points} points` }).waitFor({ timeout: 300_000 });
      console.log(`  in the window: all points after ${((performance.now() - start) / 1000).toFixed(1)} s`);
      for (const [what, selector, key] of [
        ['slider', 'input[type=range]', 'ArrowRight'],
        ['zoom', '.plot', '+'],
      ] as const) {
        await page.locator(selector).first().focus();
        const times: number[] = [];
        for (let i = 0; i < 12; i++) {
          const next = page.evaluate(frameAfterKey);
          await page.waitForTimeout(100); // the page listens by now
          await page.keyboard.press(key);
          times.push(await next);
        }
        console.log(
          `  ${what}, to the next frame: ${median(times).toFixed(1)} ms (worst ${Math.max(...times).toFixed(1)})`,
        );
      }
    } finally {
      await window.close();
    }
  });
}

/** In the page: milliseconds from the next key to the frame that follows what it did. */
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

function seed(dir: string, points: number): void {
  const { sqlite, close } = openWorkspace(dir);
  sqlite
    .prepare(
      `INSERT INTO runs (id, student, config, seed, versions, device, state, step, total_steps, started_at)
       VALUES ('long', 'student', '{}', 1, '{}', 'cpu', 'done', ?, ?, ?)`,
    )
    .run(points, points, timestamp());
  const insert = sqlite.prepare("INSERT INTO metrics (run_id, name, step, value) VALUES ('long', ?, ?, ?)");
  sqlite.transaction(() => {
    for (const [index, name] of names.entries()) {
      const random = randomStream(index);
      for (let step = 1; step <= points; step++)
        insert.run(`loss/${name}`, step, 1 + Math.exp(-step / points) + random());
    }
  })();
  close();
}

const { values } = parseArgs({ options: { points: { type: 'string', default: '100000,1000000' } } });
console.log(machine());
for (const points of values.points.split(',').map(Number)) {
  byThemselves(points);
  if (process.env['DISPLAY'] !== undefined) await inTheWindow(points);
}
