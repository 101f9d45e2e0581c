/**
 * @file The pipeline: the one place that composes stages. Each stage is loaded when it runs, so that a command
 * starts without the libraries of the others.
 *
 *     import -> embed -> balance -> cluster -> distill -> evaluate -> export
 */

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { BalanceOptions, BalanceResult } from './balance/run.ts';
import type { ClusterOptions, ClusterResult } from './cluster/run.ts';
import type { DistillInput } from './distill/options.ts';
import type { DistillRequest } from './distill/run.ts';
import type { DistillResult } from './distill/training.ts';
import type { EmbedOptions, EmbedResult } from './embed/run.ts';
import { defined } from './defined.ts';
import { UsageError } from './errors.ts';
import type { EvaluateOptions } from './evaluate/options.ts';
import type { DataSource } from './evaluate/data.ts';
import type { SuiteName } from './evaluate/registry.ts';
import type { EvaluationResult, Task } from './evaluate/results.ts';
import type { SuiteAverage } from './evaluate/suite.ts';
import type { SubsetExportOptions, SubsetKind } from './export/run.ts';
import type { ExportResult } from './export/table.ts';
import type { Preview } from './import/preview.ts';
import type { ImportOptions, ImportResult } from './import/run.ts';
import type { MapOptions, MapResult } from './map/run.ts';
import type { StageContext } from './progress.ts';
import type { Exclusion } from './quality/options.ts';
import type { QualityRequest, QualityResult } from './quality/run.ts';
import type { SearchRequest, SearchResult } from './search/run.ts';
import { findDataset, latestBalance, type Workspace } from './store/workspace.ts';

export async function importData(
  workspace: Workspace,
  { source, dataset, ...options }: { source: string | readonly string[]; dataset: string } & ImportOptions,
  context: StageContext,
): Promise<ImportResult> {
  const { run } = await import('./import/run.ts');
  return run({ workspace, source, dataset }, options, context);
}

/** A look at a source before it is imported. */
export async function previewImport(
  { source, except, ...options }: { source: readonly string[]; except: string } & ImportOptions,
  context: StageContext,
): Promise<Preview> {
  const { previewImport: look } = await import('./import/preview.ts');
  const { preview } = await look({ source, except }, options, context);
  return preview;
}

export async function embed(
  workspace: Workspace,
  { dataset, teacher, ...options }: { dataset: string; teacher: string } & EmbedOptions,
  context: StageContext,
): Promise<EmbedResult> {
  const { loadTeacher } = await import('./teacher/load.ts');
  const { keptReference } = await import('./teacher/reference.ts');
  const { run } = await import('./embed/run.ts');
  const model = await loadTeacher(teacher);
  const reference = keptReference(workspace.dir, teacher);
  return run({ workspace, dataset, model, teacherName: nameOfModel(teacher), reference }, options, context);
}

export async function quality(workspace: Workspace, request: QualityRequest): Promise<QualityResult> {
  const { run } = await import('./quality/run.ts');
  return run(workspace, request);
}

export async function balance(
  workspace: Workspace,
  { dataset, teacher, ...options }: { dataset: string; teacher?: string } & BalanceOptions,
  context: StageContext,
): Promise<BalanceResult> {
  const { run } = await import('./balance/run.ts');
  return run({ workspace, dataset, ...defined({ teacher }) }, options, context);
}

export async function cluster(
  workspace: Workspace,
  { dataset, teacher, ...options }: { dataset: string; teacher?: string } & ClusterOptions,
  context: StageContext,
): Promise<ClusterResult> {
  const { run } = await import('./cluster/run.ts');
  return run({ workspace, dataset, ...defined({ teacher }) }, options, context);
}

/** Two coordinates for each picture of a dataset. */
export async function map(workspace: Workspace, options: MapOptions, context: StageContext): Promise<MapResult> {
  const { run } = await import('./map/run.ts');
  return run(workspace, options, context);
}

/** Pictures of a dataset that are nearest to a question. */
export async function search(
  workspace: Workspace,
  request: SearchRequest,
  context: StageContext,
): Promise<SearchResult> {
  const { run } = await import('./search/run.ts');
  return run(workspace, request, context);
}

