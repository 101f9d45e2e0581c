/** @file Import of pictures: the loop from a source's items over looking at each to the database. */

import { availableParallelism } from 'node:os';
import { UsageError } from '../errors.ts';
import { inBatches, mapOrdered } from '../ordered.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import type { Workspace } from '../store/workspace.ts';
import type { ColumnOptions } from './columns.ts';
import type { Format } from './detect.ts';
import { openFolder } from './folder.ts';
import { inspect } from './inspect.ts';
import type { Item, ItemSource } from './item.ts';
import { openJsonl } from './jsonl.ts';
import { changed, findKnown, storeSamples, type Known } from './known.ts';
import { nextPosition, openDataset, setComplete, type Dataset } from './samples.ts';
import { openTable } from './table.ts';

/** Pairs in one transaction: what a crash can lose. */
const batchSize = 200;

/** Stores the items that are not there yet, and looks again at those that were skipped. */
export async function importPictures(
  input: { workspace: Workspace; source: string; dataset: string },
  format: Exclude<Format, 'embeddings'>,
  options: ColumnOptions,
  context: StageContext,
): Promise<{ dataset: Dataset; added: number; repaired: number }> {
  const { workspace, source } = input;
  const pictures = await openSource(source, format, options, workspace.dir);
  if (pictures.total === 0) {
    throw new UsageError(`${source} holds no pictures. A folder, or a table with one row a picture, is expected.`);
  }
  if (format !== 'folder' && pictures.columns['caption'] === undefined) {
    context.log(`${source} has no column of captions; they stay empty. Name one with --caption-column.`);
  }
  const dataset = openDataset(workspace, input.dataset, { source, format, columns: pictures.columns });
  const first = nextPosition(workspace, dataset);
  const known = findKnown(workspace, dataset, pictures.identity);
  let seen = 0;
  async function* wanted(): AsyncGenerator<{ item: Item; before: Known | undefined }> {
    for await (const item of pictures.items()) {
      const before = first === 0 ? undefined : known(item, seen);
      seen++;
      if (before?.status !== 'ok') yield { item, before };
    }
  }
  const inspected = mapOrdered(wanted(), Math.min(availableParallelism() * 2, 16), async ({ item, before }) => ({
    item,
    before,
    inspection: await inspect(item),
  }));
  let position = first;
  let repaired = 0;
  for await (const batch of inBatches(inspected, batchSize)) {
    const samples = batch.filter(changed);
    if (samples.length > 0) setComplete(workspace, dataset, false);
    const stored = storeSamples(workspace, dataset, position, samples);
    position += stored.added;
    repaired += stored.repaired;
    context.onProgress({ stage: 'import', done: seen, total: pictures.total, unit: 'images' });
    await checkpoint(context);
  }
  return { dataset, added: position - first, repaired };
}

function openSource(
  source: string,
  format: Exclude<Format, 'embeddings'>,
  options: ColumnOptions,
  except: string,
): Promise<ItemSource> {
  switch (format) {
    case 'folder':
      return openFolder(source, except);
    case 'csv':
      return openTable(source, options);
    case 'jsonl':
      return openJsonl(source, options);
  }
}
