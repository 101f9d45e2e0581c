/** @file Import: reads a source, looks at every picture, stores the pairs. Stopped at any moment, it goes on there. */

import path from 'node:path';
import { DistilleryError } from '../errors.ts';
import type { StageContext } from '../progress.ts';
import { shownSources } from '../sourceText.ts';
import type { Workspace } from '../store/workspace.ts';
import { detectSources, parseFormat, type Format } from './detect.ts';
import { importEmbeddings, type EmbeddingOptions } from './embeddings.ts';
import { importPictures } from './pictures.ts';
import { dropDataset, setComplete, summarise, type Summary } from './samples.ts';
import { findSources } from './sources.ts';
import type { TableOptions } from './table.ts';

export interface ImportInput {
  workspace: Workspace;
  /** Folders, files, patterns and @lists of them, see sources.ts. */
  source: string | readonly string[];
  dataset: string;
}

export interface ImportOptions extends TableOptions, EmbeddingOptions {
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
 * Imports sources of one format. Run again with the same source, it adds only what is new (paths of a folder, rows at a table's end)
 * and looks again at what was skipped.
 * @throws {UsageError} for a source, format or column that is not there, or a dataset name that another source has.
 * @throws {DistilleryError} when every pair is skipped; a dataset that had none before is not there then.
 */
export async function run(input: ImportInput, options: ImportOptions, context: StageContext): Promise<ImportResult> {
  const started = performance.now();
  const { workspace } = input;
  const wanted = parseFormat(options.format);
  const named = await findSources(typeof input.source === 'string' ? [input.source] : input.source);
  const { format, sources } = await detectSources(named.list, wanted);
  const images = options.images === undefined ? undefined : path.resolve(options.images);
  const found = { workspace, source: named.text, sources, dataset: input.dataset };
  const { dataset, ...changes } =
    format === 'embeddings'
      ? await importEmbeddings(found, options, context)
      : await importPictures(found, format, { ...options, images }, context);
  setComplete(workspace, dataset, true);
  const summary = summarise(workspace, dataset);
  if (summary.imported === 0) {
    // the name is free again, for other columns or another folder of pictures; one that was there keeps what people did with it
    if (changes.added === summary.skipped) await dropDataset(workspace, dataset);
    throw new DistilleryError(nothingImported(named.text, summary));
  }
  const seconds = (performance.now() - started) / 1000;
  return { dataset: dataset.name, format, ...summary, ...changes, seconds };
}

/** @param source as the dataset's row has it */
function nothingImported(source: string, { skipped, reasons, skippedItems }: Summary): string {
  const kinds = Object.entries(reasons).map(([kind, count]) => {
    const example = skippedItems.find(({ reason }) => reason === kind || reason.startsWith(`${kind}: `));
    return `${count} ${kind}${example ? `, for example ${example.path.slice(0, 200)}${example.reason.slice(kind.length)}` : ''}`;
  });
  const all = skipped === 1 ? 'its one pair was' : `all ${skipped} pairs were`;
  return `Nothing was imported from ${shownSources(source)}: ${all} skipped (${kinds.join('; ')}). --preview looks at a source without importing it.`;
}
