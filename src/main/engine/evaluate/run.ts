/**
 * @file The stage: zero-shot classification, linear probe or retrieval of one model on one set of data.
 * Everything here is order and bookkeeping; the measures themselves are pure functions in the files beside.
 */

import { rm } from 'node:fs/promises';
import { createEncoder } from '../clip/encoder.ts';
import { towersOf, type EmbeddingModel } from '../clip/towers.ts';
import type { StageContext } from '../progress.ts';
import { storeRowAndFolder } from '../store/rowAndFolder.ts';
import { timestamp, type Workspace } from '../store/workspace.ts';
import type { Bench } from './bench.ts';
import { folderOfEvaluation } from './details.ts';
import { nameOf, readData, type DataSource } from './data.ts';
import type { Tested, TaskOutcome } from './evidence.ts';
import { featureCache } from './featureCache.ts';
import { knnTask } from './knnTask.ts';
import { parseOptions, type EvaluateOptions } from './options.ts';
import { probeTask } from './probeTask.ts';
import { differences, findSet } from './registry.ts';
import type { EvaluationResult, Task } from './results.ts';
import { retrievalTask } from './retrievalTask.ts';
import { countSeen } from './seen.ts';
import { writeDetails } from './writeDetails.ts';
import { zeroShotTask } from './zeroShotTask.ts';

export interface EvaluateInput {
  /** Where the result is stored, and where datasets come from. */
  workspace?: Workspace;
  model: EmbeddingModel;
  /** How results call the model. */
  modelLabel: string;
  /** The run that trained the model, if it is one of this workspace. */
  runId?: string;
  /** The run that its weights came from; `runId` otherwise. */
  trainedBy?: string;
  task: Task;
  data: DataSource;
}

const tasks: Record<Task, (bench: Bench) => Promise<TaskOutcome>> = {
  'zero-shot': zeroShotTask,
  'linear-probe': probeTask,
  'k-nn': knnTask,
  retrieval: retrievalTask,
};

/**
 * Evaluates and, with a workspace, stores the result as a row of `evaluations`, and what people will look at beside it.
 * @throws {UsageError} when the data lacks what the task needs. @throws {CancelledError}
 */
export async function run(
  input: EvaluateInput,
  options: EvaluateOptions,
  context: StageContext,
): Promise<EvaluationResult> {
  const parsed = parseOptions(options);
  const { imageColumn: image, labelColumn: label, captionColumn: caption } = parsed;
  const data = nameOf(input.data);
  const examples = await readData(input.data, input.workspace, context, { image, label, caption });
  const encoder = createEncoder(input.model, { precision: parsed.precision, batch: parsed.batch });
  let outcome: TaskOutcome;
  try {
    const tokenizer = await towersOf(input.model).loadTokenizer();
    const cache = input.workspace && featureCache(input.workspace, input.model, parsed.precision);
    const bench = {
      ...examples,
      ...{ encoder, tokenizer, config: input.model.config, options: parsed, context, data },
      ...(cache && { cache }),
    };
    outcome = await tasks[input.task](bench);
  } finally {
    encoder.dispose();
  }
  const set = findSet(data);
  const names = { model: input.modelLabel, data, ...seenOf(input, outcome.evidence) };
  const found = outcome.result;
  const result: EvaluationResult =
    found.task === 'retrieval' ? { ...names, ...found } : { ...names, ...found, metric: set?.metric ?? 'top1' };
  if (set) for (const line of differences(set, result)) context.log(line);
  if (input.workspace) await store(input.workspace, input, result, { ...outcome, seed: parsed.seed });
  return result;
}

function seenOf({ workspace, runId, trainedBy = runId }: EvaluateInput, tested: Tested): { seen?: number } {
  const seen = workspace && trainedBy !== undefined ? countSeen(workspace, trainedBy, tested) : undefined;
  return seen === undefined ? {} : { seen };
}

async function store(
  workspace: Workspace,
  { runId, modelLabel, task }: EvaluateInput,
  result: EvaluationResult,
  { evidence, seed }: Pick<TaskOutcome, 'evidence'> & { seed: number },
): Promise<void> {
  const finishedAt = timestamp();
  const row = [runId ?? null, modelLabel, task, result.data, JSON.stringify(result), finishedAt];
  const insert = workspace.sqlite.prepare<unknown[], { id: number }>(
    'INSERT INTO evaluations (run_id, model, task, data, results, finished_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING id',
  );
  const partial = await writeDetails(workspace, finishedAt, evidence, seed);
  const id = storeRowAndFolder(
    workspace,
    () => insert.get(...row)!.id,
    partial,
    (id) => folderOfEvaluation(workspace, id),
  );
  await forgetOlder(workspace, id, { runId, modelLabel, task, data: result.data });
}

/** Pictures of results that this one stands in the place of. */
async function forgetOlder(
  workspace: Workspace,
  id: number,
  {
    runId,
    modelLabel,
    task,
    data,
  }: Pick<EvaluateInput, 'modelLabel' | 'task'> & { runId?: string | undefined; data: string },
): Promise<void> {
  const older = await workspace.db
    .selectFrom('evaluations')
    .select('id')
    .where('id', '<', id)
    .where('model', '=', modelLabel)
    .where('task', '=', task)
    .where('data', '=', data)
    .where('run_id', 'is', runId ?? null)
    .execute();
  for (const one of older) await rm(folderOfEvaluation(workspace, one.id), { recursive: true, force: true });
}
