/**
 * @file Distillation (PAPER: L = L_base + L_cluster + L_instance). All random choices follow from (seed, step), so a
 * run that was stopped or killed continues from its last checkpoint with the same batches, crops and negatives.
 */

import path from 'node:path';
import { z } from 'zod';
import { CancelledError, UsageError, messageOf } from '../errors.ts';
import type { StageContext } from '../progress.ts';
import { findDataset, type Workspace } from '../store/workspace.ts';
import { deviceName, versions } from '../versions.ts';
import { loadCheckpoint } from './checkpoint.ts';
import { distillOptions, distillOptionsSchema, type DistillInput, type DistillOptions } from './options.ts';
import type { Sizes } from './parameters.ts';
import * as records from './records.ts';
import { scoredClasses } from './sampling.ts';
import { startValues } from './startValues.ts';
import { studentConfig } from './student.ts';
import { train, type DistillResult } from './training.ts';
import { loadTrainingSet, type TrainingSet } from './trainingSet.ts';

/** The `config` column: what decides a run's result. */
const recordedSchema = z.object({
  options: distillOptionsSchema,
  dataset: z.string(),
  teacher: z.string().nullable(),
});

export interface DistillRequest {
  workspace: Workspace;
  /** Left out when a run is resumed. */
  dataset?: string;
  /** Configuration name, or a folder with open_clip_config.json; left out when a run is resumed. */
  student?: string;
  /** Whose embeddings and clusters; needed when there are several. */
  teacher?: string;
  preset?: string;
  /** Continues this run with its recorded options. */
  resume?: string;
}

/** @throws {UsageError} on missing inputs, {DistilleryError} when the loss or the embeddings fail */
export async function run(request: DistillRequest, given: DistillInput, context: StageContext): Promise<DistillResult> {
  const { workspace } = request;
  const resumed = request.resume === undefined ? undefined : await records.findRun(workspace, request.resume);
  const recorded = resumed && recordedSchema.parse(JSON.parse(resumed.config));
  const options = recorded ? distillOptions({ ...recorded.options, ...given }) : distillOptions(given, request.preset);
  const student = resumed?.student ?? request.student;
  const datasetName = recorded?.dataset ?? request.dataset;
  if (student === undefined || datasetName === undefined) {
    throw new UsageError('A new run needs --dataset and --student; only --resume RUN knows both.');
  }
  const config = await studentConfig(student);
  const dataset = await findDataset(workspace, datasetName);
  const set = await loadTrainingSet(workspace, dataset, config, options, recorded?.teacher ?? request.teacher, context);
  fitBatch(options, set, context);
  const sizes = sizesOf(set, options);
  const total = totalSteps(set, options);

  const identity = JSON.stringify({
    options,
    student,
    dataset: dataset.name,
    teacher: set.teacher?.name ?? null,
    samples: set.ids.length,
    leftOut: set.leftOut.leftOut,
  });
  const existing = resumed ?? (await records.unfinishedRun(workspace, dataset.id, identity));
  const record =
    existing ??
    (await records.createRun(workspace, {
      datasetId: dataset.id,
      student,
      config: identity,
      seed: options.seed,
      versions: JSON.stringify(versions()),
      device: deviceName(),
      totalSteps: total,
    }));
  records.holdRun(record.dir);
  const checkpoints = path.join(record.dir, 'checkpoints');
  const state = existing && (await loadCheckpoint(checkpoints, config));
  const start = state?.step ?? 0;
  if (existing) {
    await records.continueRun(workspace, record.id, start, identity, total);
    context.log(`Continuing run ${record.id} after step ${start} of ${total}.`);
  }
  try {
    const values = state?.values ?? (await startValues(config, options, set, sizes));
    return await train({
      workspace,
      config,
      options,
      set,
      sizes,
      total,
      record,
      checkpoints,
      start,
      values,
      context,
    });
  } catch (error) {
    const cancelled = error instanceof CancelledError;
    await records.finishRun(
      workspace,
      record.id,
      cancelled ? 'stopped' : 'failed',
      cancelled ? null : messageOf(error),
    );
    throw error;
  }
}

/** A set smaller than the batch trains on all of itself. */
function fitBatch(options: DistillOptions, set: TrainingSet, context: StageContext): void {
  if (options.batch <= set.ids.length) return;
  context.log(`The batch is ${set.ids.length}, not ${options.batch}: there are no more image-text pairs.`);
  options.batch = set.ids.length;
  while (options.microBatch !== null && options.batch % options.microBatch !== 0) options.microBatch--;
}

function sizesOf(set: TrainingSet, options: DistillOptions): Sizes {
  const classes = set.clusters?.count ?? 0;
  return {
    teacherDim: set.teacher?.dim ?? 0,
    classes,
    scored: scoredClasses(classes, options.batch, options.negativeRate),
    tokens: set.tokensPerCaption,
  };
}

function totalSteps(set: TrainingSet, options: DistillOptions): number {
  const steps = options.epochs * Math.floor(set.ids.length / options.batch);
  return options.maxSteps === null ? steps : Math.min(steps, options.maxSteps);
}
