/** @file Which file of a folder holds its weights, and reading it: safetensors, or a checkpoint of PyTorch. */

import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { readCheckpoint, readCheckpointShapes } from '../checkpoint/read.ts';
import { DistilleryError, UsageError } from '../errors.ts';
import { readSafetensors, readSafetensorsShapes, type StoredTensor } from './safetensors.ts';

/** What open_clip and the Hugging Face hub call them, those first that nothing has to be checked in. */
export const weightFiles = [
  'open_clip_model.safetensors',
  'open_clip_pytorch_model.safetensors',
  'model.safetensors',
  'open_clip_pytorch_model.bin',
  'open_clip_model.bin',
  'pytorch_model.bin',
] as const;
const checkpointEnding = /\.(bin|pt|pth|ckpt)$/i;
const pickleEnding = /\.(pkl|pickle)$/i;

/** Whether the name of a file is one of weights. */
export const isWeights = (file: string): boolean => /\.safetensors$/i.test(file) || checkpointEnding.test(file);

/** The name of a weights file without its ending. */
export const stemOf = (file: string): string => path.basename(file, path.extname(file));

/** @throws {UsageError} when the folder has none, or several and none of the usual names */
export async function findWeights(dir: string): Promise<string> {
  const names = (await readdir(dir)).toSorted();
  const usual = weightFiles.find((name) => names.includes(name));
  const candidates = usual ? [usual] : preferred(names.filter(isWeights));
  if (candidates.length === 1) return path.join(dir, candidates[0]!);
  if (candidates.length > 1) {
    throw new UsageError(
      `${dir} holds several weight files (${candidates.join(', ')}). Name one of them, or rename it to ${weightFiles[0]}.`,
    );
  }
  throw new UsageError(`${dir} holds no weights: expected ${weightFiles[0]}, or a checkpoint (.pt, .pth, .bin).`);
}

/** Checkpoints only where there is no safetensors file. */
function preferred(names: readonly string[]): readonly string[] {
  const safe = names.filter((name) => !checkpointEnding.test(name));
  return safe.length > 0 ? safe : names;
}

interface Read<T> {
  tensors: ReadonlyMap<string, T>;
  metadata: Readonly<Record<string, string>>;
}

/**
 * Reads the floating-point tensors as float32.
 * @throws {DistilleryError} when it is damaged, or holds objects that could run code
 */
export const readWeights = (file: string): Promise<Read<StoredTensor>> => readBy(file, readSafetensors, readCheckpoint);

/** Only how large the tensors are, without their numbers. Throws as {@link readWeights} does. */
export const readWeightShapes = (file: string): Promise<Read<{ shape: number[] }>> =>
  readBy(file, readSafetensorsShapes, readCheckpointShapes);

async function readBy<T>(
  file: string,
  safetensors: (file: string) => Promise<Read<T>>,
  checkpoint: (file: string) => Promise<Map<string, T>>,
): Promise<Read<T>> {
  if (pickleEnding.test(file)) throw new UsageError(`${file} is a plain pickle. ${howToConvert(file)}`);
  if (!isWeights(file)) {
    throw new UsageError(
      `${file} is not a model: expected a .safetensors file, a checkpoint (.pt, .pth, .bin) or an open_clip folder.`,
    );
  }
  if (!checkpointEnding.test(file)) return safetensors(file);
  try {
    return { tensors: await checkpoint(file), metadata: {} };
  } catch (error) {
    if (!(error instanceof DistilleryError)) throw error;
    throw new DistilleryError(`${error.message} ${howToConvert(file)}`, { cause: error });
  }
}

function howToConvert(file: string): string {
  const convert =
    "import sys, torch, safetensors.torch as s; c = torch.load(sys.argv[1], map_location='cpu', weights_only=False); " +
    "c = c.get('state_dict', c); s.save_file({k: v.clone().contiguous() for k, v in c.items()}, sys.argv[2])";
  const target = path.join(path.dirname(file), weightFiles[0]);
  return (
    'Where you trust whoever made it, PyTorch can turn it into safetensors, which runs the code that is in it: ' +
    `python -c "${convert}" ${JSON.stringify(file)} ${JSON.stringify(target)}`
  );
}
