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

/** What was fetched for this machine, as scripts/lib/paths.mjs has it. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  const cache =
    env['DISTILLERY_CACHE'] ?? path.join(env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache'), 'distillery');
  return path.resolve(cache);
}

/** Where the set-up puts the parts. */
export const partsDir = (env: NodeJS.ProcessEnv = process.env): string => path.join(cacheDir(env), partsEntry);

/** All files that the bundled teacher is read from. */
export const bundledFiles = (): string[] => [
  ...Object.values(partFiles).map((name) => path.join(partsDir(), name)),
  projectionFile,
];

/** What is said of it without reading it. */
export const bundledFacts = { embedDim: 640, imageSize: 224, contextLength: 128 } as const;
