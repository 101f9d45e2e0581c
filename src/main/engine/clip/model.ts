/** @file Models on disk, in open_clip's own layout: a folder with `open_clip_config.json` and safetensors weights. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { DistilleryError, UsageError, messageOf } from '../errors.ts';
import { writeWhole } from '../store/files.ts';
import { builtinConfig, configNames, parseConfig, toOpenClipJson, type ClipConfig } from './config.ts';
import { readSafetensors, writeSafetensors, type StoredTensor } from './safetensors.ts';
import { parameterShapes, type Weights } from './weights.ts';

export interface ClipModel {
  name: string;
  config: ClipConfig;
  weights: Weights;
  /** SHA-256 over configuration and weights file, in hex. */
  fingerprint: string;
}

const configFile = 'open_clip_config.json';
/** In the order in which open_clip prefers them. */
const weightFiles = ['open_clip_model.safetensors', 'open_clip_pytorch_model.safetensors', 'model.safetensors'];
const pickles = /\.(bin|pt|pth|ckpt|pkl|pickle)$/i;

/**
 * Loads an open_clip folder, or a `.safetensors` file with its configuration beside it (`open_clip_config.json` or
 * `NAME.json`) or with a built-in configuration's name as `model_name` in its metadata.
 * @throws {UsageError} for a reference that is no model here
 * @throws {DistilleryError} when weights and configuration do not fit, naming the tensors
 */
export async function loadModel(reference: string): Promise<ClipModel> {
  const found = await stat(reference).catch(() => null);
  if (found === null) throw new UsageError(missingMessage(reference));
  const file = found.isDirectory() ? await findWeights(reference) : reference;
  if (pickles.test(file)) throw new UsageError(pickleMessage(file));
  if (!file.endsWith('.safetensors')) {
    throw new UsageError(`${file} is not a model: expected a .safetensors file or an open_clip folder.`);
  }
  const { tensors, metadata } = await readSafetensors(file);
  const config = await findConfig(file, found.isDirectory(), metadata['model_name']);
  const weights = fitWeights(tensors, config, file);
  return { name: config.name, config, weights, fingerprint: await fingerprintOf(config, file) };
}

function missingMessage(reference: string): string {
  return configNames.includes(reference)
    ? `${reference} is a configuration without weights. Give an open_clip folder or a .safetensors file of such a model.`
    : `There is no model at ${reference}. Give an open_clip folder or a .safetensors file.`;
}

function pickleMessage(file: string): string {
  const target = path.join(path.dirname(file), weightFiles[0]!);
  const convert =
    "import sys, torch, safetensors.torch as s; c = torch.load(sys.argv[1], map_location='cpu', weights_only=True); " +
    "c = c.get('state_dict', c); s.save_file({k: v.clone().contiguous() for k, v in c.items()}, sys.argv[2])";
  return (
    `${file} is a pickle, which can run any code when it is opened, so it is not read. ` +
    `Where you trust it, convert it: python -c "${convert}" ${JSON.stringify(file)} ${JSON.stringify(target)}`
  );
}

async function findWeights(dir: string): Promise<string> {
  const names = (await readdir(dir)).toSorted();
  const safe = names.filter((name) => name.endsWith('.safetensors'));
  const chosen = weightFiles.find((name) => safe.includes(name)) ?? (safe.length === 1 ? safe[0] : undefined);
  if (chosen !== undefined) return path.join(dir, chosen);
  if (safe.length > 1) {
    throw new UsageError(
      `${dir} holds several weight files (${safe.join(', ')}). Name one of them, or rename it to ${weightFiles[0]!}.`,
    );
  }
  const pickle = names.find((name) => pickles.test(name));
  if (pickle !== undefined) throw new UsageError(pickleMessage(path.join(dir, pickle)));
  throw new UsageError(`${dir} holds no weights: expected ${weightFiles[0]!}.`);
}

async function findConfig(file: string, isFolder: boolean, modelName: string | undefined): Promise<ClipConfig> {
  const dir = path.dirname(file);
  const stem = path.basename(file, '.safetensors');
  const candidates = isFolder ? [configFile] : [`${stem}.json`, configFile];
  for (const candidate of candidates) {
    const text = await readFile(path.join(dir, candidate), 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    });
    if (text === null) continue;
    return parseConfig(parseJson(text, path.join(dir, candidate)), isFolder ? path.basename(path.resolve(dir)) : stem);
  }
  if (modelName !== undefined) return { ...builtinConfig(modelName.replaceAll('/', '-')), name: stem };
  throw new UsageError(
    `${file} has no configuration: put open_clip's configuration beside it as ${candidates.join(' or ')}.`,
  );
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
  await writeSafetensors(path.join(dir, weightFiles[0]!), weights);
  await writeWhole(path.join(dir, configFile), JSON.stringify(toOpenClipJson(config), null, 2) + '\n');
}
