/** @file Evaluations: one, those of several models, and a suite of sets. */

import { existsSync } from 'node:fs';
import path from 'node:path';
import { defined } from '../defined.ts';
import { UsageError } from '../errors.ts';
import type { DataSource } from '../evaluate/data.ts';
import type { EvaluateOptions } from '../evaluate/options.ts';
import type { SuiteName } from '../evaluate/registry.ts';
import type { EvaluationResult, Task } from '../evaluate/results.ts';
import type { SuiteAverage } from '../evaluate/suite.ts';
import type { StageContext } from '../progress.ts';
import type { Workspace } from '../store/workspace.ts';
import { modelOfRun, nameOfModel } from './subjects.ts';

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
  const { run } = await import('../evaluate/run.ts');
  const { runOfFolder } = await import('../evaluate/seen.ts');
  const { loadTeacher } = await import('../teacher/load.ts');
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
  const { findSet } = await import('../evaluate/registry.ts');
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
  const { locate, setsOf, suites } = await import('../evaluate/registry.ts');
  const { averagesOf } = await import('../evaluate/suite.ts');
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
