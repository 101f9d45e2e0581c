/** @file Models on disk, in open_clip's own layout: a folder with `open_clip_config.json` and weights. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { DistilleryError, UsageError, messageOf } from '../errors.ts';
import { writeWhole } from '../store/files.ts';
import { builtinConfig, configNames, parseConfig, toOpenClipJson, type ClipConfig } from './config.ts';
import { writeSafetensors, type StoredTensor } from './safetensors.ts';
import { findWeights, readWeights, stemOf, weightFiles } from './weightFiles.ts';
import { parameterShapes, type Weights } from './weights.ts';

export interface ClipModel {
  name: string;
  config: ClipConfig;
  weights: Weights;
  /** SHA-256 over configuration and weights file, in hex. */
  fingerprint: string;
}

const configFile = 'open_clip_config.json';

/**
 * Loads an open_clip folder, or a file of weights (safetensors, or a checkpoint of PyTorch) with its configuration beside it
 * (`NAME.json` or `open_clip_config.json`), with a built-in configuration's name as `model_name` in its metadata, or in the
 * folder of an open_clip training run, whose `params.txt` names the configuration.
 * @throws {UsageError} for a reference that is no model here
 * @throws {DistilleryError} when weights and configuration do not fit, naming the tensors
 */
export async function loadModel(reference: string): Promise<ClipModel> {
  const found = await stat(reference).catch(() => null);
  if (found === null) throw new UsageError(missingMessage(reference));
  const file = found.isDirectory() ? await findWeights(reference) : reference;
  const { tensors, metadata } = await readWeights(file);
  const config = await findConfig(file, found.isDirectory(), metadata['model_name']);
  const weights = fitWeights(tensors, config, file);
  return { name: config.name, config, weights, fingerprint: await fingerprintOf(config, file) };
}

function missingMessage(reference: string): string {
  return configNames.includes(reference)
    ? `${reference} is a configuration without weights. Give an open_clip folder or a weights file of such a model.`
    : `There is no model at ${reference}. Give an open_clip folder or a file of weights (.safetensors, .pt, .bin).`;
}

async function findConfig(file: string, isFolder: boolean, modelName: string | undefined): Promise<ClipConfig> {
  const dir = path.dirname(file);
  const stem = stemOf(file);
  const candidates = isFolder ? [configFile] : [`${stem}.json`, configFile];
  for (const candidate of candidates) {
    const text = await readIfThere(path.join(dir, candidate));
    if (text === null) continue;
    return parseConfig(parseJson(text, path.join(dir, candidate)), isFolder ? path.basename(path.resolve(dir)) : stem);
  }
  const builtin = modelName ?? (await modelOfRun(dir));
  if (builtin !== undefined) return { ...builtinConfig(builtin.replaceAll('/', '-')), name: stem };
  throw new UsageError(
    `${file} has no configuration: put open_clip's configuration beside it as ${candidates.join(' or ')}.`,
  );
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

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${messageOf(error)}.`, { cause: error });
  }
}

/** Takes the tensors that the configuration names, under open_clip's plain names. */
function fitWeights(tensors: ReadonlyMap<string, StoredTensor>, config: ClipConfig, file: string): Weights {
  const given = new Map([...tensors].map(([name, tensor]) => [plainName(name), tensor]));
  const expected = parameterShapes(config);
  const missing = [...expected.keys()].filter((name) => !given.has(name));
  const unexpected = [...given.keys()].filter((name) => !expected.has(name));
  if (missing.length > 0 || unexpected.length > 0) {
    throw new DistilleryError(
      `${file} does not fit its configuration. Missing: ${listed(missing)}. Unexpected: ${listed(unexpected)}.`,
    );
  }
  const weights: Weights = new Map();
  for (const [name, shape] of expected) {
    const tensor = given.get(name)!;
    // some checkpoints hold the logit scale as a list of one
    const same = name === 'logit_scale' ? tensor.data.length === 1 : shape.join() === tensor.shape.join();
    if (!same) throw new DistilleryError(shapeMessage(file, name, tensor.shape, shape));
    const bad = tensor.data.findIndex((value) => !Number.isFinite(value));
    if (bad !== -1) throw new DistilleryError(`${file}: ${name} holds ${tensor.data[bad]!} at position ${bad}.`);
    weights.set(name, { shape, data: tensor.data });
  }
  return weights;
}

/** Without the prefix of parallel training (`module.`) and of open_clip's CustomTextCLIP (`text.`). */
function plainName(name: string): string {
  return name.replace(/^module\./, '').replace(/^text\./, '');
}

function shapeMessage(file: string, name: string, given: readonly number[], expected: readonly number[]): string {
  const hint = name.endsWith('positional_embedding')
    ? ' Positional embeddings are not resized: use the image size and context length that the weights were trained with.'
    : '';
  return `${file}: ${name} is [${given.join(', ')}], the configuration expects [${expected.join(', ')}].${hint}`;
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
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