export async function distill(
  workspace: Workspace,
  request: Omit<DistillRequest, 'workspace'>,
  options: DistillInput,
  context: StageContext,
): Promise<DistillResult> {
  const { run } = await import('./distill/run.ts');
  const { configNames } = await import('./clip/config.ts');
  const { resolveModel } = await import('./teacher/registry.ts');
  const { student, ...named } = request;
  // a configuration comes before a teacher of its name
  const given = student === undefined || configNames.includes(student) ? student : resolveModel(student);
  const init = typeof options.init === 'string' ? resolveModel(options.init) : undefined;
  return run({ workspace, ...named, ...defined({ student: given }) }, { ...options, ...defined({ init }) }, context);
}

export interface EvaluateRequest {
  task: Task;
  /** Either a run of the workspace or a model on disk. */
  run?: string;
  model?: string;
  /** Either a source on disk or the name of a registered set, or a dataset of the workspace. */
  data?: string;
  dataset?: string;
  /** Folder of the registered sets; `data` otherwise. */
  root?: string;
  /** How results call the model; its run or name otherwise. */
  label?: string;
}

export async function evaluate(
  workspace: Workspace,
  request: EvaluateRequest,
  options: EvaluateOptions,
  context: StageContext,
): Promise<EvaluationResult> {
  const { run } = await import('./evaluate/run.ts');
  const { runOfFolder } = await import('./evaluate/seen.ts');
  const { loadTeacher } = await import('./teacher/load.ts');
  const { task } = request;
  const data = await sourceOf(request);
  if ((request.run === undefined) === (request.model === undefined)) {
    throw new UsageError('Give the model to evaluate: --run RUN of this workspace, or --model FOLDER.');
  }
  const reference = request.model ?? (await modelOfRun(workspace, request.run!));
  const model = await loadTeacher(reference);
  const modelLabel = request.label ?? request.run ?? nameOfModel(reference);
  const trainedBy = request.run ?? (await runOfFolder(workspace, reference));
  const input = { workspace, model, modelLabel, task, data, ...defined({ runId: request.run, trainedBy }) };
  return run(input, options, context);
}

const defaultRoot = 'data';

/** What lies on disk comes before a registered set of that name. */
async function sourceOf({ data, dataset, root = defaultRoot }: EvaluateRequest): Promise<DataSource> {
  const { findSet } = await import('./evaluate/registry.ts');
  if ((data === undefined) === (dataset === undefined)) {
    throw new UsageError('Give the data to evaluate on: --data SRC, or --dataset NAME of this workspace.');
  }
  if (data === undefined) return { dataset: dataset! };
  return findSet(data) && !existsSync(data) ? { set: data, root } : data;
}

/** The models of one command. */
export interface Models {
  /** On disk. */
  model?: string[] | undefined;
  /** Of the workspace. */
  run?: string[] | undefined;
}

/** One evaluation after another, the models side by side. */
export async function evaluateModels(
  workspace: Workspace,
  { model = [], run = [], ...request }: Omit<EvaluateRequest, 'run' | 'model' | 'label'> & Models,
  options: EvaluateOptions,
  context: StageContext,
): Promise<EvaluationResult[]> {
  const subjects = [...model.map((one) => ({ model: one })), ...run.map((one) => ({ run: one }))];
  const labels = labelsOf(model);
  const results: EvaluationResult[] = [];
  // without any model `evaluate` says what is missing
  for (const [i, subject] of (subjects.length > 0 ? subjects : [{}]).entries()) {
    const label = labels[i];
    results.push(await evaluate(workspace, { ...request, ...subject, ...defined({ label }) }, options, context));
  }
  return results;
}

/** Names of models, with as much of their folders as tells them apart. */
function labelsOf(references: readonly string[]): string[] {
  const names = references.map(nameOfModel);
  return names.map((name, i) => {
    const clash = names.some(
      (other, j) => other === name && path.resolve(references[i]!) !== path.resolve(references[j]!),
    );
    return clash ? references[i]! : name;
  });
}

export interface SuiteResult {
  suite: SuiteName;
  evaluations: EvaluationResult[];
  averages: SuiteAverage[];
  /** Sets that are not under the folder. */
  missing: string[];
}

