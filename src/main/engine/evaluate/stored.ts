/** @file Evaluations of a workspace, as the window, the report and exports ask for them. */

import type { Workspace } from '../store/workspace.ts';
import { evaluationSchema, type EvaluationResult, type Task } from './results.ts';

export interface StoredEvaluation {
  id: number;
  /** The run that trained the model, if it is one of this workspace. */
  runId: string | null;
  /** ISO 8601. */
  finishedAt: string;
  result: EvaluationResult;
}

export interface EvaluationFilter {
  run?: string;
  model?: string;
  task?: Task;
  data?: string;
}

/** The newest evaluation of each model, task and data, in the order in which they were made. Rows that another version wrote in another shape are left out. */
export async function storedEvaluations(
  workspace: Workspace,
  { run, model, task, data }: EvaluationFilter = {},
): Promise<StoredEvaluation[]> {
  let query = workspace.db.selectFrom('evaluations').select(['id', 'run_id', 'results', 'finished_at']);
  if (run !== undefined) query = query.where('run_id', '=', run);
  if (model !== undefined) query = query.where('model', '=', model);
  if (task !== undefined) query = query.where('task', '=', task);
  if (data !== undefined) query = query.where('data', '=', data);
  const newest = new Map<string, StoredEvaluation>();
  for (const row of await query.orderBy('id').execute()) {
    const parsed = evaluationSchema.safeParse(jsonOf(row.results));
    if (!parsed.success) continue;
    const { data: result } = parsed;
    const key = JSON.stringify([result.model, row.run_id, result.task, result.data]);
    newest.delete(key); // a newer one goes to the end
    newest.set(key, { id: row.id, runId: row.run_id, finishedAt: row.finished_at, result });
  }
  return [...newest.values()];
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
