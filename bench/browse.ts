/**
 * @file The service's side of Browse: what an index of captions costs an import and takes to make, lists by filter and order, and
 * pages anywhere in them. How the window scrolls: npm run bench -- window.
 * Run: npm run bench -- browse [--samples 1000000]
 */

import path from 'node:path';
import { parseArgs } from 'node:util';
import type { BrowseFilter, BrowseQuery } from '../src/preload/browse.ts';
import { readCells } from '../src/main/engine/service/browse/cells.ts';
import { listSamples } from '../src/main/engine/service/browse/list.ts';
import { indexCaptions } from '../src/main/engine/store/captions.ts';
import { silentContext } from '../src/main/engine/progress.ts';
import { openWorkspace, timestamp, type Workspace } from '../src/main/engine/store/workspace.ts';
import { inTemporaryFolder, machine } from './lib/compare.ts';
import { drawPictures, insertDataset, insertSamples } from './lib/samples.ts';

const count = (n: number): string => n.toLocaleString('en-US');

async function timed<T>(what: string, work: () => Promise<T> | T, say: (value: T) => string = () => ''): Promise<T> {
  const start = performance.now();
  const value = await work();
  const ms = performance.now() - start;
  console.log(
    `  ${what.padEnd(46)} ${ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`} ${say(value)}`,
  );
  return value;
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
    insertDataset(workspace);
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

const { values } = parseArgs({ options: { samples: { type: 'string', default: '1000000' } } });
console.log(machine());
await inTemporaryFolder((dir) => queries(dir, Number(values.samples)));
