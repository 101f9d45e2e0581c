/** @file How many tested images a model was trained on: a number over such images tells how well it learned, not how well it generalises. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Workspace } from '../store/workspace.ts';
import type { Tested } from './evidence.ts';
import type { EvaluationResult } from './results.ts';

const receiptSchema = z.object({ model: z.string() });

/** The run of this workspace that a folder's model came from: a checkpoint, or a student that was exported. */
export async function runOfFolder(workspace: Workspace, folder: string): Promise<string | undefined> {
  const own = runOfPath(workspace, path.resolve(folder));
  if (own !== undefined) return own;
  const text = await readFile(path.join(folder, 'distillery.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return runOfPath(workspace, receiptSchema.parse(JSON.parse(text)).model);
  } catch {
    return undefined;
  }
}

/** A workspace may have been copied since, so only the end of the path counts; the run must be one of this workspace. */
function runOfPath({ sqlite }: Workspace, file: string): string | undefined {
  const [, run = ''] = /[\\/]runs[\\/]([^\\/]+)[\\/]checkpoints[\\/]/.exec(file) ?? [];
  return sqlite.prepare<[string], string>('SELECT id FROM runs WHERE id = ?').pluck().get(run);
}

/** Tested images whose bytes are in the dataset of the run; undefined for a run that this workspace does not know. */
export function countSeen({ sqlite }: Workspace, run: string, { examples, digests }: Tested): number | undefined {
  const dataset = sqlite.prepare<[string], number | null>('SELECT dataset_id FROM runs WHERE id = ?').pluck().get(run);
  if (dataset === undefined || dataset === null) return undefined;
  const byHash = sqlite
    .prepare<[number, string], 1>("SELECT 1 FROM samples WHERE dataset_id = ? AND hash = ? AND status = 'ok' LIMIT 1")
    .pluck();
  const byId = sqlite.prepare<[number, number], 1>('SELECT 1 FROM samples WHERE dataset_id = ? AND id = ?').pluck();
  return examples.filter(({ sample }, row) => {
    if (sample !== undefined && byId.get(dataset, sample) === 1) return true;
    const digest = digests[row];
    return digest !== undefined && byHash.get(dataset, digest) === 1;
  }).length;
}

/** In words for people; undefined where nothing is known, or none was seen. */
export function seenText(result: EvaluationResult): string | undefined {
  const { seen = 0 } = result;
  if (seen === 0) return undefined;
  const tested = 'test' in result ? result.test : result.images;
  const which = seen === tested ? `all ${tested} tested images` : `${seen} of the ${tested} tested images`;
  return `${which} are in the dataset that trained ${result.model}: this shows what it learned, not how it does on new images`;
}
