/**
 * @file State of an unfinished clustering: clusters/unfinished-<key>/ with state.json, which names the iteration, and
 * centres-<iteration>.npy, labels-<iteration>.npy beside it. The key covers everything that decides the result.
 */

import { createHash } from 'node:crypto';
import { readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../store/files.ts';
import { readNpy, writeNpy } from '../store/npy.ts';
import type { LloydState } from './lloyd.ts';

const stateSchema = z.object({ iteration: z.int().positive() });

export function stateFolder(clustersDir: string, decides: object): string {
  const key = createHash('sha256').update(JSON.stringify(decides)).digest('hex').slice(0, 16);
  return path.join(clustersDir, `unfinished-${key}`);
}

const arrayFile = (dir: string, name: 'centres' | 'labels', iteration: number): string =>
  path.join(dir, `${name}-${iteration}.npy`);

/** Arrays first, then the file that names them, then older arrays go. */
export async function saveState(dir: string, { iteration, centres, labels }: LloydState, dim: number): Promise<void> {
  await writeNpy(arrayFile(dir, 'centres', iteration), centres, [centres.length / dim, dim]);
  await writeNpy(arrayFile(dir, 'labels', iteration), labels, [labels.length]);
  await writeWhole(path.join(dir, 'state.json'), JSON.stringify({ iteration }) + '\n');
  const current = [arrayFile(dir, 'centres', iteration), arrayFile(dir, 'labels', iteration)];
  for (const name of await readdir(dir)) {
    const file = path.join(dir, name);
    if (name.endsWith('.npy') && !current.includes(file)) await rm(file, { force: true });
  }
}

/** The last complete iteration, or undefined where none is stored. */
export async function loadState(dir: string): Promise<LloydState | undefined> {
  let text: string;
  try {
    text = await readFile(path.join(dir, 'state.json'), 'utf8');
  } catch {
    return undefined;
  }
  const { iteration } = stateSchema.parse(JSON.parse(text));
  const centres = await readNpy(arrayFile(dir, 'centres', iteration));
  const labels = await readNpy(arrayFile(dir, 'labels', iteration));
  return { iteration, centres: centres.data as Float32Array, labels: labels.data as Int32Array };
}
