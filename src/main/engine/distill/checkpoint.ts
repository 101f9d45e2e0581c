/**
 * @file Checkpoints: runs/<id>/checkpoints/step-00000100/ holds the student as an open_clip folder, the rest of the
 * training state (projection, W, Adam's moments) and the whole configuration. A checkpoint appears whole or not at all.
 */

import { mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { ClipConfig } from '../clip/config.ts';
import { loadModel, saveModel } from '../clip/model.ts';
import { readSafetensors, writeSafetensors } from '../clip/safetensors.ts';
import { parameterShapes, type Weights } from '../clip/weights.ts';
import { DistilleryError } from '../errors.ts';
import type { TypedArray } from '../runtime/types.ts';
import { writeWhole } from '../store/files.ts';

/** Older ones are deleted, so that a long run does not fill the disk. */
const keptCheckpoints = 2;
const stateFile = 'state.json';
const trainingFile = 'training_state.safetensors';
const stateSchema = z.object({ step: z.int().nonnegative() });

export interface TrainingState {
  step: number;
  /** By name, row-major. */
  values: Record<string, TypedArray>;
}

/** Name of a checkpoint's folder. */
export const checkpointFolder = (step: number): string => `step-${String(step).padStart(8, '0')}`;

/** @param record written beside the weights: configuration and options of the run */
export async function saveCheckpoint(
  dir: string,
  config: ClipConfig,
  weights: Weights,
  rest: Map<string, { shape: number[]; data: Float32Array }>,
  step: number,
  record: object,
): Promise<string> {
  const target = path.join(dir, checkpointFolder(step));
  const partial = `${target}.${process.pid}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  await saveModel(partial, config, weights);
  await writeSafetensors(path.join(partial, trainingFile), rest);
  await writeWhole(path.join(partial, stateFile), JSON.stringify({ step, ...record }, null, 2) + '\n');
  await rm(target, { recursive: true, force: true });
  await rename(partial, target);
  const old = (await checkpointSteps(dir)).slice(0, -keptCheckpoints);
  for (const step of old) await rm(path.join(dir, checkpointFolder(step)), { recursive: true, force: true });
  return target;
}

/** Steps with a complete checkpoint, ascending. */
export async function checkpointSteps(dir: string): Promise<number[]> {
  const names = await readdir(dir).catch(() => []);
  return names
    .flatMap((name) => /^step-(\d{8})$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** Folder of the newest checkpoint, an open_clip model; undefined before the first. */
export async function newestCheckpoint(dir: string): Promise<string | undefined> {
  const last = (await checkpointSteps(dir)).at(-1);
  return last === undefined ? undefined : path.join(dir, checkpointFolder(last));
}

/** The training state of the newest checkpoint, or undefined. @throws {DistilleryError} when it is of another model. */
export async function loadCheckpoint(dir: string, config: ClipConfig): Promise<TrainingState | undefined> {
  const folder = await newestCheckpoint(dir);
  if (folder === undefined) return undefined;
  const { step } = stateSchema.parse(JSON.parse(await readFile(path.join(folder, stateFile), 'utf8')));
  const { config: stored, weights } = await loadModel(folder);
  const shapes = JSON.stringify([...parameterShapes(config)]);
  if (JSON.stringify([...parameterShapes(stored)]) !== shapes) {
    throw new DistilleryError(`The checkpoint ${folder} holds another model than ${config.name}.`);
  }
  const values: Record<string, TypedArray> = {};
  for (const [name, { data }] of weights) values[name] = data;
  for (const [name, { data }] of (await readSafetensors(path.join(folder, trainingFile))).tensors) values[name] = data;
  return { step, values };
}
