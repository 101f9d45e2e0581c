/** @file vitest run test/app/runs: the form of distill and its command, runs side by side, what charts show of them. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { distillOptionsSchema, presetNames } from '../../src/main/engine/distill/options.ts';
import { distillForm } from '../../src/main/engine/service/distillForm.ts';
import type { RunFacts } from '../../src/preload/contract.ts';
import { distillFields, distillPresets, distillValues, type DistillValues } from '../../src/preload/distillJob.ts';
import { commandOf, jobStart } from '../../src/preload/jobStart.ts';
import { compareRows, differingSettings, settingText, sortRows } from '../../src/renderer/state/compareRuns.ts';
import {
  basisText,
  changesOf,
  checkDistill,
  estimateText,
  textsOf,
  type DistillDraft,
} from '../../src/renderer/state/distillForm.ts';
import {
  axisBounds,
  chartKinds,
  chartsOf,
  formatTick,
  formatUnit,
  linesOf,
  markersOf,
  runStyle,
  valueAt,
} from '../../src/renderer/state/runCharts.ts';
import { shownRuns, type RunData } from '../../src/renderer/state/runs.ts';

const facts = distillForm();
const draft = (texts: Partial<DistillDraft['texts']> = {}, change: Partial<DistillDraft> = {}): DistillDraft => ({
  dataset: 'food',
  teacher: 'bundled',
  student: 'tiny-64-small',
  preset: 'quick',
  texts: { ...textsOf(facts.presets.quick), ...texts },
  ...change,
});
const commandFor = (given: DistillDraft): string => commandOf(checkDistill(given, facts).job!).join(' ');

describe('the settings of distill', () => {
  test('are those of the engine, in the window and in the terminal', () => {
    const engine = Object.keys(distillOptionsSchema.shape);
    const notInForm = ['beta1', 'beta2', 'epsilon', 'without', 'thresholds'];
    expect(Object.keys(distillFields).sort()).toEqual(engine.filter((name) => !notInForm.includes(name)).sort());
    expect([...distillPresets]).toEqual(presetNames);
  });

  test('have the limits of the engine', () => {
    const value = fc.oneof(
      fc.double(),
      fc.integer({ min: -3, max: 10 }),
      fc.constant(null),
      fc.double({ min: 0, max: 1 }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...(Object.keys(distillFields) as (keyof DistillValues)[])), value, (name, given) => {
        const own = distillFields[name].safeParse(given).success;
        expect([name, given, own]).toEqual([name, given, distillOptionsSchema.shape[name].safeParse(given).success]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the form of distill', () => {
  test('names the preset and only what differs from it', () => {
    expect(commandFor(draft())).toBe('distill --dataset food --student tiny-64-small --teacher bundled --preset quick');
    expect(commandFor(draft({ lr: '0,001', batch: '32', augment: false, all: true, learnTau: false }))).toBe(
      'distill --dataset food --student tiny-64-small --teacher bundled --preset quick --batch 32 --lr 0.001 --no-augment --all --no-learn-tau',
    );
  });

  test('leaves the preset out where the command line cannot take back what it says', () => {
    const command = commandFor(draft({ maxSteps: '' }));
    expect(command).not.toContain('--preset');
    expect(command).toContain('--epochs 100 --batch 64 --lr 0.0005 --warmup 20');
  });

  test('needs no teacher for the base loss alone', () => {
    const alone = draft({ cluster: false, instance: false }, { teacher: '' });
    expect(commandFor(alone)).toContain('--no-cluster --no-instance');
    expect(commandFor(alone)).not.toContain('--teacher');
  });

  test.each([
    [{ epochs: '' }, 'epochs', 'A whole number.'],
    [{ epochs: '0' }, 'epochs', 'At least 1.'],
    [{ batch: '1' }, 'batch', 'At least 2.'],
    [{ batch: '8.5' }, 'batch', 'A whole number.'],
    [{ lr: '0' }, 'lr', 'More than 0.'],
    [{ alpha: '2' }, 'alpha', 'At most 1.'],
    [{ microBatch: '48' }, 'microBatch', 'not a multiple'],
    [{ base: false, cluster: false, instance: false }, 'base', 'at least one'],
    [{ init: '-x' }, 'init', 'dash'],
  ] as const)('says what is wrong with %j', (texts, field, problem) => {
    const { job, problems } = checkDistill(draft(texts), facts);
    expect(job).toBeNull();
    expect(problems[field]).toContain(problem);
    expect(Object.keys(problems)).toEqual([field]);
  });

  test('says what is missing', () => {
    const { problems } = checkDistill(draft({}, { dataset: '', teacher: '', student: '' }), facts);
    expect(Object.keys(problems).sort()).toEqual(['dataset', 'student', 'teacher']);
  });

  test('a run as it was comes back as the same settings', () => {
    const values: DistillValues = { ...facts.defaults, lr: 0.3, maxSteps: 7, cluster: false, all: true, init: '/m' };
    const { job, values: checked } = checkDistill(draft({}, { preset: null, texts: textsOf(values) }), facts);
    expect(checked).toEqual(values);
    expect(job).toMatchObject({
      preset: null,
      changes: { lr: 0.3, maxSteps: 7, cluster: false, all: true, init: '/m' },
    });
    expect(Object.keys(changesOf(values, null, facts).changes)).toHaveLength(5);
    expect(distillValues.parse({ ...facts.defaults, ...changesOf(values, null, facts).changes })).toEqual(values);
  });

  test('its jobs pass the border, and nothing that looks like an option does', () => {
    const job = checkDistill(draft(), facts).job!;
    expect(jobStart.safeParse(job).success).toBe(true);
    expect(jobStart.safeParse({ ...job, student: '--json' }).success).toBe(false);
    expect(jobStart.safeParse({ ...job, dataset: '../up' }).success).toBe(false);
    expect(commandOf(jobStart.parse({ kind: 'resume', run: '20260101-1' }))).toEqual([
      'distill',
      '--resume',
      '20260101-1',
    ]);
    expect(jobStart.safeParse({ kind: 'resume', run: '--all' }).success).toBe(false);
  });

  test('says what an estimate rests on, and when it may not fit', () => {
    const estimate = {
      ...{ pairs: 433, steps: 200, parameters: 8_300_000, memoryBytes: 2e9, freeBytes: 1e9, gpu: null },
      ...({ seconds: 130, samplesPerSecond: 98.4, basis: 'guess', from: null } as const),
    };
    expect(estimateText(estimate)).toEqual({
      time: 'about 2 min 10 s',
      timeNote: '200 steps on 433 pairs at 98.4/s',
      memory: 'about 2 GB',
      memoryNote: '8.3 million parameters, 1 GB free',
      tight: true,
    });
    expect(basisText(estimate)).toContain('guess');
    const from = { run: 'r1', student: 'tiny-64' };
    expect(basisText({ ...estimate, basis: 'measured', from })).toContain('r1');
    expect(basisText({ ...estimate, basis: 'scaled', from })).toContain('tiny-64');
  });
});

const data = (
  run: string,
  settings: RunFacts['settings'],
  values: number[] = [],
  change: Partial<RunFacts> = {},
): RunData => ({
  facts: {
    ...{
      run,
      student: 's',
      dataset: 'food',
      teacher: 't',
      device: 'cpu',
      seed: 0,
      step: values.length,
      error: null,
      settings,
      values: null,
    },
    ...{ batch: 4, samples: 8, names: ['loss/overall'], alarms: [], checkpoints: [], evaluations: [] },
    ...change,
  },
  curves: {
    'loss/overall': { steps: Int32Array.from(values, (_, i) => i + 1), values: Float32Array.from(values) },
  },
  complete: true,
});

describe('runs side by side', () => {
  const runs = [
    data('a', { lr: 1, batch: 8, init: null }, [5, 2, 3]),
    data('b', { lr: 2, batch: 8, init: null }, [4, 1]),
    data('c', { lr: 2, batch: 8, init: '/m', extra: true }),
  ];
  const [metric] = chartKinds[0]!.metrics;

  test('show only the settings that differ', () => {
    expect(differingSettings(runs)).toEqual(['lr', 'init', 'extra']);
    expect(differingSettings([runs[0]!, runs[0]!])).toEqual([]);
    expect([settingText(null), settingText(true), settingText(0.5)]).toEqual(['–', 'yes', '0.5']);
  });

  test('are sorted by any column, what is not there last', () => {
    const rows = compareRows(runs, metric!, 2);
    expect(rows.map(({ cells }) => [cells['best'], cells['last'], cells['at']])).toEqual([
      [2, 3, 2],
      [1, 1, 1],
      [null, null, null],
    ]);
    const order = (column: string, descending: boolean): string[] =>
      sortRows(rows, column, descending).map(({ data: { facts } }) => facts.run);
    expect(order('best', false)).toEqual(['b', 'a', 'c']);
    expect(order('best', true)).toEqual(['a', 'b', 'c']);
    expect(order('setting:lr', true)).toEqual(['b', 'c', 'a']);
    expect(order('setting:init', false)).toEqual(['c', 'a', 'b']);
  });

  test('are told apart by colour and by strokes', () => {
    const styles = Array.from({ length: 6 }, (_, i) => runStyle(i));
    expect(new Set(styles.map(({ color }) => color)).size).toBe(6);
    expect(new Set(styles.slice(0, 5).map(({ dash }) => dash.join())).size).toBe(5);
  });

  test('are chosen from the list: the newest, and those that are ticked', () => {
    const list = ['3', '2', '1'].map((id) => ({ id })) as unknown as Parameters<typeof shownRuns>[1];
    const ids = (chosen: string | null, others: string[]) => shownRuns({ chosen, others }, list).map(({ id }) => id);
    expect(ids(null, [])).toEqual(['3']);
    expect(ids('1', ['2', '1', 'gone'])).toEqual(['1', '2']);
    expect(shownRuns({ chosen: null, others: [] }, [])).toEqual([]);
  });
});

describe('charts', () => {
  test('of one run have its terms together, of several one chart a term', () => {
    const names = ['loss/overall', 'loss/base', 'lr'];
    const one = data('a', {}, [1], { names });
    expect(chartsOf([one]).map(({ title, metrics }) => [title, metrics.length])).toEqual([
      ['Loss', 2],
      ['Learning rate', 1],
    ]);
    expect(chartsOf([one, one]).map(({ title }) => title)).toEqual(['Loss: overall', 'Loss: base', 'Learning rate']);
  });

  test('lay markers and ends on the axis', () => {
    const run = data('a', {}, [5, 4, 3], {
      checkpoints: [{ step: 2, folder: '/c' }],
      evaluations: [{ step: 3, task: 'k-nn', data: 'd', finishedAt: '' }],
      alarms: [{ kind: 'chance', step: 1, text: 'why' }],
    });
    expect(markersOf(run, 'epoch').map(({ x, kind }) => [x, kind])).toEqual([
      [1, 'checkpoint'],
      [1.5, 'evaluation'],
      [0.5, 'alarm'],
    ]);
    expect(axisBounds([run], 'samples')).toEqual([4, 12]);
    expect(axisBounds([data('b', {})], 'step')).toEqual([0, 1]);
  });

  test('tell the value under the pointer', () => {
    const [line] = linesOf(chartKinds[0]!, [data('a', {}, [5, 4, 3])], 'step', 0.5, new Set());
    expect([null, 0.5, 1, 2.9, 3, 99].map((x) => valueAt(line!, x))).toEqual([3, null, 5, 4, 3, 3]);
    expect(line!.smoothed).not.toBeNull();
    expect(linesOf(chartKinds[0]!, [data('a', {}, [5])], 'step', 0, new Set())[0]!.smoothed).toBeNull();
    expect(linesOf(chartKinds[0]!, [data('a', {}, [5])], 'step', 0, new Set(['loss/overall']))).toEqual([]);
  });

  test('write values in their unit', () => {
    expect(formatUnit('share', 0.256)).toBe('25.6%');
    expect(formatUnit('bytes', 1.2e9)).toBe('1.2 GB');
    expect([0.5, 0.001, 1e-5, 2000].map((tick) => formatTick('number', tick))).toEqual([
      '0.5',
      '0.001',
      '1e-5',
      '2,000',
    ]);
  });
});
