/** @file The loop over the steps: metrics, health, checkpoints. */

import type { ClipConfig } from '../clip/config.ts';
import { parameterShapes, type Weights } from '../clip/weights.ts';
import { CancelledError, DistilleryError } from '../errors.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import { UsageMeter } from '../machine/usage.ts';
import { usesGpu } from '../runtime/backend.ts';
import type { TypedArray } from '../runtime/types.ts';
import type { LeftOutRecord } from '../quality/leftOut.ts';
import type { Workspace } from '../store/workspace.ts';
import { AlarmWatch, alarmMetric, alarmText, type Observed } from './alarms.ts';
import { pictureBatches } from './batches.ts';
import { saveCheckpoint } from './checkpoint.ts';
import { lossNames, type LossName } from './objective.ts';
import type { DistillOptions } from './options.ts';
import { trainedParameters, trainingVariables, type Sizes } from './parameters.ts';
import * as records from './records.ts';
import { sampleClasses } from './sampling.ts';
import { warmSteps } from './schedule.ts';
import { Trainer, type StepInput } from './trainer.ts';
import type { TrainingSet } from './trainingSet.ts';

export interface DistillResult extends LeftOutRecord {
  run: string;
  steps: number;
  /** Of the last step; null for a loss that is switched off. */
  losses: Record<LossName, number | null>;
  samplesPerSecond: number;
  seconds: number;
  /** Folder of the final checkpoint, an open_clip model. */
  model: string;
  /** What looked wrong on the way, in words. */
  alarms: string[];
}

/** 1 - |mean embedding|^2 below this is float32's noise around one point. */
const collapsedSpread = 1e-6;
const metricsFlushMs = 1000;

export interface Training {
  workspace: Workspace;
  config: ClipConfig;
  options: DistillOptions;
  set: TrainingSet;
  sizes: Sizes;
  total: number;
  record: records.RunRecord;
  checkpoints: string;
  /** Steps done before. */
  start: number;
  values: Record<string, TypedArray>;
  context: StageContext;
}

/** Trains from `start` to `total`. @throws {DistilleryError} when the loss or the embeddings fail, {CancelledError} */
export async function train(training: Training): Promise<DistillResult> {
  const { workspace, config, options, set, sizes, total, record, start, context } = training;
  const metrics = new records.MetricsWriter(workspace, record.id);
  const alarms = await watchForAlarms(training, metrics);
  const trainer = new Trainer(config, options, sizes, total);
  const usage = new UsageMeter(usesGpu() ? Number.parseInt(process.env['CUDA_VISIBLE_DEVICES'] ?? '0', 10) : undefined);
  const began = performance.now();
  let lastFlush = began;
  let stepEnded = began;
  /** When the loop began to wait for the pictures of a step. */
  let idleSince = began;
  let step = start;
  let saved = start;
  let last: Record<string, number> = {};
  const save = async (): Promise<string> => {
    metrics.flush();
    const folder = await writeCheckpoint(training, trainer.values(), step);
    await records.recordCheckpoint(workspace, record.id, step);
    saved = step;
    return folder;
  };
  try {
    trainer.initialise(training.values);
    for await (const pictures of pictureBatches(set, config, options, { from: start + 1, to: total }, context)) {
      const arrived = performance.now();
      const result = trainer.step(stepInput(pictures, set, sizes, options));
      const waiting = (arrived - idleSince) / (performance.now() - idleSince);
      alarms(pictures.step, { ...result, waiting });
      checkHealth(result.metrics, result.spread, pictures.step, saved);
      step = pictures.step;
      last = { ...result.metrics, samplesPerSecond: (1000 * options.batch) / (performance.now() - stepEnded) };
      stepEnded = performance.now();
      metrics.add(step, { ...last, spread: result.spread, waiting });
      if (performance.now() - lastFlush > metricsFlushMs) {
        metrics.add(step, usage.read());
        metrics.flush();
        lastFlush = performance.now();
      }
      context.onProgress({ stage: 'distill', done: step, total, unit: 'steps', metrics: last });
      if (step % options.checkpointEvery === 0 && step < total) await save();
      await checkpoint(context);
      idleSince = performance.now();
    }
    const model = await save();
    await records.finishRun(workspace, record.id, 'done', null);
    const seconds = (performance.now() - began) / 1000;
    const stored = await storedMetrics(workspace, record.id, total);
    const losses = Object.fromEntries(
      lossNames.map((name) => [name, last[`loss/${name}`] ?? stored.get(`loss/${name}`) ?? null]),
    );
    return {
      run: record.id,
      steps: step,
      losses: losses as DistillResult['losses'],
      samplesPerSecond: ((step - start) * options.batch) / seconds,
      seconds,
      ...set.leftOut,
      model,
      alarms: (await records.storedAlarms(workspace, record.id)).map(alarmText),
    };
  } catch (error) {
    // what a cancel interrupts is saved; after a failure the last good checkpoint stays
    if (error instanceof CancelledError && step > saved) await save();
    else metrics.flush();
    throw error;
  } finally {
    trainer.dispose();
  }
}

