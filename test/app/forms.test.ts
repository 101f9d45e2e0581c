/** @file vitest run test/app/forms: what forms make of what was filled in, the command they show, scales of the size chart. */

import { jobTitle } from '../../src/preload/jobTitle.ts';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Dataset, JobStart } from '../../src/preload/contract.ts';
import { commandOf, jobStart, noColumns } from '../../src/preload/jobStart.ts';
import { commandLine, shellWord } from '../../src/renderer/state/commandLine.ts';
import {
  betaHint,
  checkBalance,
  checkCluster,
  checkEmbed,
  checkImport,
  shortSource,
  suggestName,
  teachersOf,
  type BalanceDraft,
} from '../../src/renderer/state/jobForms.ts';
import { progressText } from '../../src/renderer/state/jobs.ts';
import { rankScale, sizeScale } from '../../src/renderer/state/sizeScale.ts';

const dataset = (change: Partial<Dataset> = {}): Dataset => ({
  id: 1,
  name: 'food',
  source: '/data/food',
  complete: true,
  images: 10,
  skipped: 0,
  embeddings: [],
  balance: null,
  decisions: 0,
  clustering: null,
  ...change,
});

describe('the form of import', () => {
  const draft = { sources: ['/data/food'], dataset: 'food', format: 'auto', columns: noColumns } as const;
  const checkWith = (change: { sources?: string[]; dataset?: string }, datasets: Dataset[] = []) =>
    checkImport({ ...draft, sources: [...draft.sources], ...change }, datasets);

  test('makes a job of sources and a name', () => {
    expect(checkWith({})).toEqual({
      job: { kind: 'import', sources: ['/data/food'], dataset: 'food', format: 'auto', columns: noColumns },
      problems: {},
    });
  });

  test.each([
    ['', 'A name is needed.'],
    ['two words', 'Letters, digits'],
    ['../up', 'Letters, digits'],
    ['-x', 'Letters, digits'],
    ['é', 'Letters, digits'],
    ['x'.repeat(101), 'At most 100'],
  ])('refuses the name %j', (name, problem) => {
    const { job, problems } = checkWith({ dataset: name });
    expect(job).toBeNull();
    expect(problems.dataset).toContain(problem);
  });

  test('needs a source that is no option', () => {
    expect(checkWith({ sources: [] }).problems.sources).toContain('Choose a folder');
    expect(checkWith({ sources: ['--json'] }).problems.sources).toContain('dash');
  });

  test('goes on with a dataset of the same source, and refuses its name to another one', () => {
    expect(checkWith({}, [dataset()]).job).not.toBeNull();
    const other = checkWith({ sources: ['/other'] }, [dataset()]);
    expect(other.problems.dataset).toBe('There is a dataset food from /data/food. Choose another name.');
  });

  test.each([
    [['/data/food'], 'food'],
    [['/data/food/'], 'food'],
    [['C:\\data\\My Photos 2024'], 'My-Photos-2024'],
    [['/data/part-000.tar.gz', '/data/part-001.tar.gz'], 'part-000'],
    [['/data/crème brûlée.parquet'], 'creme-brulee'],
    [['/data/日本'], ''],
    [[], ''],
  ])('proposes for %j the name %j', (sources, name) => {
    expect(suggestName(sources, [])).toBe(name);
  });

  test('proposes a free name, or that of the dataset that goes on', () => {
    expect(suggestName(['/data/food'], [dataset()])).toBe('food');
    expect(suggestName(['/other/food'], [dataset(), dataset({ name: 'food-2' })])).toBe('food-3');
  });

  test('proposes nothing but names that it accepts', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1, unit: 'grapheme' }), { minLength: 1 }), (sources) => {
        const name = suggestName(sources, []);
        expect(name === '' || checkWith({ dataset: name }).problems.dataset === undefined).toBe(true);
      }),
    );
  });
});

test('the form of embed needs a whole dataset and a teacher', () => {
  const draft = { dataset: 'food', teacher: '/t', precision: 'fp32' } as const;
  expect(checkEmbed(draft, [dataset()]).job).toEqual({ kind: 'embed', ...draft });
  expect(checkEmbed({ ...draft, teacher: '' }, [dataset()]).problems).toEqual({
    teacher: 'Choose the folder of a teacher.',
  });
  expect(checkEmbed(draft, [dataset({ complete: false })]).problems.dataset).toContain('did not end');
});

