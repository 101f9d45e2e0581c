/** @file vitest run test/app/results.test.ts: results side by side, and the forms of evaluation and export. */

import { describe, expect, test } from 'vitest';
import { parseEvaluationUrl, parsePictureUrl } from '../../src/main/pictureUrl.ts';
import type { EvaluationRow } from '../../src/preload/contract.ts';
import { commandOf, jobStart } from '../../src/preload/jobStart.ts';
import {
  checkEvaluate,
  checkExport,
  suggestedName,
  type EvaluateDraft,
  type ExportDraft,
} from '../../src/renderer/state/resultForms.ts';
import { blocksOf, seenNotes } from '../../src/renderer/state/results.ts';

const row = (id: number, model: string, more: Partial<EvaluationRow> = {}): EvaluationRow => ({
  ...{ id, model, run: null, task: 'zero-shot', data: '/data/pets', title: null, tested: 10, skipped: 0, seen: null },
  ...{ finishedAt: '2026-01-01T00:00:00.000Z' },
  measures: [{ name: 'Zero-shot top-1', value: id / 10, interval: [0, 1], chance: 0.1 }],
  ...more,
});

describe('results', () => {
  test('the teacher before the student, the newest block first', () => {
    const blocks = blocksOf([
      row(1, 'student', { run: 'r' }),
      row(2, 'teacher'),
      row(3, 'teacher', { task: 'retrieval', measures: [] }),
    ]);
    expect(blocks.map(({ task, title, models }) => [task, title, models.map(({ model }) => model)])).toEqual([
      ['retrieval', 'pets', ['teacher']],
      ['zero-shot', 'pets', ['teacher', 'student']],
    ]);
    expect(blocks[1]!.rows[0]!.cells.map((cell) => cell?.value)).toEqual([0.2, 0.1]);
  });

  test('a run that is evaluated again is the same column, with its newest numbers', () => {
    const [block] = blocksOf([
      row(1, 'teacher'),
      row(2, 'student', { run: 'r1' }),
      row(3, 'r1', { run: 'r1' }),
      row(4, 'teacher'),
    ]);
    expect(block!.models.map(({ id, model }) => [id, model])).toEqual([
      [4, 'teacher'],
      [3, 'student'],
    ]);
    expect(block!.rows[0]!.cells.map((cell) => cell?.value)).toEqual([0.4, 0.3]);
  });

  test('a run without a label is called by its student', () => {
    const evaluations = [row(1, 'r1', { run: 'r1' }), row(2, 'r2', { run: 'r2' })];
    const [block] = blocksOf(evaluations, new Map([['r1', 'tiny']]));
    expect(block!.models.map(({ model }) => model)).toEqual(['tiny', 'r2']);
  });

  test('models that were trained on the pictures share a sentence', () => {
    const notes = seenNotes([
      row(1, 'a', { seen: 10 }),
      row(2, 'b', { seen: 10 }),
      row(3, 'c', { seen: 3 }),
      row(4, 'd'),
    ]);
    expect(notes.map((note) => note.split(':')[0])).toEqual([
      'All tested images are in the dataset that trained a and b',
      '3 of 10 tested images are in the dataset that trained c',
    ]);
  });
});

const evaluate: EvaluateDraft = {
  ...{ task: 'zero-shot', suite: 'robustness', runs: ['r1'], models: ['/m/teacher'], on: 'dataset', dataset: 'foods' },
  ...{ source: '', root: '', classnames: 'imagenet', templates: '', precision: 'fp32' },
};
const exporting: ExportDraft = {
  ...{ what: 'webdataset', dataset: 'foods', run: 'r1', out: '/out/x', which: 'kept', copy: true, hashes: true },
  ...{ shardSamples: '500', format: 'open_clip' },
};

describe('forms', () => {
  test('evaluate: the command, and what is missing', () => {
    const { job } = checkEvaluate(evaluate);
    expect(commandOf(jobStart.parse(job))).toEqual(
      'evaluate zero-shot --model /m/teacher --run r1 --dataset foods --classnames imagenet --precision fp32'.split(
        ' ',
      ),
    );
    expect(commandOf(checkEvaluate({ ...evaluate, task: 'suite', root: '/data' }).job!)).toEqual(
      'evaluate suite robustness --root /data --model /m/teacher --run r1 --precision fp32'.split(' '),
    );
    expect(checkEvaluate({ ...evaluate, runs: [], models: [], on: 'files' }).problems).toEqual({
      models: 'Choose at least one model.',
      source: 'Choose a folder or a file.',
    });
    expect(checkEvaluate({ ...evaluate, classnames: '-x' }).job).toBeNull();
  });

  test('export: only the options that it has', () => {
    const command = (draft: Partial<ExportDraft>): string =>
      commandOf(checkExport({ ...exporting, ...draft }).job!).join(' ');
    expect(command({})).toBe('export webdataset --dataset foods --which kept --shard-samples 500 --out /out/x');
    expect(command({ what: 'folder' })).toBe('export folder --dataset foods --which kept --copy --out /out/x');
    expect(command({ what: 'uids', out: '/x.npy' })).toBe(
      'export uids --dataset foods --which kept --uids-from hash --out /x.npy',
    );
    expect(command({ what: 'student' })).toBe('export student --run r1 --format open_clip --out /out/x');
    expect(command({ what: 'evaluations', out: '/x.md' })).toBe('export evaluations --out /x.md');
    expect(checkExport({ ...exporting, what: 'manifest' }).problems.out).toMatch(/must end in .csv, /);
    expect(checkExport({ ...exporting, shardSamples: '0' }).problems.shardSamples).toBe('At least 1.');
    expect(suggestedName({ ...exporting, what: 'manifest' })).toBe('foods-kept-manifest.csv');
    expect(suggestedName({ ...exporting, what: 'student' })).toBe('r1-open_clip');
  });
});

test('pictures of evaluations have no place for a path', () => {
  const id = '0123456789abcdef';
  const good = `image://${id}/evaluation/12/0`;
  expect(parseEvaluationUrl(good)).toEqual({ workspace: id, evaluation: 12, picture: 0 });
  expect(parsePictureUrl(good)).toBeUndefined();
  for (const rest of [
    'evaluation/0/1',
    'evaluation/1/..',
    'evaluation/1/1.webp',
    'evaluation/1/01',
    'evaluation/1/1?x',
    'evaluation/-1/1',
    '%2e%2e/1/1',
  ])
    expect(parseEvaluationUrl(`image://${id}/${rest}`)).toBeUndefined();
});
