/**
 * @file Embeddings as DataComp's metadata has them: UID.npz with arrays such as b32_img, b32_txt, l14_img and l14_txt, a row of
 * UID.parquet each (https://github.com/mlfoundations/datacomp).
 */

import { existsSync } from 'node:fs';
import path from 'node:path';
import { DistilleryError, UsageError } from '../errors.ts';
import { Matrix, placesOfNpz, type ArrayPlace } from './matrix.ts';
import type { ShardFiles } from './shards.ts';

/** Behind the name of a model. */
const [imageEnding, textEnding] = ['_img', '_txt'];

/**
 * The arrays of `names` in `folder` under `key`, by default the widest; metadata lie beside them under the same name.
 * @throws {UsageError} listing the arrays when there is no such key. @throws {DistilleryError} for a damaged file.
 */
export async function findArrays(
  folder: string,
  names: readonly string[],
  key?: string,
): Promise<{ files: ShardFiles[]; key: string }> {
  const files: ShardFiles[] = [];
  let chosen = key?.replace(/_(img|txt)$/, '');
  for (const name of names) {
    const file = path.join(folder, name);
    const arrays = await placesOfNpz(file);
    chosen ??= await widest(arrays, file);
    const image = arrays.get(chosen + imageEnding) ?? arrays.get(chosen);
    if (image === undefined) {
      const known = [...arrays.keys()].slice(0, 20).join(', ');
      const Kind = files.length === 0 ? UsageError : DistilleryError;
      throw new Kind(`${file} has no embeddings "${chosen}" (arrays: ${known}). Name some with --embedding-key.`);
    }
    const metadata = file.replace(/\.npz$/i, '.parquet');
    files.push({ image, text: arrays.get(chosen + textEnding), metadata: existsSync(metadata) ? metadata : undefined });
  }
  return { files, key: chosen! };
}

/** Of the models with pictures, else of all arrays with rows. */
async function widest(arrays: ReadonlyMap<string, ArrayPlace>, file: string): Promise<string> {
  const models = [...arrays].filter(([key]) => key.endsWith(imageEnding));
  let best = { key: '', width: 0 };
  let problem: unknown;
  for (const [key, place] of models.length > 0 ? models : arrays) {
    try {
      const { width } = await Matrix.open(place);
      if (width > best.width) best = { key, width };
    } catch (error) {
      problem ??= error;
    }
  }
  if (best.width > 0) return best.key.endsWith(imageEnding) ? best.key.slice(0, -imageEnding.length) : best.key;
  throw problem instanceof Error ? problem : new DistilleryError(`${file} holds no arrays.`);
}