describe('the form of balance', () => {
  const draft: BalanceDraft = {
    dataset: 'food',
    teacher: 't',
    by: 'beta',
    beta: '0.4',
    share: '14.6',
    keep: 'centroid',
    maxDiameter: '',
    maxGroupSize: '',
    against: '',
  };

  test('takes a beta, also with a comma', () => {
    const expected = { limit: { beta: 0.4 }, maxDiameter: null, maxGroupSize: null, against: null };
    expect(checkBalance(draft).job).toMatchObject(expected);
    expect(checkBalance({ ...draft, beta: ' 0,4 ' }).job).toMatchObject(expected);
  });

  test('takes a share in percent, without the errors of its division', () => {
    expect(checkBalance({ ...draft, by: 'share' }).job).toMatchObject({ limit: { removeFraction: 0.146 } });
    expect(checkBalance({ ...draft, by: 'share', share: '7' }).job).toMatchObject({ limit: { removeFraction: 0.07 } });
  });

  test.each([
    [{ beta: '' }, { beta: 'A number.' }],
    [{ beta: 'x' }, { beta: 'A number.' }],
    [{ beta: '2.1' }, { beta: 'At most 2: the vectors are unit vectors.' }],
    [{ by: 'share', share: '0', beta: 'x' }, { share: 'More than 0%.' }],
    [{ by: 'share', share: '100' }, { share: 'Less than 100%.' }],
    [{ maxDiameter: '0' }, { maxDiameter: 'More than 0.' }],
    [{ maxGroupSize: '1' }, { maxGroupSize: 'At least 2.' }],
    [{ maxGroupSize: '2.5' }, { maxGroupSize: 'A whole number.' }],
    [{ teacher: '' }, { teacher: 'The dataset has no embeddings yet: embed it first.' }],
  ] as const)('says of %j what is wrong', (change, problems) => {
    expect(checkBalance({ ...draft, ...change })).toEqual({ job: null, problems });
  });

  test('tells a beta as a similarity, and what the latest balance says of it', () => {
    const facts = { images: 100, curve: { beta: [0.1, 0.3], removed: [5, 20] } };
    expect(betaHint('0.447', null)).toBe('Cosine similarity of 0.900 and more.');
    expect(betaHint('0,3', facts)).toContain('about 20 of 100 images');
    expect(betaHint('0.31', facts)).not.toContain('about');
    expect(betaHint('3', facts)).toBeUndefined();
  });
});

test('the form of cluster takes a number or none', () => {
  const draft = { dataset: 'food', teacher: 't', auto: true, clusters: '' };
  expect(checkCluster(draft).job).toMatchObject({ clusters: 'auto' });
  expect(checkCluster({ ...draft, auto: false }).problems).toEqual({ clusters: 'A whole number.' });
  expect(checkCluster({ ...draft, auto: false, clusters: '12' }).job).toMatchObject({ clusters: 12 });
});

test('later stages work with whole embeddings', () => {
  const set = { teacher: 'a', dim: 4, rows: 10, complete: true };
  expect(teachersOf(dataset({ embeddings: [set, { ...set, teacher: 'b', complete: false }] }))).toEqual(['a']);
  expect(teachersOf(undefined)).toEqual([]);
});

test('several sources are told by the first', () => {
  expect(shortSource('/a')).toBe('/a');
  expect(shortSource('/a\n/b\n/c')).toBe('/a and 2 more');
});

describe('the command', () => {
  const balance: JobStart = {
    kind: 'balance',
    dataset: 'food',
    teacher: 't',
    limit: { removeFraction: 0.2 },
    keep: 'oldest',
    maxDiameter: 0.5,
    maxGroupSize: null,
    against: 'test',
  };

  test('has the options of the job, and no others', () => {
    expect(commandLine(balance, '/my work')).toBe(
      "npx distillery balance --dataset food --teacher t --remove-fraction 0.2 --keep oldest --max-diameter 0.5 --against test --workspace '/my work'",
    );
    const job: JobStart = {
      kind: 'import',
      sources: ["/it's", '/b'],
      dataset: 'd',
      format: 'auto',
      columns: noColumns,
    };
    expect(commandLine(job, '/w')).toBe(
      String.raw`npx distillery import '/it'\''s' /b --dataset d --format auto --workspace /w`,
    );
    const columns = { image: '-file', caption: 'the text', label: null };
    expect(commandLine({ ...job, columns }, '/w')).toContain(
      "--image-column=-file '--caption-column=the text' --workspace",
    );
  });

  test('means the same to a shell', () => {
    const words = fc.array(
      fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', '')),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(words, (list) => {
        const script = `for word in ${list.map(shellWord).join(' ')}; do printf '%s\\0' "$word"; done`;
        expect(execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' })).toBe(
          list.map((word) => `${word}\0`).join(''),
        );
      }),
      { numRuns: 30 },
    );
  });

  test('cannot be given options in the place of files', () => {
    const sources = { kind: 'import', sources: ['--json'], dataset: 'd', format: 'auto', columns: noColumns };
    expect(jobStart.safeParse(sources).success).toBe(false);
    expect(jobStart.safeParse({ ...sources, sources: ['/json'] }).success).toBe(true);
    expect(jobStart.safeParse({ kind: 'run', config: '-x' }).success).toBe(false);
    expect(commandOf({ kind: 'run', config: '/c.yaml' })).toEqual(['run', '/c.yaml']);
  });
});