/** Evaluates the models on every set of a suite that is there. @throws {UsageError} when none is */
export async function evaluateSuite(
  workspace: Workspace,
  { suite, root = defaultRoot, ...models }: { suite: SuiteName; root?: string } & Models,
  options: EvaluateOptions,
  context: StageContext,
): Promise<SuiteResult> {
  const { locate, setsOf, suites } = await import('./evaluate/registry.ts');
  const { averagesOf } = await import('./evaluate/suite.ts');
  const sets = await Promise.all(setsOf(suite).map(async (set) => ({ set, there: await locate(set, root) })));
  const missing = sets.filter(({ there }) => there === undefined).map(({ set }) => set.name);
  if (missing.length === sets.length) {
    throw new UsageError(
      `None of the ${sets.length} sets of ${suite} is in ${path.resolve(root)}: ${missing.join(', ')}. ` +
        'Name their folder with --root DIR; distillery evaluate list says where to get them.',
    );
  }
  if (missing.length > 0) context.log(`not in ${path.resolve(root)}: ${missing.join(', ')}`);
  const evaluations: EvaluationResult[] = [];
  for (const { set } of sets.filter(({ there }) => there !== undefined)) {
    const request = { task: suites[suite].task, data: set.name, root, ...models };
    evaluations.push(...(await evaluateModels(workspace, request, options, context)));
  }
  return { suite, evaluations, averages: averagesOf(evaluations).filter((one) => one.suite === suite), missing };
}

export type ExportKind =
  | SubsetKind
  | 'quality'
  | 'groups'
  | 'leaks'
  | 'curve'
  | 'clusters'
  | 'cluster-sizes'
  | 'student'
  | 'metrics'
  | 'evaluations';

export interface ExportRequest extends SubsetExportOptions, Exclusion {
  what: ExportKind;
  out: string;
  /** Of everything but student and metrics; the only one otherwise. */
  dataset?: string | undefined;
  /** Of student and metrics; the newest run otherwise. */
  run?: string | undefined;
  /** Of a student. */
  format?: string | undefined;
}

export async function exportResult(
  workspace: Workspace,
  request: ExportRequest,
  context: StageContext,
): Promise<ExportResult> {
  const { what, out, thresholds } = request;
  refuseExclusion(request);
  switch (what) {
    case 'quality': {
      const { exportQuality } = await import('./export/quality.ts');
      return exportQuality({ workspace, dataset: await datasetOf(workspace, request) }, { out, thresholds }, context);
    }
    case 'groups': {
      const { exportGroups } = await import('./export/groups.ts');
      return exportGroups({ workspace, dataset: await datasetOf(workspace, request) }, { out }, context);
    }
    case 'manifest':
    case 'files':
    case 'folder':
    case 'uids':
    case 'webdataset': {
      const { run } = await import('./export/run.ts');
      const options = { ...subsetOptionsOf(request), out };
      const dataset = await datasetOf(workspace, request);
      const { excluded, record } = await exclusionOf(workspace, dataset, request, context);
      return { ...(await run({ workspace, dataset, excluded }, what, options, context)), ...record };
    }
    case 'leaks': {
      const { exportLeaks } = await import('./export/leaks.ts');
      return exportLeaks({ workspace, dataset: await datasetOf(workspace, request) }, { out }, context);
    }
    case 'curve': {
      const { exportCurve } = await import('./export/curve.ts');
      return exportCurve({ workspace, dataset: await datasetOf(workspace, request) }, { out }, context);
    }
    case 'clusters': {
      const { exportClusters } = await import('./export/clusters.ts');
      return exportClusters({ workspace, dataset: await datasetOf(workspace, request) }, { out }, context);
    }
    case 'cluster-sizes': {
      const { exportClusterSizes } = await import('./export/clusters.ts');
      return exportClusterSizes({ workspace, dataset: await datasetOf(workspace, request) }, { out }, context);
    }
    case 'evaluations': {
      const { storedEvaluations } = await import('./evaluate/stored.ts');
      const document = await import('./evaluate/document.ts');
      const { exportEvaluations } = await import('./export/evaluations.ts');
      const stored = await storedEvaluations(workspace);
      const content = {
        ...{ count: stored.length, columns: document.evaluationColumns },
        rows: () => document.evaluationRows(stored),
        json: () => document.evaluationJson(stored),
        markdown: () => document.evaluationMarkdown(stored),
      };
      return exportEvaluations({ workspace, content }, { out });
    }
    case 'metrics': {
      const { exportMetrics } = await import('./export/metrics.ts');
      return exportMetrics({ workspace, run: await runOf(workspace, request) }, { out }, context);
    }
    case 'student': {
      const { exportStudent } = await import('./export/student.ts');
      const format = studentFormat(request.format ?? 'open_clip');
      const model = await modelOfRun(workspace, await runOf(workspace, request));
      return exportStudent({ model }, { out, format }, context);
    }
  }
}

