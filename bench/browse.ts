/**
 * @file All pictures of a large dataset: what an index of captions costs an import and takes to make, lists by filter and order,
 * pages anywhere in them; and, on a screen (xvfb-run will do), frames while one scrolls through them in the built window.
 * Run: npm run bench -- browse [--samples 1000000] [--window 200000]
 */

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright';
import sharp from 'sharp';
import type { BrowseFilter, BrowseQuery } from '../src/preload/browse.ts';
import { randomStream } from '../src/main/engine/random.ts';
import { readCells } from '../src/main/engine/service/browse/cells.ts';
import { listSamples } from '../src/main/engine/service/browse/list.ts';
import { indexCaptions } from '../src/main/engine/store/captions.ts';
import { silentContext } from '../src/main/engine/progress.ts';
import { openWorkspace, timestamp, type Workspace } from '../src/main/engine/store/workspace.ts';
import { startApplication } from '../test/e2e/application.ts';
import { inTemporaryFolder, machine } from './lib/compare.ts';

const pictures = 400;
const count = (n: number): string => n.toLocaleString('en-US');
const median = (numbers: number[]): number => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

async function timed<T>(what: string, work: () => Promise<T> | T, say: (value: T) => string = () => ''): Promise<T> {
  const start = performance.now();
  const value = await work();
  const ms = performance.now() - start;
  console.log(
    `  ${what.padEnd(46)} ${ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`} ${say(value)}`,
  );
  return value;
}

async function drawPictures(dir: string): Promise<string[]> {
  mkdirSync(dir, { recursive: true });
  return Promise.all(
    Array.from({ length: pictures }, async (_, index) => {
      const random = randomStream(index);
      const circles = Array.from({ length: 12 }, () => {
        const [x, y, r, hue] = [random() * 640, random() * 480, 20 + random() * 90, random() * 360];
        return `<circle cx="${x}" cy="${y}" r="${r}" fill="hsl(${hue},70%,55%)"/>`;
      });
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480">${circles.join('')}</svg>`;
      const file = path.join(dir, `${index}.jpg`);
      await sharp(Buffer.from(svg)).jpeg().toFile(file);
      return file;
    }),
  );
}

/** Words of captions, some frequent and most rare. */
const vocabulary = Array.from({ length: 30_000 }, (_, at) => `w${at.toString(36)}`);

