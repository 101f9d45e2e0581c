/** @file What a report tells about a dataset and its runs, read from the workspace. */

import os from 'node:os';
import path from 'node:path';
import { pictureOf, type PictureColumns } from './pictureSource.ts';
import { z } from 'zod';
import { findSet, suites } from './evaluate/registry.ts';
import { measuresOf, type EvaluationResult } from './evaluate/results.ts';
import { storedEvaluations } from './evaluate/stored.ts';
import { averagesOf, paperRows } from './evaluate/suite.ts';
import type {
  ReportAverage,
  ReportClusters,
  ReportCounts,
  ReportCurve,
  ReportEvaluation,
  ReportFile,
  ReportInput,
  ReportRun,
  Role,
} from './report/input.ts';
import { qualityCounts } from './quality/counts.ts';
import { flagNames } from './quality/options.ts';
import { readNpy } from './store/npy.ts';
import { findDataset, latestBalance, timestamp, type Workspace } from './store/workspace.ts';

export interface ReportedRun {
  id: string;
  role: Role;
}

export interface ReportRequest {
  title: string;
  dataset: string;
  runs: ReportedRun[];
  files: ReportFile[];
  seconds: number;
  config: unknown;
}

const shownGroups = 12;
const shownMembers = 24;

export async function reportInput(workspace: Workspace, request: ReportRequest): Promise<ReportInput> {
  const dataset = await findDataset(workspace, request.dataset);
  const balance = await latestBalance(workspace, dataset.id);
  const clusters = await clusterSizes(workspace, dataset.id);
  const evaluated = await evaluations(workspace, dataset.name);
  const { versions } = z
    .object({ versions: z.string() })
    .parse(workspace.sqlite.prepare('SELECT versions FROM runs WHERE id = ?').get(request.runs[0]?.id ?? ''));
  return {
    title: request.title,
    dataset: dataset.name,
    createdAt: timestamp(),
    seconds: request.seconds,
    machine: `${os.cpus()[0]?.model ?? 'unknown processor'}, ${os.cpus().length} cores, ${Math.round(os.totalmem() / 2 ** 30)} GB`,
    versions: z.record(z.string(), z.string()).parse(JSON.parse(versions)),
    counts: counts(workspace, dataset.id, balance),
    quality: quality(workspace, dataset.id),
    ...(balance
      ? {
          balance: {
            teacher: balance.teacher,
            beta: balance.beta,
            pairs: balance.pairs,
            groupCount: balance.groups,
            groups: groups(workspace, balance.id),
          },
        }
      : {}),
    ...(clusters ? { clusters } : {}),
    runs: request.runs.map((run) => reportedRun(workspace, run)),
    evaluations: reportedEvaluations(evaluated),
    averages: reportedAverages(evaluated),
    files: request.files,
    config: request.config,
  };
}

function counts(
  workspace: Workspace,
  datasetId: number,
  balance: { kept: number; removed: number } | undefined,
): ReportCounts {
  const rows = workspace.sqlite
    .prepare<[number], { status: string; reason: string | null; count: number }>(
      'SELECT status, reason, count(*) AS count FROM samples WHERE dataset_id = ? GROUP BY status, reason ORDER BY count DESC',
    )
    .all(datasetId);
  const sum = (status: string): number =>
    rows.filter((row) => row.status === status).reduce((n, row) => n + row.count, 0);
  const imported = sum('ok');
  return {
    imported,
    skipped: sum('skipped'),
    reasons: rows
      .filter((row) => row.status === 'skipped')
      .map(({ reason, count }) => ({ reason: reason ?? 'unknown', count })),
    kept: balance?.kept ?? imported,
    removed: balance?.removed ?? 0,
  };
}

function quality(workspace: Workspace, datasetId: number): NonNullable<ReportInput['quality']> {
  const { flagged, flags } = qualityCounts(workspace, datasetId, {}, 0);
  const found = flagNames.map((name) => ({ name, count: flags[name].count }));
  return { flagged, flags: found.filter(({ count }) => count > 0) };
}

function groups(workspace: Workspace, balanceId: number) {
  const members = workspace.sqlite.prepare<
    [number, number],
    PictureColumns & { path: string; caption: string; distance: number; keep: number }
  >(
    `SELECT path, file, offset, length, encoding, caption, distance, keep FROM members JOIN samples ON samples.id = sample_id
     WHERE group_id = ? ORDER BY keep DESC, distance, sample_id LIMIT ?`,
  );
  return workspace.sqlite
    .prepare<[number, number], { id: number; size: number; mean_distance: number }>(
      'SELECT id, size, mean_distance FROM duplicate_groups WHERE balance_id = ? ORDER BY size DESC, id LIMIT ?',
    )
    .all(balanceId, shownGroups)
    .map(({ id, size, mean_distance: meanDistance }) => ({
      size,
      meanDistance,
      members: members.all(id, shownMembers).map((member) => ({
        name: path.basename(member.path),
        picture: pictureOf(workspace.dir, member),
        caption: member.caption,
        distance: member.distance,
        keep: member.keep === 1,
      })),
    }));
}

