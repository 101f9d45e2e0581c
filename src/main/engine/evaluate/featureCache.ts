/**
 * @file Features that were computed once, in the workspace: `features/<model>-<precision>/<content>.npy`, `[n, dim]` float32.
 * The name is a hash of what went in, so that a changed picture or another model never meets an old result. The folder can
 * be deleted at any time.
 */

import { createHash } from 'node:crypto';
import path from 'node:path';
import type { ClipModel } from '../clip/model.ts';
import { readNpy, writeNpy } from '../store/npy.ts';
import type { Workspace } from '../store/workspace.ts';

export interface FeatureCache {
  find: (key: string, rows: number, dim: number) => Promise<Float32Array | undefined>;
  store: (key: string, features: Float32Array, dim: number) => Promise<void>;
}

/** Raise when pixels or tokens come to be prepared in another way. */
const version = 1;

export function featureCache(
  workspace: Workspace,
  { fingerprint }: Pick<ClipModel, 'fingerprint'>,
  precision: string,
): FeatureCache {
  const model = createHash('sha256').update(`${version} ${fingerprint}`).digest('hex').slice(0, 32);
  const fileOf = (key: string): string => path.join(workspace.dir, 'features', `${model}-${precision}`, `${key}.npy`);
  return {
    find: async (key, rows, dim) => {
      // what is missing, damaged or of another shape is computed again
      const found = await readNpy(fileOf(key)).catch(() => undefined);
      const fits = found?.data instanceof Float32Array && found.shape[0] === rows && found.shape[1] === dim;
      return fits ? (found.data as Float32Array) : undefined;
    },
    store: (key, features, dim) => writeNpy(fileOf(key), features, [features.length / dim, dim]),
  };
}

/** The key of some parts in their order. */
export function keyOf(kind: string, parts: Iterable<string>): string {
  const hash = createHash('sha256').update(kind);
  // lengths keep ['ab', 'c'] and ['a', 'bc'] apart
  for (const part of parts) hash.update(`\n${part.length} ${part}`);
  return hash.digest('hex');
}
