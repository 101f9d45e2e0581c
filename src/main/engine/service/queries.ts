/** @file What the window asks of a workspace's database; every query is bounded, so none holds the others up. */

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Dataset, Group, Run, Summary } from '../../../preload/contract.ts';
import { listJobs } from '../jobs.ts';
import { countRows, openEmbeddings } from '../store/embeddings.ts';
import { latestBalance, type Workspace } from '../store/workspace.ts';
import { doneExports } from './results.ts';

const listedRuns = 50;

export async function pipelineSummary(workspace: Workspace): Promise<Summary> {
  const { db } = workspace;
  const inside = path.join(workspace.dir, 'export');
  const datasets = await db.selectFrom('datasets').selectAll().orderBy('id', 'desc').execute();
  return {
    datasets: await Promise.all(datasets.map((row) => datasetSummary(workspace, row))),
    runs: await listRuns(workspace),
    evaluations: await db
      .selectFrom('evaluations')
      .select(['task', 'model', 'run_id as run'])
      .orderBy('id', 'desc')
      .limit(50)
      .execute(),
    report: existsSync(path.join(workspace.dir, 'report.html')),
    exports: (await readdir(inside).catch(() => [])).sort(),
    exportedElsewhere: doneExports(workspace)
      .filter((done) => done.there && path.dirname(done.path) !== inside)
      .map((done) => path.basename(done.path)),
  };
}

async function datasetSummary(
  workspace: Workspace,
  row: { id: number; name: string; source: string; complete: number },
): Promise<Dataset> {
  const { db } = workspace;
  const counts = await db
    .selectFrom('samples')
    .select(({ fn }) => ['status', fn.countAll<number>().as('n')])
    .where('dataset_id', '=', row.id)
    .groupBy('status')
    .execute();
  const count = (status: string): number => counts.find((entry) => entry.status === status)?.n ?? 0;
  const balance = await latestBalance(workspace, row.id);
  const clustering = await db
    .selectFrom('clusterings')
    .select(['id', 'teacher', 'clusters', 'inertia', 'iterations', 'balance_id as balance'])
    .where('dataset_id', '=', row.id)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return {
    id: row.id,
    name: row.name,
    source: row.source,
    complete: row.complete === 1,
    images: count('ok'),
    skipped: count('skipped'),
    embeddings: await listEmbeddings(workspace, row.name),
    balance: balance
      ? {
          ...balance,
          ...balanceOptions.parse(JSON.parse(balance.options)),
          waiting: countWaiting(workspace, row.id, balance.finished_at),
        }
      : null,
    decisions: countDecisions(workspace, row.id),
    clustering: clustering ?? null,
  };
}

/** Those that stand. */
export const countDecisions = ({ sqlite }: Workspace, dataset: number): number =>
  sqlite
    .prepare<[number], number>('SELECT count(*) FROM decisions WHERE dataset_id = ? AND undone_at IS NULL')
    .pluck()
    .get(dataset)!;

/** Said, or taken back, since a balance, and of a kind that counts only when it runs again. */
export const countWaiting = ({ sqlite }: Workspace, dataset: number, balancedAt: string): number =>
  sqlite
    .prepare<[number, string, string], number>(
      `SELECT count(*) FROM decisions WHERE dataset_id = ? AND kind IN ('not-duplicates', 'split')
       AND (undone_at IS NULL) = (decided_at > ?) AND coalesce(undone_at, decided_at) > ?`,
    )
    .pluck()
    .get(dataset, balancedAt, balancedAt)!;

const option = <T extends z.ZodType>(type: T) => type.nullable().catch(null);

/** What of a balance's options is shown; an older version wrote fewer. */
export const balanceOptions = z.object({
  keep: z.string().catch('centroid'),
  maxDiameter: option(z.number()),
  maxGroupSize: option(z.number()),
  against: option(z.string()),
});

async function listEmbeddings(workspace: Workspace, dataset: string): Promise<Dataset['embeddings']> {
  const parent = path.join(workspace.dir, 'embeddings', dataset);
  const names = await readdir(parent).catch(() => []);
  // a broken manifest is told by the command that needs it; here it only does not count
  const sets = await Promise.all(names.map((name) => openEmbeddings(path.join(parent, name)).catch(() => undefined)));
  return sets
    .filter((set) => set !== undefined)
    .map((set) => ({
      teacher: set.manifest.teacher,
      dim: set.manifest.dim,
      rows: countRows(set),
      complete: set.manifest.complete,
    }));
}

async function listRuns(workspace: Workspace): Promise<Run[]> {
  const rows = await workspace.db
    .selectFrom('runs')
    .selectAll()
    .orderBy('started_at', 'desc')
    .limit(listedRuns)
    .execute();
  // a run says "running" for ever when its process was killed
  const anybodyWorks = listJobs(workspace).some((job) => job.state === 'running');
  return rows.map((row) => ({
    id: row.id,
    dataset: row.dataset_id,
    student: row.student,
    state: row.state === 'running' && !anybodyWorks ? 'stopped' : row.state,
    step: Math.max(row.step, lastStep(workspace, row.id)),
    totalSteps: row.total_steps,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    error: row.error,
  }));
}

/** Last step with a loss; 0 before the first. */
export function lastStep(workspace: Workspace, run: string): number {
  const row = workspace.sqlite
    .prepare<[string], { step: number | null }>(
      "SELECT max(step) AS step FROM metrics WHERE run_id = ? AND name = 'loss/overall'",
    )
    .get(run);
  return row?.step ?? 0;
}

/** The largest groups of a balance with their first members, the kept ones first, then by distance to the centroid. */
export function largestGroups(workspace: Workspace, balance: number, limit: number, members: number): Group[] {
  const groups = workspace.sqlite
    .prepare<[number, number], { id: number; size: number; meanDistance: number }>(
      `SELECT id, size, mean_distance AS meanDistance FROM duplicate_groups
       WHERE balance_id = ? ORDER BY size DESC, id LIMIT ?`,
    )
    .all(balance, limit);
  const query = workspace.sqlite.prepare<
    [number, number],
    Omit<Group['members'][number], 'keep' | 'hasPicture'> & { keep: 0 | 1; hasPicture: 0 | 1 }
  >(
    `SELECT s.id AS sample, s.path, s.caption, m.keep, m.distance, s.width, s.height, s.file IS NOT NULL AS hasPicture
     FROM members m JOIN samples s ON s.id = m.sample_id
     WHERE m.group_id = ? ORDER BY m.keep DESC, m.distance, s.id LIMIT ?`,
  );
  return groups.map((group) => ({
    ...group,
    members: query
      .all(group.id, members)
      .map((row) => ({ ...row, keep: row.keep === 1, hasPicture: row.hasPicture === 1 })),
  }));
}
