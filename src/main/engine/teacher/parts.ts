/** @file Where the bundled teacher's parts lie; without the libraries that read them. */

import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const bundledName = 'bundled';
/** Entry of the cache; the same name as in scripts/setup/teacherParts.mjs. */
const partsEntry = 'teacher-parts-1';
export const partFiles = {
  image: 'efficientnet-lite0.pth',
  text: 'minilm.safetensors',
  vocabulary: 'vocab.txt',
} as const;
export const projectionFile = fileURLToPath(
  new URL('../../../../resources/teacher/projection.safetensors', import.meta.url),
);

/** Where the set-up puts the parts. */
export function partsDir(env: NodeJS.ProcessEnv = process.env): string {
  const cache =
    env['DISTILLERY_CACHE'] ?? path.join(env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache'), 'distillery');
  return path.join(path.resolve(cache), partsEntry);
}

/** A model as a configuration names it: a name stays one, anything else is a path that counts from `base`. */
export const absoluteModel = (base: string, reference: string): string =>
  reference === bundledName ? reference : path.resolve(base, reference);

/** All files that the bundled teacher is read from. */
export const bundledFiles = (): string[] => [
  ...Object.values(partFiles).map((name) => path.join(partsDir(), name)),
  projectionFile,
];
