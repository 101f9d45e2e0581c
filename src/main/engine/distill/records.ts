/** @file Rows of a run: its start, its metrics in batches, its end. Every short transaction stands on its own. */

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UsageError } from '../errors.ts';
import { isAlive } from '../processes.ts';
import { timestamp, type Workspace } from '../store/workspace.ts';
import { alarmKinds, alarmMetric, alarmOf, type Alarm } from './alarms.ts';

export interface RunRecord {
  id: string;
  /** runs/<id> in the workspace. */
  dir: string;
}

export interface NewRun {
  datasetId: number;
  student: string;
  /** Everything that decides the result, as JSON: two runs with the same text are the same work. */
  config: string;
  seed: number;
  versions: string;
  device: string;
  totalSteps: number;
}

export const runFolder = (workspace: Workspace, id: string): string => path.join(workspace.dir, 'runs', id);

/** A new row and folder; the id sorts by time. */
export async function createRun(workspace: Workspace, run: NewRun): Promise<RunRecord> {
  const id = `${timestamp().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}-${randomBytes(2).toString('hex')}`;
  const dir = runFolder(workspace, id);
  mkdirSync(dir, { recursive: true });
  await workspace.db
    .insertInto('runs')
    .values({
      id,
      dataset_id: run.datasetId,
      student: run.student,
      config: run.config,
      seed: run.seed,
      versions: run.versions,
      device: run.device,
      state: 'running',
      total_steps: run.totalSteps,
      started_at: timestamp(),
      finished_at: null,
      error: null,
    })
    .execute();
  return { id, dir };
}

/** The newest unfinished run of the same work whose process is gone, if any. */
export async function unfinishedRun(
  workspace: Workspace,
  datasetId: number,
  config: string,
): Promise<RunRecord | undefined> {
  const rows = await workspace.db
    .selectFrom('runs')
    .select('id')
    .where('dataset_id', '=', datasetId)
    .where('config', '=', config)
    .where('state', 'in', ['running', 'stopped'])
    .orderBy('started_at', 'desc')
    .execute();
  const found = rows.find(({ id }) => !isHeld(runFolder(workspace, id)));
  return found && { id: found.id, dir: runFolder(workspace, found.id) };
}

/** @throws {UsageError} when there is no such run */
export async function findRun(workspace: Workspace, id: string) {
  const row = await workspace.db.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst();
  if (row) return { ...row, dir: runFolder(workspace, id) };
  const known = await workspace.db.selectFrom('runs').select('id').orderBy('started_at', 'desc').limit(5).execute();
  throw new UsageError(
    `No run "${id}" in ${workspace.dir} (latest: ${known.map((run) => run.id).join(', ') || 'none yet'}).`,
  );
}

/** Marks the run as this process's, so that two never write the same run. @throws {UsageError} when another holds it */
export function holdRun(dir: string): void {
  if (isHeld(dir)) throw new UsageError(`The run in ${dir} is being trained by another process.`);
  mkdirSync(dir, { recursive: true });
  writeFileSync(path.join(dir, 'pid'), String(process.pid));
}

function isHeld(dir: string): boolean {
  const file = path.join(dir, 'pid');
  if (!existsSync(file)) return false;
  const pid = Number(readFileSync(file, 'utf8'));
  return pid !== process.pid && isAlive(pid);
}

/** Metrics of the steps since the last flush; a flush is one transaction. */
export class MetricsWriter {
  private pending: { step: number; name: string; value: number }[] = [];
  private readonly workspace: Workspace;
  private readonly runId: string;

  constructor(workspace: Workspace, runId: string) {
    this.workspace = workspace;
    this.runId = runId;
  }

  add(step: number, metrics: Record<string, number>): void {
    for (const [name, value] of Object.entries(metrics)) this.pending.push({ step, name, value });
  }

  flush(): void {
    if (this.pending.length === 0) return;
    const insert = this.workspace.sqlite.prepare(
      'INSERT OR REPLACE INTO metrics (run_id, name, step, value) VALUES (?, ?, ?, ?)',
    );
    const rows = this.pending;
    this.workspace.sqlite.transaction(() => {
      for (const { step, name, value } of rows) insert.run(this.runId, name, step, value);
    })();
    this.pending = [];
  }
}

/** Continues after `step`: what was measured later is measured again. */
export async function continueRun(
  workspace: Workspace,
  id: string,
  step: number,
  config: string,
  totalSteps: number,
): Promise<void> {
  await workspace.db.deleteFrom('metrics').where('run_id', '=', id).where('step', '>', step).execute();
  await workspace.db
    .updateTable('runs')
    .set({ state: 'running', step, config, total_steps: totalSteps, finished_at: null, error: null })
    .where('id', '=', id)
    .execute();
}

/** Alarms of a run by their step. */
export async function storedAlarms({ db }: Workspace, id: string): Promise<Alarm[]> {
  const rows = await db
    .selectFrom('metrics')
    .select(['name', 'step', 'value'])
    .where('run_id', '=', id)
    .where('name', 'in', alarmKinds.map(alarmMetric))
    .orderBy('step')
    .execute();
  return rows.flatMap((row) => alarmOf(row) ?? []);
}

export async function recordCheckpoint(workspace: Workspace, id: string, step: number): Promise<void> {
  await workspace.db.updateTable('runs').set({ step }).where('id', '=', id).execute();
}

export async function finishRun(
  workspace: Workspace,
  id: string,
  state: 'stopped' | 'done' | 'failed',
  error: string | null,
): Promise<void> {
  await workspace.db.updateTable('runs').set({ state, error, finished_at: timestamp() }).where('id', '=', id).execute();
}
