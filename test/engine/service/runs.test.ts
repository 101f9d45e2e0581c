/** @file vitest run test/engine/service/runs: facts and curves of runs, csv of all points, the form of distill and its estimate. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { distillOptions } from '../../../src/main/engine/distill/options.ts';
import { MetricsWriter } from '../../../src/main/engine/distill/records.ts';
import { distillEstimate, distillForm } from '../../../src/main/engine/service/distillForm.ts';
import { runFacts, runSeries, writeSeries } from '../../../src/main/engine/service/runs.ts';
import { openWorkspace, timestamp, type Workspace } from '../../../src/main/engine/store/workspace.ts';
import { runRequests } from '../../../src/preload/runs.ts';

let workspace: Workspace;

beforeEach(() => {
  workspace = openWorkspace(mkdtempSync(path.join(tmpdir(), 'distillery-runs-')));
});
afterEach(() => {
  workspace.close();
  rmSync(workspace.dir, { recursive: true, force: true });
});

const run = (sql: string, ...values: unknown[]): void => {
  workspace.sqlite.prepare(sql).run(...values);
};

function insertDataset(images: number): void {
  run(
    "INSERT INTO datasets (id, name, source, format, imported_at) VALUES (1, 'food', '/f', 'folder', ?)",
    timestamp(),
  );
  for (let i = 0; i < images; i++) {
    run(
      "INSERT INTO samples (dataset_id, position, path, file, caption, status) VALUES (1, ?, ?, ?, 'a dish', 'ok')",
      i,
      `${i}.jpg`,
      `/f/${i}.jpg`,
    );
  }
}

const config = (batch = 8): string =>
  JSON.stringify({
    options: distillOptions({ batch }),
    student: 'micro-32-small',
    dataset: 'food',
    teacher: 't',
    samples: 40,
  });

function insertRun(
  id: string,
  student = 'micro-32-small',
  device = `cpu (${cpus()[0]!.model}, 2 cores)`,
  given = config(),
): void {
  run(
    `INSERT INTO runs (id, dataset_id, student, config, seed, versions, device, state, step, total_steps, started_at)
     VALUES (?, (SELECT min(id) FROM datasets), ?, ?, 7, '{}', ?, 'done', 100, 100, ?)`,
    ...[id, student, given, device, timestamp()],
  );
}

function addMetrics(id: string, steps: number, metrics: (step: number) => Record<string, number>): void {
  const writer = new MetricsWriter(workspace, id);
  for (let step = 1; step <= steps; step++) writer.add(step, metrics(step));
  writer.flush();
}

const numbers = (text: string): number[] => {
  const bytes = Buffer.from(text, 'base64');
  return [...new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))];
};

describe('the facts of a run', () => {
  test('tell its settings, metrics, alarms, checkpoints and evaluations', async () => {
    insertDataset(2);
    insertRun('r');
    addMetrics('r', 3, (step) => ({ 'loss/overall': step, lr: 0.1, ...(step === 2 ? { 'alarm/starved': 0.75 } : {}) }));
    mkdirSync(path.join(workspace.dir, 'runs', 'r', 'checkpoints', 'step-00000100'), { recursive: true });
    const insert =
      "INSERT INTO evaluations (run_id, model, task, data, results, finished_at) VALUES ('r', ?, 'zero-shot', 'd', '{}', ?)";
    run(insert, 'student', timestamp());
    run(insert, '/w/runs/r/checkpoints/step-00000050', timestamp());
    const facts = runRequests['run.facts'].result.parse(await runFacts(workspace, 'r'));
    expect(facts).toMatchObject({ dataset: 'food', teacher: 't', batch: 8, samples: 40, seed: 7 });
    expect(facts.settings).toMatchObject({ dataset: 'food', lr: 1e-3, microBatch: null, base: true });
    expect(facts.values).toMatchObject({ batch: 8, kl: 'student-teacher' });
    expect(facts.names).toEqual(['loss/overall', 'lr']);
    expect(facts.alarms).toEqual([{ kind: 'starved', step: 2, text: expect.stringContaining('75%') as string }]);
    expect(facts.checkpoints.map(({ step }) => step)).toEqual([100]);
    expect(facts.evaluations.map(({ step }) => step)).toEqual([100, 50]);
  });

  test('of another version are told as far as they go', async () => {
    insertRun('old', 's', 'cpu', '{"options":{"lr":1,"gone":[1]}}');
    const facts = runRequests['run.facts'].result.parse(await runFacts(workspace, 'old'));
    expect(facts).toMatchObject({
      values: null,
      batch: null,
      samples: null,
      dataset: null,
      settings: { lr: 1, gone: '[1]' },
    });
    await expect(runFacts(workspace, 'none')).rejects.toThrow('no run none');
  });
});

describe('curves', () => {
  test('come whole in pages, each metric from where it stands', () => {
    insertRun('r');
    addMetrics('r', 120_000, (step) => ({ a: step / 2 }));
    addMetrics('r', 3, (step) => ({ b: -step }));
    const first = runSeries(workspace, 'r', [
      { name: 'a', since: 0 },
      { name: 'b', since: 1 },
      { name: 'none', since: 0 },
    ]).series;
    expect(first.map(({ more }) => more)).toEqual([true, false, false]);
    expect(numbers(first[1]!.values)).toEqual([-2, -3]);
    expect(numbers(first[2]!.values)).toEqual([]);
    const values: number[] = [];
    for (let more = true; more;) {
      const [page] = runSeries(workspace, 'r', [{ name: 'a', since: values.length }]).series;
      values.push(...numbers(page!.values));
      more = page!.more;
    }
    expect(values).toHaveLength(120_000);
    expect(values.at(-1)).toBe(60_000);
  });

  test('are written as csv with all digits, a line for each step that has a value', async () => {
    insertRun('r');
    insertRun('odd "name", 2');
    addMetrics('r', 3, (step) => ({ a: step / 3, ...(step === 2 ? { b: 0.1 } : {}) }));
    addMetrics('odd "name", 2', 1, () => ({ b: 5 }));
    const file = path.join(workspace.dir, 'out.csv');
    await writeSeries(workspace, { runs: ['r', 'odd "name", 2', 'none'], metrics: ['a', 'b'], file });
    expect(readFileSync(file, 'utf8')).toBe(
      `run,step,a,b\nr,1,${1 / 3},\nr,2,${2 / 3},0.1\nr,3,1,\n"odd ""name"", 2",1,,5\n`,
    );
    const missing = path.join(workspace.dir, 'no', 'folder.csv');
    await expect(writeSeries(workspace, { runs: ['r'], metrics: ['a'], file: missing })).rejects.toThrow('ENOENT');
  });

  test('longer than one read are written without a gap or a double line', async () => {
    insertRun('r');
    addMetrics('r', 12_345, (step) => ({ a: step }));
    const file = path.join(workspace.dir, 'long.csv');
    await writeSeries(workspace, { runs: ['r'], metrics: ['a'], file });
    const lines = readFileSync(file, 'utf8').trim().split('\n').slice(1);
    expect(lines.map((line) => Number(line.split(',')[1]))).toEqual(Array.from({ length: 12_345 }, (_, i) => i + 1));
  });
});

describe('the form of distill', () => {
  test('knows students and presets', () => {
    const { students, presets, defaults } = runRequests['distill.form'].result.parse(distillForm());
    expect(students.find(({ name }) => name === 'ViT-B-32')?.parameters).toBe(151_277_313);
    expect(presets.quick.maxSteps).toBe(200);
    expect(presets.paper.epochs).toBe(32);
    expect(defaults.batch).toBe(256);
  });

  const estimate = async (student: string, batch = 8) =>
    runRequests['distill.estimate'].result.parse(
      await distillEstimate(workspace, {
        workspace: '',
        dataset: 'food',
        student,
        teacher: null,
        values: { ...distillForm().defaults, batch, epochs: 2 },
      }),
    );

  test('guesses where nothing was measured, and says so', async () => {
    insertDataset(40);
    const guess = await estimate('micro-32-small');
    expect(guess).toMatchObject({ basis: 'guess', from: null, pairs: 40, steps: 10 });
    expect(guess.seconds).toBeCloseTo(80 / guess.samplesPerSecond, 6);
  });

  test('takes the speed of an earlier run of the same student, the time of all its steps', async () => {
    insertDataset(40);
    insertRun('r');
    // half of the steps at 10/s and half at 30/s take as long as all at 15/s
    addMetrics('r', 102, (step) => ({ samplesPerSecond: step % 2 === 0 ? 10 : 30 }));
    const measured = await estimate('micro-32-small');
    expect(measured).toMatchObject({ basis: 'measured', from: { run: 'r' } });
    expect(measured.samplesPerSecond).toBeCloseTo(15, 6);
    const larger = await estimate('tiny-64');
    expect(larger).toMatchObject({ basis: 'scaled', from: { run: 'r', student: 'micro-32-small' } });
    expect(larger.samplesPerSecond).toBeLessThan(1);
    expect(larger.memoryBytes).toBeGreaterThan(measured.memoryBytes);
  });

  test('takes no speed of another machine or of a broken record', async () => {
    insertDataset(40);
    insertRun('elsewhere', 'micro-32-small', 'cpu (Other 9000, 64 cores)');
    insertRun('broken', 'micro-32-small', undefined, 'no json');
    for (const id of ['elsewhere', 'broken']) addMetrics(id, 10, () => ({ samplesPerSecond: 1000 }));
    expect((await estimate('micro-32-small')).basis).toBe('guess');
    await expect(estimate('no-student')).rejects.toThrow('no-student');
  });
});
