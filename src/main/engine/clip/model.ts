/** @file Models on disk, in open_clip's own layout: a folder with `open_clip_config.json` and weights. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { UsageError, messageOf } from '../errors.ts';
import { writeWhole } from '../store/files.ts';
import { builtinConfig, configNames, parseConfig, toOpenClipJson, type ClipConfig } from './config.ts';
import { checkFit, openClipSources, plainNames, takeWeights, type TensorSource } from './fitWeights.ts';
import { writeSafetensors } from './safetensors.ts';
import { isOfTransformers, parseTransformersConfig, transformersSources } from './transformersModel.ts';
import { findWeights, readWeights, readWeightShapes, stemOf, weightFiles } from './weightFiles.ts';
import { parameterShapes, type Weights } from './weights.ts';

export interface ClipModel {
  name: string;
  config: ClipConfig;
  weights: Weights;
  /** SHA-256 over configuration and weights file, in hex. */
  fingerprint: string;
}

/** Who named the tensors. */
export type Layout = 'open_clip' | 'transformers';

export interface ModelFacts {
  config: ClipConfig;
  layout: Layout;
  /** The file of weights, and its size. */
  file: string;
  bytes: number;
  parameters: number;
}

export const configFile = 'open_clip_config.json';
export const transformersFiles = { config: 'config.json', preprocessor: 'preprocessor_config.json' } as const;

/**
 * Loads an open_clip folder, a folder of a CLIP model of transformers, or a file of weights (safetensors, or a checkpoint of PyTorch)
 * with its configuration beside it (`NAME.json`, `open_clip_config.json` or `config.json`), with a built-in configuration's name as
 * `model_name` in its metadata, or in the folder of an open_clip training run, whose `params.txt` names the configuration.
 * @throws {UsageError} for a reference that is no model here
 * @throws {DistilleryError} when weights and configuration do not fit, naming the tensors
 */
export async function loadModel(reference: string): Promise<ClipModel> {
  const place = await locate(reference);
  const { tensors, metadata } = await readWeights(place.file);
  const given = plainNames(tensors);
  const { config, sources } = await fit(given, place, metadata['model_name']);
  const weights = takeWeights(given, sources, config, place.file);
  return { name: config.name, config, weights, fingerprint: await fingerprintOf(config, place.file) };
}

/** What {@link loadModel} would load, from names and shapes alone: no number is read. Throws as it does. */
export async function inspectModel(reference: string): Promise<ModelFacts> {
  const place = await locate(reference);
  const { tensors, metadata } = await readWeightShapes(place.file);
  const { config, layout } = await fit(plainNames(tensors), place, metadata['model_name']);
  const shapes = [...parameterShapes(config).values()];
  const parameters = shapes.reduce((sum, shape) => sum + shape.reduce((product, size) => product * size, 1), 0);
  return { config, layout, file: place.file, bytes: (await stat(place.file)).size, parameters };
}

interface Place {
  file: string;
  /** Whether a folder was named, not the file. */
  isFolder: boolean;
}

async function locate(reference: string): Promise<Place> {
  const found = await stat(reference).catch(() => null);
  if (found === null) throw new UsageError(missingMessage(reference));
  const isFolder = found.isDirectory();
  return { file: isFolder ? await findWeights(reference) : reference, isFolder };
}

async function fit(
  tensors: ReadonlyMap<string, { shape: readonly number[] }>,
  place: Place,
  modelName: string | undefined,
): Promise<{ config: ClipConfig; layout: Layout; sources: Map<string, TensorSource> }> {
  const layout = isOfTransformers(tensors.keys()) ? 'transformers' : 'open_clip';
  const config = await findConfig(place, layout, modelName);
  const sources = layout === 'transformers' ? transformersSources(config) : openClipSources(config);
  checkFit(tensors, sources, place.file);
  return { config, layout, sources };
}

function missingMessage(reference: string): string {
  return configNames.includes(reference)
    ? `${reference} is a configuration without weights. Give an open_clip folder or a weights file of such a model.`
    : `There is no model at ${reference}. Give a teacher's name (distillery teacher list), an open_clip or transformers folder, or a file of weights (.safetensors, .pt, .bin).`;
}

async function findConfig(
  { file, isFolder }: Place,
  layout: Layout,
  modelName: string | undefined,
): Promise<ClipConfig> {
  const dir = path.dirname(file);
  const stem = stemOf(file);
  const name = isFolder ? path.basename(path.resolve(dir)) : stem;
  const candidates = isFolder ? [configFile] : [`${stem}.json`, configFile];
  for (const candidate of candidates) {
    const json = await readJsonIfThere(path.join(dir, candidate));
    if (json !== undefined) return parseConfig(json, name);
  }
  if (layout === 'transformers') {
    const config = await readTransformersConfig(dir, name);
    if (config) return config;
    candidates.push(transformersFiles.config);
  }
  const builtin = modelName ?? (await modelOfRun(dir));
  if (builtin !== undefined) return { ...builtinConfig(builtin.replaceAll('/', '-')), name: stem };
  throw new UsageError(
    `${file} has no configuration: put open_clip's configuration beside it as ${candidates.join(' or ')}.`,
  );
}

async function readTransformersConfig(dir: string, name: string): Promise<ClipConfig | undefined> {
  const model = await readJsonIfThere(path.join(dir, transformersFiles.config));
  if (model === undefined) return undefined;
  return parseTransformersConfig(model, await readJsonIfThere(path.join(dir, transformersFiles.preprocessor)), name);
}

/** The configuration of a folder whose weights may still be missing. @throws {UsageError} when it is not covered */
export async function readFolderConfig(dir: string, layout: Layout): Promise<ClipConfig> {
  const name = path.basename(path.resolve(dir));
  if (layout === 'open_clip') return parseConfig(await readJsonIfThere(path.join(dir, configFile)), name);
  const config = await readTransformersConfig(dir, name);
  if (!config) throw new UsageError(`${dir} holds no ${transformersFiles.config}.`);
  return config;
}

/** open_clip's training writes RUN/params.txt beside RUN/checkpoints/epoch_1.pt, a line for each option. */
async function modelOfRun(dir: string): Promise<string | undefined> {
  if (path.basename(path.resolve(dir)) !== 'checkpoints') return undefined;
  const params = await readIfThere(path.join(dir, '..', 'params.txt'));
  return /^model: (.+)$/m.exec(params ?? '')?.[1];
}

async function readIfThere(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
}

async function readJsonIfThere(file: string): Promise<unknown> {
  const text = await readIfThere(file);
  if (text === null) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${messageOf(error)}.`, { cause: error });
  }
}

async function fingerprintOf(config: ClipConfig, file: string): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(toOpenClipJson(config)));
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Writes a folder that `open_clip.create_model('local-dir:DIR')` loads. */
export async function saveModel(dir: string, config: ClipConfig, weights: Weights): Promise<void> {
  await writeSafetensors(path.join(dir, weightFiles[0]), weights);
  await writeWhole(path.join(dir, configFile), JSON.stringify(toOpenClipJson(config), null, 2) + '\n');
}
