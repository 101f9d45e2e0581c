/** @file A list of picture files, for rsync, xargs and the like. */

import path from 'node:path';
import { DistilleryError } from '../errors.ts';
import type { StageContext } from '../progress.ts';
import { replaceFile } from '../store/files.ts';
import { protectSources } from './protect.ts';
import { openSubset, readSubset, type SubsetInput, type SubsetOptions } from './subset.ts';
import { writeText, type ExportResult } from './table.ts';

export interface FilesOptions extends SubsetOptions {
  out: string;
  /** Ends each path with a NUL in place of a line break. */
  null?: boolean | undefined;
}

export interface FilesResult extends ExportResult {
  /** Samples without a file of their own: inside an archive, or only an embedding. */
  skipped: number;
}

/**
 * Writes one absolute path a line, in sample order. Rows are paths; they are not looked at.
 * @throws {UsageError} when `out` cannot be written
 * @throws {DistilleryError} for a path with a line break, where these end the paths
 */
export async function exportFiles(
  input: SubsetInput,
  { out, null: zero = false, ...options }: FilesOptions,
  context: StageContext,
): Promise<FilesResult> {
  const subset = await openSubset(input, options);
  await protectSources(input.workspace, out);
  let [rows, skipped] = [0, 0];
  async function* lines(): AsyncGenerator<string> {
    for await (const samples of readSubset(subset, context)) {
      const files = samples.flatMap(({ ownFile }) => ownFile ?? []);
      const broken = zero ? undefined : files.find((file) => file.includes('\n'));
      if (broken !== undefined) {
        throw new DistilleryError(`The path ${JSON.stringify(broken)} has a line break. Use --null.`);
      }
      rows += files.length;
      skipped += samples.length - files.length;
      yield files.map((file) => file + (zero ? '\0' : '\n')).join('');
    }
  }
  const file = path.resolve(out);
  await replaceFile(file, (partial) => writeText(partial, lines()));
  return { path: file, rows, skipped };
}