/** Those that say how samples are written. */
export function subsetOptionsOf(request: ExportRequest): SubsetExportOptions {
  const {
    what: _,
    out: __,
    dataset: ___,
    run: ____,
    format: _____,
    without: ______,
    thresholds: _______,
    ...options
  } = request;
  return options;
}

/** @throws {UsageError} for an exclusion where nothing is left out */
export function refuseExclusion({ what, without }: ExportRequest): void {
  if (without && !isSubsetKind(what)) {
    throw new UsageError(`export ${what} has no --without; it leaves nothing out.`);
  }
}

const subsetKinds: Record<SubsetKind, true> = {
  manifest: true,
  files: true,
  folder: true,
  uids: true,
  webdataset: true,
};
const isSubsetKind = (what: ExportKind): what is SubsetKind => what in subsetKinds;

/** What an export leaves out, for readSubset and for its result. */
export async function exclusionOf(
  workspace: Workspace,
  dataset: string,
  { without, thresholds }: Exclusion,
  context: StageContext,
) {
  const { findLeftOut, idsBetween } = await import('./quality/leftOut.ts');
  const { id: datasetId } = await findDataset(workspace, dataset);
  const balanceId = (await latestBalance(workspace, datasetId))?.id;
  const left = findLeftOut(workspace, { datasetId, balanceId }, { without, thresholds }, context);
  const excluded = (first: number, last: number): ReadonlySet<number> => idsBetween(left, first, last);
  return { excluded: left.ids.length > 0 ? excluded : undefined, record: left.record };
}

export function studentFormat(format: string): 'open_clip' | 'transformers' {
  if (format === 'open_clip' || format === 'transformers') return format;
  throw new UsageError(`There is no student format "${format}"; there are open_clip and transformers.`);
}

/** The named dataset, or the only one. @throws {UsageError} when there are none or several */
export async function datasetOf(workspace: Workspace, { what, dataset }: ExportRequest): Promise<string> {
  if (dataset !== undefined) return dataset;
  const names = await workspace.db.selectFrom('datasets').select('name').orderBy('name').execute();
  if (names.length === 1) return names[0]!.name;
  const known = names.map(({ name }) => name).join(', ') || 'none yet';
  throw new UsageError(`export ${what} needs --dataset NAME (there: ${known}).`);
}

/** The named run, or the newest. @throws {UsageError} before the first */
export async function runOf(workspace: Workspace, { run }: ExportRequest): Promise<string> {
  if (run !== undefined) return run;
  const newest = await workspace.db
    .selectFrom('runs')
    .select('id')
    .orderBy('started_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!newest)
    throw new UsageError(
      `There is no run in ${workspace.dir} yet. Train one: distillery distill --dataset NAME --student S`,
    );
  return newest.id;
}

/** The newest checkpoint of a run, an open_clip folder. @throws {UsageError} when there is none */
export async function modelOfRun(workspace: Workspace, run: string): Promise<string> {
  const { findRun } = await import('./distill/records.ts');
  const { newestCheckpoint } = await import('./distill/checkpoint.ts');
  const { dir } = await findRun(workspace, run);
  const folder = await newestCheckpoint(path.join(dir, 'checkpoints'));
  if (folder === undefined)
    throw new UsageError(`Run ${run} has no checkpoint yet. Continue it: distillery distill --resume ${run}`);
  return folder;
}

/** Folder name, or file name without its ending. */
export function nameOfModel(reference: string): string {
  return path.basename(path.resolve(reference), '.safetensors');
}
