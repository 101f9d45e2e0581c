/**
 * @file The stage: zero-shot classification, linear probe or retrieval of one model on one set of data.
 * Everything here is order and bookkeeping; the measures themselves are pure functions in the files beside.
 */

import { createEncoder } from '../clip/encoder.ts';
import { towersOf, type EmbeddingModel } from '../clip/towers.ts';
import type { StageContext } from '../progress.ts';
import { timestamp, type Workspace } from '../store/workspace.ts';
import type { Bench, TaskResult } from './bench.ts';
import { nameOf, readData, type DataSource } from './data.ts';
import { featureCache } from './featureCache.ts';
import { knnTask } from './knnTask.ts';
import { parseOptions, type EvaluateOptions } from './options.ts';
import { probeTask } from './probeTask.ts';
import { differences, findSet } from './registry.ts';
import type { EvaluationResult, Task } from './results.ts';
import { retrievalTask } from './retrievalTask.ts';
import { zeroShotTask } from './zeroShotTask.ts';

export interface EvaluateInput {
  /** Where the result is stored, and where datasets come from. */
  workspace?: Workspace;
  model: EmbeddingModel;
  /** How results call the model. */
  modelLabel: string;
  /** The run that trained the model, if it is one of this workspace. */
  runId?: string;
  task: Task;
  data: DataSource;
}

const tasks: Record<Task, (bench: Bench) => Promise<TaskResult>> = {
  'zero-shot': zeroShotTask,
  'linear-probe': probeTask,
  'k-nn': knnTask,
  retrieval: retrievalTask,
};

/**
 * Evaluates and, with a workspace, stores the result as a row of `evaluations`.
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
  const found = await readData(input.data, input.workspace, context, { image, label, caption });
  const encoder = createEncoder(input.model, { precision: parsed.precision, batch: parsed.batch });
  let outcome: TaskResult;
  try {
    const tokenizer = await towersOf(input.model).loadTokenizer();
    const cache = input.workspace && featureCache(input.workspace, input.model, parsed.precision);
    const bench = {
      ...found,
      ...{ encoder, tokenizer, config: input.model.config, options: parsed, context, data },
      ...(cache && { cache }),
    };
    outcome = await tasks[input.task](bench);
  } finally {
    encoder.dispose();
  }
  const set = findSet(data);
  const names = { model: input.modelLabel, data };
  const result: EvaluationResult =
    outcome.task === 'retrieval' ? { ...names, ...outcome } : { ...names, ...outcome, metric: set?.metric ?? 'top1' };
  if (set) for (const line of differences(set, result)) context.log(line);
  await store(input, result);
  return result;
}

async function store({ workspace, runId, modelLabel, task }: EvaluateInput, result: EvaluationResult): Promise<void> {
  await workspace?.db
    .insertInto('evaluations')
    .values({
      run_id: runId ?? null,
      model: modelLabel,
      task,
      data: result.data,
      results: JSON.stringify(result),
      finished_at: timestamp(),
    })
    .execute();
}
