/**
 * @file State of an unfinished clustering: clusters/unfinished-<key>/ with state.json, which names the step and holds its
 * numbers, and one <array>-<step>.npy for each array. The key covers everything that decides the result.
 */

import { createHash } from 'node:crypto';
import { readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../store/files.ts';
import { readNpy, writeNpy, type NpyArray } from '../store/npy.ts';

const stateSchema = z.object({
  step: z.int().positive(),
  numbers: z.record(z.string(), z.number()),
  arrays: z.array(z.string()),
});

export interface StoredState {
  /** Iterations or batches done. */
  step: number;
  numbers: Record<string, number>;
  arrays: Record<string, NpyArray>;
}

export function stateFolder(clustersDir: string, decides: object): string {
  const key = createHash('sha256').update(JSON.stringify(decides)).digest('hex').slice(0, 16);
  return path.join(clustersDir, `unfinished-${key}`);
}

const arrayFile = (dir: string, name: string, step: number): string => path.join(dir, `${name}-${step}.npy`);

/** Arrays first, then the file that names them, then older arrays go. */
export async function saveState(dir: string, { step, numbers, arrays }: StoredState): Promise<void> {
  const names = Object.keys(arrays);
  for (const name of names) await writeNpy(arrayFile(dir, name, step), arrays[name]!, [arrays[name]!.length]);
  await writeWhole(path.join(dir, 'state.json'), JSON.stringify({ step, numbers, arrays: names }) + '\n');
  const current = names.map((name) => arrayFile(dir, name, step));
  for (const name of await readdir(dir)) {
    const file = path.join(dir, name);
    if (/-\d+\.npy$/.test(name) && !current.includes(file)) await rm(file, { force: true });
  }
}

/** The last complete step, or undefined where none is stored. */
export async function loadState(dir: string): Promise<StoredState | undefined> {
  let text: string;
  try {
    text = await readFile(path.join(dir, 'state.json'), 'utf8');
  } catch {
    return undefined;
  }
  const parsed = stateSchema.safeParse(JSON.parse(text));
  if (!parsed.success) return undefined; // of an older version: begin again
  const { step, numbers, arrays } = parsed.data;
  const loaded: Record<string, NpyArray> = {};
  for (const name of arrays) loaded[name] = (await readNpy(arrayFile(dir, name, step))).data;
  return { step, numbers, arrays: loaded };
}
