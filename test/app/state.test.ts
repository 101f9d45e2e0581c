/** @file vitest run test/app: what the views show, from what the service tells. */

import { describe, expect, test } from 'vitest';
import type { Dataset, Job, Run, Summary } from '../../src/preload/contract.ts';
import { baseName, formatAge, formatDuration, formatRate, formatValue } from '../../src/renderer/state/format.ts';
import {
  fractionOf,
  observeJob,
  observeJobs,
  rateOf,
  timeLeftOf,
  type JobView,
} from '../../src/renderer/state/jobs.ts';
import { pipelineStages, stageOf } from '../../src/renderer/state/pipeline.ts';

const job = (change: Partial<Job> = {}): Job => ({
  id: 1,
  command: ['demo', '--quick'],
  state: 'running',
  progress: null,
  hasLog: true,
  startedAt: '2026-01-01T00:00:00.000Z',
  finishedAt: null,
  error: null,
  ...change,
});
const embedding = (done: number, stage = 'embed'): Job =>
  job({ progress: { stage, done, total: 100, unit: 'images' } });

describe('jobs', () => {
  const watch = (...sightings: [timeMs: number, job: Job][]): JobView =>
    sightings.reduce<JobView[]>((jobs, [time, seen]) => observeJob(jobs, seen, time), [])[0]!;

  test('have a rate and a time left once two sightings are apart', () => {
    expect(rateOf(watch([0, embedding(10)]))).toBeUndefined();
    const view = watch([0, embedding(10)], [2000, embedding(30)]);
    expect(rateOf(view)).toBe(10);
    expect(timeLeftOf(view)).toBe(7000);
    expect(fractionOf(view)).toBe(0.3);
  });

  test('forget the rate of the stage before', () => {
    const view = watch([0, embedding(10)], [2000, embedding(30)], [3000, embedding(1, 'compare images')]);
    expect(rateOf(view)).toBeUndefined();
  });

  test('follow a machine that slows down', () => {
    const view = watch([0, embedding(0)], [1000, embedding(50)], [30_000, embedding(51)], [40_000, embedding(52)]);
    expect(rateOf(view)).toBeCloseTo(0.1);
  });

  test('have no fraction and no time left while the total is unknown', () => {
    const unknown = (done: number) => job({ progress: { stage: 'import', done, total: 0, unit: 'images' } });
    const view = watch([0, unknown(1)], [1000, unknown(5)]);
    expect([fractionOf(view), timeLeftOf(view), rateOf(view)]).toEqual([undefined, undefined, 4]);
  });

  test('are listed newest first, and a whole list keeps what was seen', () => {
    let jobs = observeJob([], embedding(1), 0);
    jobs = observeJob(jobs, job({ id: 3 }), 0);
    jobs = observeJob(jobs, job({ id: 2 }), 0);
    expect(jobs.map(({ id }) => id)).toEqual([3, 2, 1]);
    jobs = observeJobs(jobs, [embedding(21)], 1000);
    expect(rateOf(jobs[0]!)).toBe(20);
  });
});

describe('the pipeline', () => {
  const empty: Summary = { datasets: [], runs: [], evaluations: [], report: false, exports: [], exportedElsewhere: [] };
  const dataset: Dataset = {
    id: 1,
    name: 'food',
    source: '/food',
    complete: true,
    images: 542,
    skipped: 3,
    embeddings: [{ teacher: 'tiny', dim: 256, rows: 300, complete: false }],
    balance: {
      ...{ id: 1, teacher: 'tiny', beta: 0.4471, images: 542, groups: 40, removed: 79, kept: 463 },
      ...{ keep: 'centroid', maxDiameter: null, maxGroupSize: null, against: null, waiting: 0 },
    },
    decisions: 0,
    clustering: null,
  };
  const run: Run = {
    id: 'r',
    dataset: 1,
    student: 'small',
    state: 'failed',
    step: 40,
    totalSteps: 300,
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: null,
    error: 'NaN',
  };

  test('of an empty workspace has nothing', () => {
    expect(pipelineStages(empty, undefined, []).map(({ state }) => state)).toEqual(Array(8).fill('empty'));
  });

  test('tells what each stage has done', () => {
    const stages = pipelineStages({ ...empty, datasets: [dataset], runs: [run] }, dataset, []);
    expect(stages.map(({ name, state, value }) => [name, state, value])).toEqual([
      ['import', 'done', '542 images'],
      ['embed', 'partial', '300 of 542'],
      ['balance', 'done', '463 kept'],
      ['review', 'empty', ''],
      ['cluster', 'empty', ''],
      ['distill', 'failed', '40 of 300 steps'],
      ['evaluate', 'empty', ''],
      ['export', 'empty', ''],
    ]);
  });

  test('shows the stage that a job works on', () => {
    const stages = pipelineStages({ ...empty, datasets: [dataset] }, dataset, [embedding(50, 'compare images')]);
    expect(stages.find(({ state }) => state === 'running')).toMatchObject({
      name: 'balance',
      fraction: 0.5,
      value: '50 of 100',
    });
    const over = pipelineStages(empty, undefined, [{ ...embedding(50), state: 'failed' }]);
    expect(over.every(({ state }) => state === 'empty')).toBe(true);
  });

  test.each([
    ['import', 'import'],
    ['embed images', 'embed'],
    ['compare images', 'balance'],
    ['choose centres', 'cluster'],
    ['cluster, iteration 3', 'cluster'],
    ['sizes before balance', 'cluster'],
    ['encode texts', 'evaluate'],
    ['fit linear probe', 'evaluate'],
    ['something else', undefined],
  ])('knows that "%s" belongs to %s', (text, stage) => {
    expect(stageOf(text)).toBe(stage);
  });
});

test('numbers and times are short and exact', () => {
  expect([0, 0.000123, 0.01234, 4.5678, 1234.5].map(formatValue)).toEqual(['0', '1.23e-4', '0.0123', '4.57', '1,235']);
  expect([2000, 41.26, 0.5, 0.001].map(formatRate)).toEqual(['2,000/s', '41.3/s', '30.0/min', '3.60/h']);
  expect([400, 59_400, 200_000, 7_500_000, 360_000_000].map(formatDuration)).toEqual([
    '0 s',
    '59 s',
    '3 min 20 s',
    '2 h 5 min',
    '4 d 4 h',
  ]);
  const now = Date.parse('2026-05-05T12:00:00Z');
  const ago = (time: string) => formatAge(time, now);
  expect([
    ago('2026-05-05T11:59:30Z'),
    ago('2026-05-05T11:15:00Z'),
    ago('2026-05-05T09:00:00Z'),
    ago('2026-05-01T12:00:00Z'),
  ]).toEqual(['just now', '45 min ago', '3 h ago', '1 May 2026']);
  expect(['/a/b/', 'C:\\x\\y', 'z', '/'].map(baseName)).toEqual(['b', 'y', 'z', '/']);
});
