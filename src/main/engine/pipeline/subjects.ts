/** @file What a command is about where it does not say all: the only dataset, the newest run and its model. */

import path from 'node:path';
import { UsageError } from '../errors.ts';
import type { Workspace } from '../store/workspace.ts';

/** The named dataset, or the only one. @throws {UsageError} when there are none or several */
export async function datasetOf(
  workspace: Workspace,
  { what, dataset }: { what: string; dataset?: string | undefined },
): Promise<string> {
  if (dataset !== undefined) return dataset;
  const names = await workspace.db.selectFrom('datasets').select('name').orderBy('name').execute();
  if (names.length === 1) return names[0]!.name;
  const known = names.map(({ name }) => name).join(', ') || 'none yet';
  throw new UsageError(`export ${what} needs --dataset NAME (there: ${known}).`);
}

/** The named run, or the newest. @throws {UsageError} before the first */
export async function runOf(workspace: Workspace, { run }: { run?: string | undefined }): Promise<string> {
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
  const { findRun } = await import('../distill/records.ts');
  const { newestCheckpoint } = await import('../distill/checkpoint.ts');
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