function insertSamples({ sqlite }: Workspace, from: number, to: number, files: string[]): void {
  const random = randomStream(from);
  const insert = sqlite.prepare(
    `INSERT INTO samples (dataset_id, position, path, file, caption, label, width, height, bytes, hash, status)
     VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (let start = from; start < to; start += 5000) {
    sqlite.transaction(() => {
      for (let at = start; at < Math.min(start + 5000, to); at++) {
        const words = Array.from(
          { length: 8 + (at % 8) },
          () => vocabulary[Math.floor(vocabulary.length * random() ** 4)],
        );
        const picture = Math.floor(random() * pictures);
        insert.run(
          ...[
            at,
            `folder-${(at * 7919) % 1000}/picture-${at}.jpg`,
            files[picture],
            words.join(' '),
            `label ${at % 50}`,
          ],
          ...[200 + ((at * 31) % 1800), 200 + ((at * 17) % 1500), 10_000 + ((at * 7919) % 990_000)],
          ...[String(picture).padStart(64, '0'), at % 97 === 0 ? 'skipped' : 'ok'],
        );
      }
    })();
  }
}

/** A tenth of the samples in groups of two, one of each removed. */
function insertBalance({ sqlite }: Workspace, samples: number): void {
  const groups = Math.floor(samples / 20);
  sqlite.transaction(() => {
    sqlite
      .prepare(
        `INSERT INTO balances (dataset_id, teacher, options, beta, images, pairs, groups, removed, kept, finished_at)
         VALUES (1, 'none', '{}', 0.4, ?, ?, ?, ?, ?, ?)`,
      )
      .run(samples, groups, groups, groups, samples - groups, timestamp());
    const group = sqlite.prepare('INSERT INTO duplicate_groups (balance_id, size, mean_distance) VALUES (1, 2, 0.1)');
    const member = sqlite.prepare(
      'INSERT INTO members (group_id, sample_id, distance, keep, rank) VALUES (?, ?, 0.1, ?, ?)',
    );
    for (let at = 0; at < groups; at++) {
      const { lastInsertRowid: id } = group.run();
      for (const place of [0, 1]) member.run(id, at * 20 + 2 + place * 7, 1 - place, place + 1);
    }
  })();
}

const everything: BrowseFilter = {
  ...{ caption: '', status: 'ok', fate: 'any', cluster: null, group: null, label: null, flag: null },
  ...{ minSide: null, maxSide: null, minBytes: null, maxBytes: null },
};
const query = (filter: Partial<BrowseFilter>, rest: Partial<BrowseQuery> = {}): BrowseQuery => ({
  ...{ dataset: 1, order: 'import', descending: false, samples: null },
  ...rest,
  filter: { ...everything, ...filter },
});

const questions: [string, BrowseQuery][] = [
  ['all, as imported', query({})],
  ['all, by path', query({}, { order: 'path' })],
  ['all, by resolution', query({}, { order: 'resolution', descending: true })],
  ['all, by file size', query({}, { order: 'bytes', descending: true })],
  ['kept', query({ fate: 'kept' })],
  ['removed', query({ fate: 'removed' })],
  ['a label', query({ label: 'label 7' })],
  ['shorter side from 1000, by file size', query({ minSide: 1000 }, { order: 'bytes' })],
  ['flag: too small', query({ flag: 'too-small' })],
  ['a frequent word', query({ caption: 'w5 ' })],
  ['a rare word', query({ caption: 'wzz ' })],
  ['two words, the second begun', query({ caption: 'w1 w2' })],
];

async function queries(dir: string, samples: number): Promise<void> {
  console.log(`${count(samples)} samples`);
  const files = await drawPictures(path.join(dir, 'pictures'));
  const workspace = openWorkspace(path.join(dir, 'large'));
  try {
    workspace.sqlite.exec(
      `INSERT INTO datasets (name, source, format, imported_at, complete) VALUES ('large', '/', 'folder', '${timestamp()}', 1)`,
    );
    const some = Math.floor(samples / 10);
    insertSamples(workspace, 0, samples - 2 * some, files);
    await timed(`rows of ${count(some)} samples, no index yet`, () => {
      insertSamples(workspace, samples - 2 * some, samples - some, files);
    });
    await timed('index of the captions', () => indexCaptions(workspace, silentContext()));
    await timed(`rows of ${count(some)} samples, index there`, () => {
      insertSamples(workspace, samples - some, samples, files);
    });
    await timed('index, brought up to date', () => indexCaptions(workspace, silentContext()));
    insertBalance(workspace, samples);
    let all: Float64Array = new Float64Array();
    for (const [what, asked] of questions) {
      const list = await timed(
        `list: ${what}`,
        () => listSamples(workspace, asked),
        (ids) => `(${count(ids.length)})`,
      );
      if (all.length === 0) all = list;
    }
    for (const share of [0, 0.5, 0.999]) {
      const ids = [...all.subarray(Math.floor(all.length * share)).subarray(0, 256)];
      await timed(`page of 256 at ${share * 100}%`, () => readCells(workspace, 1, ids));
    }
  } finally {
    workspace.close();
  }
}

/** Intervals between frames for four seconds, in milliseconds. */
const framesDuring = (page: Page): Promise<number[]> => page.evaluate(frames);

/** In the page. */
function frames(): Promise<number[]> {
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
      if (now < start + 4000) next(frame);
      else resolve(intervals.slice(1));
    };
    next(frame);
  });
}

function tell(what: string, intervals: number[]): void {
  const sorted = [...intervals].sort((a, b) => a - b);
  const at = (share: number): string => sorted[Math.floor(sorted.length * share)]!.toFixed(1);
  const perSecond = (1000 * intervals.length) / intervals.reduce((sum, ms) => sum + ms, 0);
  console.log(
    `  ${what.padEnd(46)} ${perSecond.toFixed(0)} frames/s, median ${at(0.5)} ms, 95% ${at(0.95)} ms, worst ${at(0.9999)} ms`,
  );
}

async function inTheWindow(dir: string, samples: number): Promise<void> {
  console.log(`${count(samples)} samples in the window`);
  const files = await drawPictures(path.join(dir, 'shown'));
  const workspace = openWorkspace(path.join(dir, 'shown-workspace'));
  workspace.sqlite.exec(
    `INSERT INTO datasets (name, source, format, imported_at, complete) VALUES ('large', '/', 'folder', '${timestamp()}', 1)`,
  );
  insertSamples(workspace, 0, samples, files);
  workspace.close();
  const window = await startApplication(workspace.dir);
  try {
    const { page } = window;
    await page.getByRole('navigation').waitFor();
    await timed('key 2 to the first cells', async () => {
      await page.keyboard.press('2');
      await page.locator('.browse-cell[title]').first().waitFor({ timeout: 60_000 });
    });
    const grid = page.locator('.browse-grid');
    await grid.hover();
    const idle = await framesDuring(page);
    tell('nothing moves', idle);
    for (const [what, pixels, everyMs] of [
      ['wheel, 120 pixels 30 times a second', 120, 33],
      ['wheel, 1,500 pixels 30 times a second', 1500, 33],
    ] as const) {
      const frames = framesDuring(page);
      for (const end = performance.now() + 4000; performance.now() < end;) {
        await page.mouse.wheel(0, pixels);
        await page.waitForTimeout(everyMs);
      }
      tell(what, await frames);
    }
    const jumps: number[] = [];
    for (const share of [0.5, 0.9, 0.1, 0.7, 0.3]) {
      const start = performance.now();
      await grid.evaluate((element, to) => {
        const scrolled = element as unknown as { scrollTop: number; scrollHeight: number };
        scrolled.scrollTop = scrolled.scrollHeight * to;
      }, share);
      await page.waitForTimeout(16);
      await page.locator('.browse-cell:not([title])').first().waitFor({ state: 'detached' });
      jumps.push(performance.now() - start);
    }
    console.log(
      `  scroll bar to the cells there                  ${median(jumps).toFixed(0)} ms (worst ${Math.max(...jumps).toFixed(0)})`,
    );
  } finally {
    await window.close();
  }
}

const { values } = parseArgs({
  options: { samples: { type: 'string', default: '1000000' }, window: { type: 'string', default: '200000' } },
});
console.log(machine());
await inTemporaryFolder(async (dir) => {
  if (Number(values.samples) > 0) await queries(dir, Number(values.samples));
  if (Number(values.window) > 0) await inTheWindow(dir, Number(values.window));
});
