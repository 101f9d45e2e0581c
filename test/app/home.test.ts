/** @file vitest run test/app/home: the next step, the log's search, advice on errors, settings, addresses of previews. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import type { Dataset, Summary } from '../../src/preload/contract.ts';
import { parsePictureUrl, parsePreviewUrl } from '../../src/main/pictureUrl.ts';
import { openSettings } from '../../src/main/settings.ts';
import { explainError } from '../../src/renderer/state/jobErrors.ts';
import { matchingLines, splitAtMatches } from '../../src/renderer/state/logSearch.ts';
import { nextStep } from '../../src/renderer/state/nextStep.ts';
import { formatBytes } from '../../src/renderer/state/format.ts';
import { deviceChoices, memoryChoice } from '../../src/renderer/state/settings.ts';

const summary = {
  datasets: [],
  runs: [],
  evaluations: [],
  report: false,
  exports: [],
  exportedElsewhere: [],
} as unknown as Summary;
const dataset = {
  id: 1,
  name: 'food',
  source: '/food',
  complete: true,
  images: 542,
  skipped: 0,
  embeddings: [{ teacher: 't', dim: 8, rows: 542, complete: true }],
  balance: { id: 1, teacher: 't', beta: 0.4, images: 542, groups: 32, removed: 109, kept: 433, waiting: 0 },
  decisions: 1,
  clustering: { id: 1, teacher: 't', clusters: 24, inertia: 1, iterations: 9, balance: 1 },
} as unknown as Dataset;

test.each([
  ['no dataset', undefined, 'Import data…'],
  ['an import that was stopped', { complete: false }, 'Import the rest…'],
  ['nothing but broken pictures', { images: 0 }, 'See why'],
  ['no vectors', { embeddings: [] }, 'Embed…'],
  ['half of the vectors', { embeddings: [{ teacher: 't', dim: 8, rows: 3, complete: false }] }, 'Embed the rest…'],
  ['no balance', { balance: null, clustering: null }, 'Balance…'],
  ['groups that nobody saw', { decisions: 0, clustering: null }, 'Review duplicates'],
  ['no clusters', { clustering: null }, 'Cluster…'],
  ['decisions that part groups', { balance: { ...dataset.balance!, waiting: 2 } }, 'Balance again…'],
  ['another balance', { balance: { ...dataset.balance!, id: 2 } }, 'Cluster again…'],
  ['no run', {}, 'Distil…'],
])('after %s comes what is missing', (_, change, label) => {
  expect(nextStep(summary, change && { ...dataset, ...change })?.label).toBe(label);
});

test('a run that was stopped goes on as the same run', () => {
  const stopped = { id: 'r1', dataset: 1, student: 'tiny', state: 'stopped', step: 40, totalSteps: 400 };
  const runs = [stopped] as unknown as Summary['runs'];
  expect(nextStep({ ...summary, runs }, dataset)).toMatchObject({
    label: 'Continue the run',
    why: 'tiny stopped after 40 of 400 steps; it goes on from its last checkpoint.',
    does: { resume: 'r1' },
  });
});

test('after everything nothing is left to do', () => {
  const runs = [{ dataset: 1, state: 'done' }] as unknown as Summary['runs'];
  const evaluations = [{ task: 'knn', model: 'm', run: null }];
  expect(nextStep({ ...summary, runs }, dataset)?.label).toBe('Evaluate…');
  expect(nextStep({ ...summary, runs, evaluations }, dataset)?.label).toBe('Export…');
  expect(nextStep({ ...summary, runs, evaluations, exports: ['a.csv'] }, dataset)).toBeNull();
  expect(nextStep({ ...summary, runs, evaluations, exportedElsewhere: ['b.csv'] }, dataset)).toBeNull();
});

test('a search in a log marks every match and loses nothing', () => {
  expect(splitAtMatches('Skipped: skip me', 'SKIP')).toEqual(['', 'Skip', 'ped: ', 'skip', ' me']);
  expect(matchingLines(['one', 'Two', 'tWo'], 'two')).toEqual(['Two', 'tWo']);
  fc.assert(
    fc.property(fc.string(), fc.string(), (line, wanted) => {
      const parts = splitAtMatches(line, wanted);
      expect(parts.join('')).toBe(line);
      for (let i = 1; i < parts.length; i += 2) expect(parts[i]!.toLowerCase()).toBe(wanted.toLowerCase());
    }),
  );
});

test.each([
  ['The process ended by SIGKILL.', /memory/],
  ['ENOSPC: no space left on device, write', /disk is full/],
  ['TensorFlow sees no GPU here.', /Doctor/],
  ['Process 7 stopped without a word.', /ended from outside/],
])('an error is explained: %s', (error, advice) => {
  expect(explainError(error)).toMatch(advice);
});

test('an error that explains itself is left alone', () => {
  expect([explainError('The dataset "x" has no balance.'), explainError(null)]).toEqual([undefined, undefined]);
});

test('devices are those of the machine, and the chosen one', () => {
  const gpus = [{ name: 'H100', memoryBytes: 8e10, driver: '1' }];
  expect(deviceChoices('auto', { gpus }).map(({ value }) => value)).toEqual(['auto', 'cpu', 'gpu:0']);
  expect(deviceChoices('gpu:3', { gpus }).at(-1)).toEqual({ value: 'gpu:3', label: 'gpu:3 (not found)' });
});

test('memory is typed in GiB', () => {
  expect([memoryChoice(''), memoryChoice('2,5')]).toEqual([{ bytes: null }, { bytes: 2.5 * 2 ** 30 }]);
  for (const text of ['0.5', '-1', 'much', '1e30']) expect(memoryChoice(text).problem, text).toBeDefined();
});

test('bytes in three digits', () => {
  expect([0, 999, 45_600, 7_890_000, 135e9, 2e12].map(formatBytes)).toEqual([
    '0 bytes',
    '999 bytes',
    '45.6 kB',
    '7.89 MB',
    '135 GB',
    '2 TB',
  ]);
});

test('a preview is named by its token alone', () => {
  const token = 'a'.repeat(32);
  expect(parsePreviewUrl(`image://preview/${token}/19`)).toEqual({ token, pair: 19 });
  for (const rest of [`${token}/-1`, `${token}/1?file=/etc/passwd`, `${token}/../1`, 'etc/passwd', `${token}/1/2`])
    expect(parsePreviewUrl(`image://preview/${rest}`), rest).toBeUndefined();
  expect(parsePictureUrl(`image://preview/${token}/19`)).toBeUndefined();
});

test('preferences are remembered; unknown ones count as none', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'distillery-preferences-'));
  onTestFinished(() => {
    rmSync(dir, { recursive: true });
  });
  const file = path.join(dir, 'settings.json');
  openSettings(file).setPreferences({ onClose: 'stop', memoryBytes: 2 ** 31 });
  expect(openSettings(file).preferences()).toEqual({ onClose: 'stop', device: 'auto', memoryBytes: 2 ** 31 });
  writeFileSync(file, '{"theme":"dark","preferences":{"device":"rm -rf"}}');
  expect(openSettings(file).preferences().onClose).toBe('ask');
  expect(openSettings(file).theme()).toBe('dark');
});
