/** @file vitest run test/engine/evaluate/suite.test.ts: known sets, averages, stored results and their documents. */

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/main/engine/errors.ts';
import { readData } from '../../../src/main/engine/evaluate/data.ts';
import { evaluationColumns, evaluationMarkdown, evaluationRows } from '../../../src/main/engine/evaluate/document.ts';
import {
  differences,
  findSet,
  locate,
  registeredSets,
  setsOf,
  suites,
} from '../../../src/main/engine/evaluate/registry.ts';
import { evaluationSchema, measuresOf, type EvaluationResult } from '../../../src/main/engine/evaluate/results.ts';
import { storedEvaluations } from '../../../src/main/engine/evaluate/stored.ts';
import { averagesOf, paperRows } from '../../../src/main/engine/evaluate/suite.ts';
import { evaluateSuite, exportResult } from '../../../src/main/engine/pipeline.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { openWorkspace, timestamp, type Workspace } from '../../../src/main/engine/store/workspace.ts';

let folder: string;
let workspace: Workspace;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'evaluate-suite-'));
  workspace = openWorkspace(path.join(folder, 'workspace'));
});
afterEach(async () => {
  workspace.close();
  await rm(folder, { recursive: true });
});
const at = (...parts: string[]): string => path.join(folder, ...parts);

function result(data: string, model: string, top1: number, changes: Partial<EvaluationResult> = {}): EvaluationResult {
  return evaluationSchema.parse({
    ...{ task: 'zero-shot', model, data, images: 10, skipped: 1, top1, top5: 1, meanPerClass: top1 / 2, classes: 4 },
    ...{ chance: 0.25, majority: 0.5, perClass: [], metric: 'top1', templates: 1 },
    intervals: { top1: [top1 - 0.1, top1 + 0.1], top5: [1, 1], meanPerClass: [0, 1] },
    ...changes,
  });
}

async function store(found: EvaluationResult | object): Promise<void> {
  const { model = 'm', task = 'zero-shot', data = 'd' } = found as Partial<EvaluationResult>;
  const values = { run_id: null, model, task, data, results: JSON.stringify(found), finished_at: timestamp() };
  await workspace.db.insertInto('evaluations').values(values).execute();
}

describe('known sets', () => {
  test('are the 14 and 5 of the paper, under different names', () => {
    expect(new Set(registeredSets.map(({ name }) => name)).size).toBe(registeredSets.length);
    for (const suite of ['linear-probe', 'robustness'] as const) expect(setsOf(suite)).toHaveLength(suites[suite].sets);
    const perClass = registeredSets.filter(({ metric }) => metric === 'meanPerClass').map(({ name }) => name);
    expect(perClass).toEqual(['fgvc_aircraft', 'pets', 'caltech101', 'flowers']);
  });

  test('are found under their names, and what is missing is explained', async () => {
    const [pets, dtd] = [findSet('pets')!, findSet('dtd')!];
    await mkdir(at('wds_vtab-pets'));
    await writeFile(at('dtd.csv'), 'path,label\n');
    expect(await locate(pets, folder)).toBe(at('wds_vtab-pets'));
    expect(await locate(dtd, folder)).toBe(at('dtd.csv'));
    const missing = readData({ set: 'cifar10', root: folder }, undefined, silentContext());
    await expect(missing).rejects.toThrow(/CIFAR-10 is not in .*cs.toronto.edu.*cifar-10-batches-bin.*--root/);
    await expect(missing).rejects.toThrow(UsageError);
    await expect(readData({ set: 'no', root: folder }, undefined, silentContext())).rejects.toThrow(/evaluate list/);
  });

  test('bring names and prompts where the data has none', async () => {
    await mkdir(at('imagenetv2', '0'), { recursive: true });
    await writeFile(at('imagenetv2', '0', 'a.jpg'), '');
    const { classNames, templates } = await readData({ set: 'imagenetv2', root: folder }, undefined, silentContext());
    expect([classNames?.length, classNames?.[0], templates?.length]).toEqual([1000, 'tench', 80]);
  });

  test('other sizes than the known ones are told', () => {
    const lines = differences(findSet('pets')!, result('pets', 'm', 0.5));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/37 classes, here are 4/);
    const whole = { classes: 37, images: 3669 };
    expect(differences(findSet('pets')!, result('pets', 'm', 0.5, whole))).toEqual([]);
  });
});

