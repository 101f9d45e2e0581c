/** @file From a source to a student: one function a stage, and what looks at a dataset on the way. */

import type { BalanceOptions, BalanceResult } from '../balance/run.ts';
import type { ClusterOptions, ClusterResult } from '../cluster/run.ts';
import { defined } from '../defined.ts';
import type { DistillInput } from '../distill/options.ts';
import type { DistillRequest } from '../distill/run.ts';
import type { DistillResult } from '../distill/training.ts';
import type { EmbedOptions, EmbedResult } from '../embed/run.ts';
import type { Preview } from '../import/preview.ts';
import type { ImportOptions, ImportResult } from '../import/run.ts';
import type { MapOptions, MapResult } from '../map/run.ts';
import type { StageContext } from '../progress.ts';
import type { QualityRequest, QualityResult } from '../quality/run.ts';
import type { SearchRequest, SearchResult } from '../search/run.ts';
import type { Workspace } from '../store/workspace.ts';
import { nameOfModel } from './subjects.ts';

export async function importData(
  workspace: Workspace,
  { source, dataset, ...options }: { source: string | readonly string[]; dataset: string } & ImportOptions,
  context: StageContext,
): Promise<ImportResult> {
  const { run } = await import('../import/run.ts');
  return run({ workspace, source, dataset }, options, context);
}

/** A look at a source before it is imported. */
export async function previewImport(
  { source, except, ...options }: { source: readonly string[]; except: string } & ImportOptions,
  context: StageContext,
): Promise<Preview> {
  const { previewImport: look } = await import('../import/preview.ts');
  const { preview } = await look({ source, except }, options, context);
  return preview;
}

export async function embed(
  workspace: Workspace,
  { dataset, teacher, ...options }: { dataset: string; teacher: string } & EmbedOptions,
  context: StageContext,
): Promise<EmbedResult> {
  const { loadTeacher } = await import('../teacher/load.ts');
  const { keptReference } = await import('../teacher/reference.ts');
  const { run } = await import('../embed/run.ts');
  const model = await loadTeacher(teacher);
  const reference = keptReference(workspace.dir, teacher);
  return run({ workspace, dataset, model, teacherName: nameOfModel(teacher), reference }, options, context);
}

export async function quality(workspace: Workspace, request: QualityRequest): Promise<QualityResult> {
  const { run } = await import('../quality/run.ts');
  return run(workspace, request);
}

export async function balance(
  workspace: Workspace,
  { dataset, teacher, ...options }: { dataset: string; teacher?: string } & BalanceOptions,
  context: StageContext,
): Promise<BalanceResult> {
  const { run } = await import('../balance/run.ts');
  return run({ workspace, dataset, ...defined({ teacher }) }, options, context);
}

export async function cluster(
  workspace: Workspace,
  { dataset, teacher, ...options }: { dataset: string; teacher?: string } & ClusterOptions,
  context: StageContext,
): Promise<ClusterResult> {
  const { run } = await import('../cluster/run.ts');
  return run({ workspace, dataset, ...defined({ teacher }) }, options, context);
}

/** Two coordinates for each picture of a dataset. */
export async function map(workspace: Workspace, options: MapOptions, context: StageContext): Promise<MapResult> {
  const { run } = await import('../map/run.ts');
  return run(workspace, options, context);
}

/** Pictures of a dataset that are nearest to a question. */
export async function search(
  workspace: Workspace,
  request: SearchRequest,
  context: StageContext,
): Promise<SearchResult> {
  const { run } = await import('../search/run.ts');
  return run(workspace, request, context);
}

export async function distill(
  workspace: Workspace,
  request: Omit<DistillRequest, 'workspace'>,
  options: DistillInput,
  context: StageContext,
): Promise<DistillResult> {
  const { run } = await import('../distill/run.ts');
  const { configNames } = await import('../clip/config.ts');
  const { resolveModel } = await import('../teacher/registry.ts');
  const { student, ...named } = request;
  // a configuration comes before a teacher of its name
  const given = student === undefined || configNames.includes(student) ? student : resolveModel(student);
  const init = typeof options.init === 'string' ? resolveModel(options.init) : undefined;
  return run({ workspace, ...named, ...defined({ student: given }) }, { ...options, ...defined({ init }) }, context);
}
