/** @file What the view of runs asks: facts of a run, its curves in typed pages, and all points as a table. */

import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { once } from 'node:events';
import { z } from 'zod';
import type { Result, RunFacts } from '../../../preload/contract.ts';
import { distillValues } from '../../../preload/distillJob.ts';
import { UsageError } from '../errors.ts';
import { checkpointSteps, checkpointFolder } from '../distill/checkpoint.ts';
import { alarmKinds, alarmMetric, alarmText } from '../distill/alarms.ts';
import { runFolder, storedAlarms } from '../distill/records.ts';
import type { Workspace } from '../store/workspace.ts';
import { lastStep } from './queries.ts';

/** Points of all metrics together in one reply. */
const pagePoints = 100_000;
const shownEvaluations = 200;

/** What a run recorded; others of its fields are told as they are. */
const recordSchema = z.looseObject({
  options: z.record(z.string(), z.unknown()).optional(),
  teacher: z.string().nullable().optional(),
  samples: z.int().optional(),
});

export async function runFacts(workspace: Workspace, id: string): Promise<RunFacts> {
  const row = await workspace.db
    .selectFrom('runs')
    .leftJoin('datasets', 'datasets.id', 'runs.dataset_id')
    .selectAll('runs')
    .select('datasets.name as dataset')
    .where('runs.id', '=', id)
    .executeTakeFirst();
  if (!row) throw new UsageError(`There is no run ${id} in ${workspace.dir} any more.`);
  const record = recordSchema.parse(JSON.parse(row.config));
  const values = distillValues.safeParse(record.options);
  const checkpoints = path.join(runFolder(workspace, id), 'checkpoints');
  const batch = record.options?.['batch'];
  const step = Math.max(row.step, lastStep(workspace, id));
  return {
    run: id,
    student: row.student,
    dataset: row.dataset,
    teacher: record.teacher ?? null,
    device: row.device,
    seed: row.seed,
    step,
    error: row.error,
    settings: settingsOf(record),
    values: values.success ? values.data : null,
    batch: typeof batch === 'number' ? batch : null,
    samples: record.samples ?? null,
    names: metricNames(workspace, id),
    alarms: (await storedAlarms(workspace, id)).map((alarm) => ({
      kind: alarm.kind,
      step: alarm.step,
      text: alarmText(alarm),
    })),
    checkpoints: (await checkpointSteps(checkpoints)).map((step) => ({
      step,
      folder: path.join(checkpoints, checkpointFolder(step)),
    })),
    evaluations: await evaluationsOf(workspace, id, step),
  };
}

/** `options` flat among the rest; what is no plain value as JSON. */
function settingsOf(record: z.infer<typeof recordSchema>): RunFacts['settings'] {
  const { options = {}, ...rest } = record;
  const plain = (value: unknown): RunFacts['settings'][string] =>
    value === null || typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string'
      ? value
      : JSON.stringify(value);
  return Object.fromEntries(
    [...Object.entries(rest), ...Object.entries(options)].map(([name, value]) => [name, plain(value)]),
  );
}

const alarmNames = new Set(alarmKinds.map(alarmMetric));

/** One look at the index a name: a run of a million steps has as few names as a short one. */
function metricNames({ sqlite }: Workspace, run: string): string[] {
  const next = sqlite
    .prepare<[string, string], string | null>('SELECT min(name) FROM metrics WHERE run_id = ? AND name > ?')
    .pluck();
  const names: string[] = [];
  for (let name = next.get(run, ''); name; name = next.get(run, name)) if (!alarmNames.has(name)) names.push(name);
  return names;
}

/** An evaluation counts at the step of the checkpoint that it names, else at the run's last step. */
async function evaluationsOf({ db }: Workspace, run: string, last: number): Promise<RunFacts['evaluations']> {
  const rows = await db
    .selectFrom('evaluations')
    .select(['model', 'task', 'data', 'finished_at'])
    .where('run_id', '=', run)
    .orderBy('id')
    .limit(shownEvaluations)
    .execute();
  return rows.map(({ model, task, data, finished_at }) => ({
    step: Number(/step-(\d{8})/.exec(model)?.[1] ?? last),
    task,
    data,
    finishedAt: finished_at,
  }));
}

/** Values of each metric after step `since`; a long series comes in several pages. */
export function runSeries(
  { sqlite }: Workspace,
  run: string,
  wanted: readonly { name: string; since: number }[],
): Result<'run.series'> {
  const limit = Math.max(1, Math.floor(pagePoints / wanted.length));
  const select = sqlite.prepare<[string, string, number, number], { step: number; value: number }>(
    'SELECT step, value FROM metrics WHERE run_id = ? AND name = ? AND step > ? ORDER BY step LIMIT ?',
  );
  return {
    series: wanted.map(({ name, since }) => {
      const rows = select.all(run, name, since, limit);
      const steps = new Int32Array(rows.length);
      const values = new Float32Array(rows.length);
      for (const [i, { step, value }] of rows.entries()) {
        steps[i] = step;
        values[i] = value;
      }
      return { name, steps: pack(steps), values: pack(values), more: rows.length === limit };
    }),
  };
}

const pack = ({ buffer }: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>): string =>
  Buffer.from(buffer).toString('base64');

const rowsAtOnce = 5000;

/** Writes all points as csv: a line for each run and step that has one of the metrics, empty where it has not that one. */
export async function writeSeries(
  { sqlite }: Workspace,
  { runs, metrics, file }: { runs: readonly string[]; metrics: readonly string[]; file: string },
): Promise<void> {
  const select = sqlite.prepare<[string, string, number, number], { step: number; value: number }>(
    'SELECT step, value FROM metrics WHERE run_id = ? AND name = ? AND step >= ? AND step < ? ORDER BY step',
  );
  const bounds = sqlite.prepare<string[], { first: number | null; last: number | null }>(
    `SELECT min(step) AS first, max(step) AS last FROM metrics WHERE run_id = ? AND name IN (${metrics.map(() => '?').join(', ')})`,
  );
  const out = createWriteStream(file);
  const failed = once(out, 'error').then(([error]) => {
    throw error as Error;
  });
  const write = async (text: string): Promise<void> => {
    if (!out.write(text)) await Promise.race([once(out, 'drain'), failed]);
  };
  // a failure before the first wait is met by the end
  failed.catch(() => undefined);
  await write(`${['run', 'step', ...metrics].map(cell).join(',')}\n`);
  for (const run of runs) {
    const { first, last } = bounds.get(run, ...metrics)!;
    if (first === null || last === null) continue;
    for (let from = first; from <= last; from += rowsAtOnce) {
      const lines = new Map<number, string[]>();
      for (const [column, name] of metrics.entries()) {
        for (const { step, value } of select.all(run, name, from, from + rowsAtOnce)) {
          let line = lines.get(step);
          if (!line) lines.set(step, (line = metrics.map(() => '')));
          line[column] = String(value);
        }
      }
      const sorted = [...lines].sort(([a], [b]) => a - b);
      await write(sorted.map(([step, values]) => `${cell(run)},${step},${values.join(',')}\n`).join(''));
    }
  }
  out.end();
  await Promise.race([once(out, 'close'), failed]);
}

const cell = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