/** Says and stores what looks wrong with a step. */
async function watchForAlarms(
  { workspace, options, total, record, context }: Training,
  metrics: records.MetricsWriter,
): Promise<(step: number, observed: Observed) => void> {
  const before = await records.storedAlarms(workspace, record.id);
  const watch = new AlarmWatch(
    options,
    warmSteps(total, options),
    before.map(({ kind }) => kind),
  );
  return (step, observed) => {
    for (const alarm of watch.observe(step, observed)) {
      metrics.add(step, { [alarmMetric(alarm.kind)]: alarm.value });
      context.log(`Alarm: ${alarmText(alarm)}`);
    }
  };
}

function stepInput(
  { step, rows, pixels }: { step: number; rows: Uint32Array; pixels: Uint8Array },
  set: TrainingSet,
  sizes: Sizes,
  options: DistillOptions,
): StepInput {
  const input: StepInput = { step, pixels, tokens: take(set.tokens, set.tokensPerCaption, rows) };
  if (set.teacher) input.teacherImage = take(set.teacher.image, set.teacher.dim, rows);
  if (set.teacher?.text) input.teacherText = take(set.teacher.text, set.teacher.dim, rows);
  if (set.clusters) {
    const labels = take(set.clusters.labels, 1, rows);
    Object.assign(input, sampleClasses(labels, sizes.classes, sizes.scored, options.seed, step));
  }
  return input;
}

/** Rows of `[n, width]`. */
function take<T extends Float32Array | Int32Array>(values: T, width: number, rows: Uint32Array): T {
  const taken = new (values.constructor as new (length: number) => T)(rows.length * width);
  for (const [place, row] of rows.entries()) taken.set(values.subarray(row * width, (row + 1) * width), place * width);
  return taken;
}

/** @throws {DistilleryError} when going on would only waste time */
function checkHealth(metrics: Record<string, number>, spread: number, step: number, saved: number): void {
  const kept = saved > 0 ? `The checkpoint of step ${saved} is kept.` : 'There is no checkpoint yet.';
  const broken = Object.entries(metrics).find(([, value]) => !Number.isFinite(value));
  if (broken) {
    throw new DistilleryError(
      `${broken[0]} is ${broken[1]} at step ${step}. ${kept} Try a lower --lr, a longer --warmup or --precision fp32.`,
    );
  }
  if (spread < collapsedSpread) {
    throw new DistilleryError(
      `The student's embeddings collapsed to one point at step ${step} (spread ${spread.toExponential(1)}). ${kept} Try a lower --lr or keep the base loss on.`,
    );
  }
}

async function writeCheckpoint(training: Training, values: Record<string, TypedArray>, step: number): Promise<string> {
  const { config, options, sizes, set } = training;
  const variables = trainingVariables(trainedParameters(config, options, sizes), () => false);
  const student: Weights = new Map();
  for (const [name, shape] of parameterShapes(config)) {
    // a scale that is not learned stays what it was at the start
    student.set(name, { shape, data: (values[name] ?? training.values[name]) as Float32Array });
  }
  const rest = Object.entries(variables).filter(([name]) => !student.has(name));
  const tensors = new Map(
    rest.map(([name, { shape }]) => [name, { shape: [...shape], data: values[name] as Float32Array }]),
  );
  const record = { run: training.record.id, options, teacher: set.teacher?.name ?? null };
  return saveCheckpoint(training.checkpoints, config, student, tensors, step, record);
}

async function storedMetrics(workspace: Workspace, id: string, step: number): Promise<Map<string, number>> {
  const rows = await workspace.db
    .selectFrom('metrics')
    .select(['name', 'value'])
    .where('run_id', '=', id)
    .where('step', '=', step)
    .execute();
  return new Map(rows.map(({ name, value }) => [name, value]));
}
