/** @file Import of pictures: the loop from a source's items over looking at each to the database. */

import { createHash } from 'node:crypto';
import { UsageError } from '../errors.ts';
import { inBatches, mapOrdered } from '../ordered.ts';
import type { FilePart } from '../pictureSource.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import { shownSources } from '../sourceText.ts';
import type { Workspace } from '../store/workspace.ts';
import { openCoco } from './coco.ts';
import type { Format } from './detect.ts';
import { openFolder } from './folder.ts';
import { createInspectPool } from './inspectPool.ts';
import type { Item, ItemSource } from './item.ts';
import { openEach } from './join.ts';
import { changed, findKnown, Placeholders, storeSamples, type Known } from './known.ts';
import { nextPosition, openDataset, setComplete, type Dataset } from './samples.ts';
import type { ImportOptions } from './run.ts';
import type { Source } from './sources.ts';
import { Pack } from './pack.ts';
import { openParquet } from './parquet.ts';
import { openPairs } from './table.ts';
import { openWebDataset } from './webdataset.ts';
import { openZip } from './zipFolder.ts';

/** Pairs in one transaction: what a crash can lose. */
const batchSize = 200;

/** @param source as the dataset's row has it */
export const noPictures = (source: string): string =>
  `${shownSources(source)} holds no pictures. A folder, or a table with one row a picture, is expected.`;

/** Stores the items that are not there yet, and looks again at those that were skipped. */
export async function importPictures(
  input: { workspace: Workspace; source: string; sources: readonly Source[]; dataset: string },
  format: Exclude<Format, 'embeddings'>,
  options: ImportOptions,
  context: StageContext,
): Promise<{ dataset: Dataset; added: number; repaired: number }> {
  const { workspace, source } = input;
  const pictures = await openSource(input.sources, format, options, workspace.dir, context);
  const total = await pictures.count(context.signal);
  await checkpoint(context);
  if (total === 0) throw new UsageError(noPictures(source));
  if (['csv', 'jsonl', 'parquet'].includes(format) && pictures.columns['caption'] === undefined) {
    context.log(`${shownSources(source)} has no column of captions; they stay empty. Name one with --caption-column.`);
  }
  const columns = { ...pictures.columns, ...(options.images !== undefined && { images: options.images }) };
  const dataset = openDataset(workspace, input.dataset, { source, format, columns });
  const first = nextPosition(workspace, dataset);
  const known = findKnown(workspace, dataset, pictures.identity);
  const placeholders = new Placeholders(workspace, dataset, format);
  const pack = new Pack(workspace, dataset.name);
  let seen = 0;
  async function* wanted(): AsyncGenerator<{ item: Item; before: Known | undefined }> {
    for await (const item of pictures.items()) {
      const before = first === 0 ? undefined : known(item, seen);
      seen++;
      placeholders.seen(before);
      if (before?.status === 'ok') continue;
      const { load, ...given } = item;
      const { content, ...rest } = load === undefined ? given : { ...given, ...(await load()) };
      if (content === undefined) yield { item: rest, before };
      else if (content.length === 0) yield { item: { problem: 'empty file', ...rest }, before };
      // copied once, also when it is skipped: the same bytes would be skipped again
      else if (before?.hash !== hashOf(pictureIn(content, rest.part))) {
        yield { item: { ...rest, ...placeIn(await pack.append(content), rest) }, before };
      }
    }
  }
  const pool = createInspectPool(total);
  const inspected = mapOrdered(wanted(), pool.width, async ({ item, before }) => ({
    before,
    inspection: await pool.inspect(item),
    item: { ...item, file: pack.stored(item.file) },
  }));
  let position = first;
  let repaired = 0;
  try {
    for await (const batch of inBatches(inspected, batchSize)) {
      const samples = batch.filter(changed);
      if (samples.length > 0) setComplete(workspace, dataset, false);
      await pack.sync();
      const stored = storeSamples(workspace, dataset, position, samples);
      position += stored.added;
      repaired += stored.repaired;
      context.onProgress({ stage: 'import', done: seen, total: total ?? 0, unit: 'images' });
      await checkpoint(context);
    }
    placeholders.dropUnseen();
  } finally {
    await pool.close();
    await pack.close();
  }
  return { dataset, added: position - first, repaired };
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const pictureIn = (content: Uint8Array, part: Item['part']): Uint8Array =>
  part === undefined ? content : content.subarray(part.offset, part.offset + part.length);

/** Where a picture and the other members of its sample lie, once they are in a pack. */
function placeIn({ file, ...packed }: FilePart, { part = { ...packed, offset: 0 }, members }: Item): Partial<Item> {
  const moved = <T extends { offset: number }>(place: T): T => ({ ...place, offset: packed.offset + place.offset });
  return { file, part: moved(part), ...(members && { members: members.map(moved) }) };
}

/** All of the sources as one. `except` (the workspace) is left out of folders. @throws {UsageError} as the readers of each format say. */
export function openSource(
  sources: readonly Source[],
  format: Exclude<Format, 'embeddings'>,
  options: ImportOptions,
  except: string,
  context: StageContext,
): Promise<ItemSource> {
  switch (format) {
    case 'folder':
      return openEach(sources, (dir) => openFolder(dir, except));
    case 'csv':
    case 'jsonl':
      return openEach(sources, (file) => openPairs(file, format, options));
    case 'parquet':
      return openParquet(sources, options);
    case 'webdataset':
      return openEach(sources, openWebDataset);
    case 'zip':
      return openEach(sources, openZip);
    case 'coco':
      return openEach(sources, (file) => openCoco(file, options, context));
  }
}