/** Sizes of the newest clustering over all images, and over those that were clustered (the kept). */
async function clusterSizes(workspace: Workspace, datasetId: number): Promise<ReportClusters | undefined> {
  const row = workspace.sqlite
    .prepare<[number], { id: number; clusters: number; quality: string | null }>(
      'SELECT id, clusters, quality FROM clusterings WHERE dataset_id = ? ORDER BY id DESC LIMIT 1',
    )
    .get(datasetId);
  if (!row) return undefined;
  const dir = path.join(workspace.dir, 'clusters', String(row.id));
  const after = Array.from({ length: row.clusters }, () => 0);
  for (const label of (await readNpy(path.join(dir, 'labels.npy'))).data as Int32Array) after[label]!++;
  const before = await readNpy(path.join(dir, 'sizes_before.npy'));
  const sizes = { before: Array.from(before.data as Int32Array), after };
  if (row.quality === null) return sizes;
  const { meanSimilarity: mean, similarity, empty, ...of } = clusterQuality.parse(JSON.parse(row.quality));
  return {
    ...sizes,
    quality: {
      similarity: { mean, from: similarity.p5, to: similarity.p95 },
      gini: { before: of.sizesBefore.gini, after: of.sizes.gini },
      empty,
    },
  };
}

const clusterQuality = z.object({
  meanSimilarity: z.number(),
  similarity: z.object({ p5: z.number(), p95: z.number() }),
  sizes: z.object({ gini: z.number() }),
  sizesBefore: z.object({ gini: z.number() }),
  empty: z.int(),
});

function reportedRun(workspace: Workspace, { id, role }: ReportedRun): ReportRun {
  const run = z
    .object({
      student: z.string(),
      config: z.string(),
      step: z.int(),
      started_at: z.string(),
      finished_at: z.string().nullable(),
    })
    .parse(
      workspace.sqlite.prepare('SELECT student, config, step, started_at, finished_at FROM runs WHERE id = ?').get(id),
    );
  const { samples } = z.object({ samples: z.int() }).parse(JSON.parse(run.config));
  const names = workspace.sqlite
    .prepare<[string], { name: string }>('SELECT DISTINCT name FROM metrics WHERE run_id = ?')
    .all(id);
  const curves = names.map(({ name }) => curve(workspace, id, name));
  const rates = curve(workspace, id, 'samplesPerSecond').values.toSorted((a, b) => a - b);
  const seconds =
    run.finished_at === null ? undefined : (Date.parse(run.finished_at) - Date.parse(run.started_at)) / 1000;
  return {
    id,
    role,
    model: path.basename(run.student),
    images: samples,
    steps: run.step,
    curves,
    ...(rates.length > 0 ? { samplesPerSecond: rates[rates.length >> 1]! } : {}),
    ...(seconds === undefined ? {} : { seconds }),
  };
}

function curve(workspace: Workspace, run: string, name: string): ReportCurve {
  const rows = workspace.sqlite
    .prepare<[string, string], { step: number; value: number }>(
      'SELECT step, value FROM metrics WHERE run_id = ? AND name = ? ORDER BY step',
    )
    .all(run, name);
  return { name, steps: rows.map(({ step }) => step), values: rows.map(({ value }) => value) };
}

/** The newest result of each model and task, on the dataset and on the sets of the paper. */
async function evaluations(workspace: Workspace, dataset: string): Promise<EvaluationResult[]> {
  const stored = await storedEvaluations(workspace);
  return stored
    .map(({ result }) => result)
    .filter(({ data }) => data === dataset || findSet(data)?.suite !== undefined);
}

/** One list of measures per model and data. */
function reportedEvaluations(results: readonly EvaluationResult[]): ReportEvaluation[] {
  const groups = Map.groupBy(results, ({ model, data }) => JSON.stringify([model, data]));
  return [...groups.values()].map((own) => {
    const { model, data } = own[0]!;
    const role: Role = model === 'teacher' || model === 'student' ? model : 'other';
    const known = own.find(({ seen }) => seen !== undefined);
    const seen = known && { images: known.seen!, tested: 'test' in known ? known.test : known.images };
    return { model, role, data, measures: own.flatMap(measuresOf), ...(seen && { seen }) };
  });
}

function reportedAverages(results: readonly EvaluationResult[]): ReportAverage[] {
  const own = averagesOf(results);
  const paper = paperRows.filter(({ suite }) => own.some((average) => average.suite === suite));
  return [
    ...own.map(({ suite, model, average, sets, of }) => ({ suite: suites[suite].title, model, average, sets, of })),
    ...paper.map(({ suite, model, architecture, average }) => ({
      ...{ suite: suites[suite].title, model: `${model}, ${architecture}`, average },
      ...{ sets: suites[suite].sets, of: suites[suite].sets, paper: true },
    })),
  ].sort((a, b) => (a.suite < b.suite ? -1 : a.suite > b.suite ? 1 : 0));
}
