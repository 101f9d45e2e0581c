/** @file The samples that an export is about. Every export of pictures reads them here. */

import { UsageError } from '../errors.ts';
import type { StageContext } from '../progress.ts';
import { findDataset, latestBalance, type Workspace } from '../store/workspace.ts';
import { protectSources } from './protect.ts';
import { readSampleIds } from './sampleIds.ts';
import { readSamples, type ExportedSample } from './samples.ts';
import { tableWriter } from './table.ts';

/** Of the latest balance; before the first one all are kept. */
export const choices = ['kept', 'removed', 'all'] as const;
export type Which = (typeof choices)[number];

export interface SubsetInput {
  workspace: Workspace;
  /** Its name. */
  dataset: string;
}

export interface SubsetOptions {
  which?: Which | undefined;
  /** A file that names the only samples that are wanted, an id a line. */
  samples?: string | undefined;
  /** Ids from `first` to `last` that are left out for another reason, e.g. their quality. */
  excluded?: ((first: number, last: number) => ReadonlySet<number>) | undefined;
}

export interface Subset extends Omit<SubsetOptions, 'samples'> {
  workspace: Workspace;
  datasetId: number;
  name: string;
  balanceId: number | undefined;
  which: Which;
  /** Null: all. */
  only: ReadonlySet<number> | null;
}

/** @throws {UsageError} for an unknown dataset, or the removed of one that was not balanced. */
export async function openSubset({ workspace, dataset }: SubsetInput, options: SubsetOptions): Promise<Subset> {
  const { id: datasetId, name } = await findDataset(workspace, dataset);
  const balanceId = (await latestBalance(workspace, datasetId))?.id;
  const { which = 'kept', excluded, samples } = options;
  if (which === 'removed' && balanceId === undefined) {
    throw new UsageError(`Nothing was removed from "${name}" yet. Run: distillery balance --dataset ${name}`);
  }
  return {
    workspace,
    datasetId,
    name,
    balanceId,
    which,
    excluded,
    only: samples === undefined ? null : await readSampleIds(samples),
  };
}

/** A subset for a table at `out`. @throws {UsageError} also when `out` cannot be written, or has an unknown ending. */
export async function openTableSubset(
  input: SubsetInput,
  { out, ...options }: SubsetOptions & { out: string },
): Promise<Subset> {
  tableWriter(out);
  const subset = await openSubset(input, options);
  await protectSources(input.workspace, out);
  return subset;
}

/** Usable samples in pages, ascending by id from the one behind `after`. */
export async function* readSubset(
  { workspace, datasetId, balanceId, which, excluded, only }: Subset,
  context: StageContext,
  after = 0,
): AsyncGenerator<ExportedSample[]> {
  for await (const samples of readSamples(workspace, datasetId, balanceId, context, after)) {
    const without = excluded?.(samples[0]!.id, samples.at(-1)!.id);
    yield samples.filter(
      ({ id, keep }) =>
        (which === 'all' || (keep !== 0) === (which === 'kept')) && !without?.has(id) && (only?.has(id) ?? true),
    );
  }
}
