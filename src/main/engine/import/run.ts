/** @file Import: reads a source, looks at every picture, stores the pairs. Stopped at any moment, it goes on there. */

import path from 'node:path';
import type { StageContext } from '../progress.ts';
import type { Workspace } from '../store/workspace.ts';
import type { ColumnOptions } from './columns.ts';
import { detectFormat, parseFormat, type Format } from './detect.ts';
import { importEmbeddings } from './embeddings.ts';
import { importPictures } from './pictures.ts';
import { setComplete, summarise, type Summary } from './samples.ts';

export interface ImportInput {
  workspace: Workspace;
  /** A folder or file. */
  source: string;
  dataset: string;
}

export interface ImportOptions extends ColumnOptions {
  /** `auto` or one of `formats`. */
  format: string;
}

export interface ImportResult extends Summary {
  dataset: string;
  format: Format;
  /** Pairs that this call added, the skipped ones included; the other numbers are of the whole dataset. */
  added: number;
  /** Pairs that were skipped before and are good now. */
  repaired: number;
  seconds: number;
}

/**
 * Imports a source. Run again with the same source, it adds only what is new (paths of a folder, rows at a table's end)
 * and looks again at what was skipped.
 * @throws {UsageError} for a source, format or column that is not there, or a dataset name that another source has.
 */
export async function run(input: ImportInput, options: ImportOptions, context: StageContext): Promise<ImportResult> {
  const started = performance.now();
  const { workspace } = input;
  const source = path.resolve(input.source);
  const format = await detectFormat(source, parseFormat(options.format));
  const { dataset, ...changes } =
    format === 'embeddings'
      ? await importEmbeddings({ workspace, source, dataset: input.dataset }, options, context)
      : await importPictures({ workspace, source, dataset: input.dataset }, format, options, context);
  setComplete(workspace, dataset, true);
  const seconds = (performance.now() - started) / 1000;
  return { dataset: dataset.name, format, ...summarise(workspace, dataset), ...changes, seconds };
}