describe('averages', () => {
  test('each set by its own metric, one per model, and only complete ones count as complete', () => {
    const names = setsOf('robustness').map(({ name }) => name);
    const results = [
      result(names[0]!, 'A', 0.1),
      ...names.map((name, i) => result(name, 'A', (i + 1) / 10)),
      result(names[1]!, 'B', 0.4, { metric: 'meanPerClass' }),
      result('elsewhere', 'B', 0.9),
    ];
    const [a, b, ...others] = averagesOf(results);
    expect(others).toEqual([]);
    expect(a).toMatchObject({ suite: 'robustness', model: 'A', sets: 5, of: 5, missing: [] });
    expect(a!.average).toBeCloseTo(0.3, 12);
    expect(b).toMatchObject({ model: 'B', average: 0.2, sets: 1, of: 5 });
    expect(b!.missing).toHaveLength(4);
    expect(measuresOf(results[6]!)[0]!.name).toBe('Zero-shot mean per class');
  });

  test("the paper's own", () => {
    const cid = paperRows.filter(({ model }) => model.startsWith('CLIP-CID'));
    expect(cid.map(({ average }) => Math.round(average * 1000))).toEqual([863, 883, 498, 555]);
  });

  test('without any set the command says which and where', async () => {
    const request = { suite: 'robustness', root: folder, model: ['x'] } as const;
    const missing = evaluateSuite(workspace, { ...request, model: [...request.model] }, {}, silentContext());
    await expect(missing).rejects.toThrow(/None of the 5 sets of robustness .*imagenet-a/);
  });
});

describe('stored evaluations', () => {
  test('the newest of each model, task and data; what another version wrote is left out', async () => {
    await store(result('d', 'A', 0.1));
    await store(result('d', 'B', 0.2));
    await store(result('d', 'A', 0.3));
    await store({ old: true });
    const stored = await storedEvaluations(workspace);
    expect(stored.map(({ result: found }) => [found.model, 'top1' in found && found.top1])).toEqual([
      ['B', 0.2],
      ['A', 0.3],
    ]);
    expect(await storedEvaluations(workspace, { model: 'B', task: 'zero-shot', data: 'd' })).toHaveLength(1);
    expect(await storedEvaluations(workspace, { task: 'k-nn' })).toEqual([]);
  });

  test('export: csv, json and markdown', async () => {
    const out = (name: string) => exportResult(workspace, { what: 'evaluations', out: at(name) }, silentContext());
    await expect(out('e.csv')).rejects.toThrow(/no evaluation/);
    await store(result('imagenet-a', 'A|B', 0.5));
    await store(result('imagenet-a', 'C', 0.25));
    expect(await out('e.csv')).toEqual({ path: at('e.csv'), rows: 4 });
    const csv = (await readFile(at('e.csv'), 'utf8')).split('\n');
    expect(csv[0]).toBe(evaluationColumns.map(({ name }) => name).join(','));
    expect(csv[1]).toMatch(/^A\|B,,zero-shot,imagenet-a,Zero-shot top-1,0\.5,0\.4,0\.6,0\.25,10,1,/);
    await out('e.json');
    const json = JSON.parse(await readFile(at('e.json'), 'utf8')) as Record<string, unknown[]>;
    expect([json['evaluations']!.length, json['averages']!.length, json['paper']!.length]).toEqual([2, 2, 12]);
    await out('e.md');
    const markdown = await readFile(at('e.md'), 'utf8');
    expect(markdown).toContain('| Zero-shot top-1 | 25.0 | 50.0 (40.0 to 60.0) | 25.0 (15.0 to 35.0) |');
    expect(markdown).toContain('A\\|B');
    expect(markdown).toContain('1 of 5, not comparable');
    expect(markdown).toContain('49.8');
    await expect(out('e.xml')).rejects.toThrow(UsageError);
  });

  test('a document of hostile names has as many cells as columns', () => {
    const name = 'x | y\n| z `<b>`';
    const text = evaluationMarkdown([{ id: 1, runId: null, finishedAt: '', result: result(name, name, 0.5) }]);
    for (const line of text.split('\n').filter((one) => one.startsWith('|'))) {
      expect(line.match(/(?<!\\)\|/g)).toHaveLength(4);
    }
    expect(evaluationRows([])).toEqual([]);
  });
});