test('a job is told in one line', () => {
  const job = {
    id: 1,
    command: ['embed', '--dataset', 'food', '--teacher', '/t'],
    state: 'running' as const,
    progress: { stage: 'embed', done: 30, total: 100, unit: 'images' },
    hasLog: true,
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: null,
    error: null,
    seen: [
      { time: 0, done: 10 },
      { time: 2000, done: 30 },
    ],
  };
  expect(progressText(job)).toBe('30 of 100 images, 10.0/s, 7 s left');
  expect(progressText({ ...job, command: ['run', 'a.yaml'] })).toBe('embed: 30 of 100 images, 10.0/s, 7 s left');
  const layout = { ...job.progress, stage: 'map: layout' };
  expect(progressText({ ...job, command: ['--workspace', 'w', 'map'], progress: layout })).toMatch(
    /^layout: 30 of 100/,
  );
  expect(progressText({ ...job, progress: null })).toBe('');
});

test.each([
  [['demo', '--source', '/pictures', '--quick', '--workspace', '/w'], 'Demo (quick)'],
  [['--workspace', '/w', 'run', '/x/food.yaml', '--json'], 'Pipeline food.yaml'],
  [['import', 'a.csv', 'b.csv', '--dataset', 'food'], 'Import of food'],
  [['embed', '--dataset=food', '--workspace=/w', '--teacher', 'bundled'], 'Embedding of food'],
  [['cluster', '--clusters', 'auto', '--dataset', 'food'], 'Clustering of food'],
  [['distill', '--dataset', 'food', '--student', '/m/small', '--lr', '1'], 'Distillation of small on food'],
  [['distill', '--dataset', 'food'], 'Distillation on food'],
  [['distill', '--resume', 'run-1'], 'Distillation, continued: run-1'],
  [['evaluate', 'zero-shot', '--data', '/d/pets/'], 'Zero-shot evaluation on pets'],
  [['evaluate', 'suite', 'robustness', '--root', '/d'], 'Evaluation, all sets of robustness'],
  [['export', 'cluster-sizes', '--dataset', 'food', '--out', 'x.csv'], 'Export of cluster sizes, food'],
  [['export', 'student', '--run', 'run-1', '--out', 'x'], 'Export of student, run-1'],
  [['teacher', 'add', 'hf:org/model'], 'Teacher model'],
  // nothing that a person would say better
  [['decide', 'list'], 'decide list'],
  [['toString', 'x'], 'toString x'],
])('a job is called as a person would, wherever it was started: %j', (command, title) => {
  expect(jobTitle(command)).toBe(title);
});

describe('scales of cluster sizes', () => {
  test('go from one end to the other and back', () => {
    for (const scale of [rankScale(24), rankScale(1_000_000), sizeScale(1, 46), sizeScale(0, 90_000)]) {
      for (const place of [0, 0.3, 1]) expect(scale.to(scale.from(place))).toBeCloseTo(place);
      for (const tick of scale.ticks) expect(scale.to(tick)).toBeLessThanOrEqual(1 + 1e-9);
      expect(scale.ticks.length).toBeGreaterThan(1);
      expect(scale.ticks.length).toBeLessThan(9);
    }
  });

  test('empty clusters lie on the floor', () => {
    expect(sizeScale(0, 10).to(0)).toBe(0);
    expect(sizeScale(0, 10).to(1)).toBeGreaterThan(0);
    expect(sizeScale(1, 10).to(1)).toBe(0);
  });

  test('ranks of very many clusters are logarithmic', () => {
    expect(rankScale(10_000).to(100)).toBeCloseTo(0.5);
    expect(rankScale(3).to(2)).toBe(0.5);
    expect(rankScale(1).to(1)).toBe(0);
  });
});
