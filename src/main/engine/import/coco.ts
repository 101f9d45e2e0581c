/** @file COCO captions: one pair an image, with the first of its captions. */

import { stat } from 'node:fs/promises';
import { findPictureFolder, readCoco } from '../coco.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import { itemOfRow, resolveInside, type Item, type ItemSource } from './item.ts';
import type { TableOptions } from './table.ts';

/**
 * Reads a file once. Its pictures lie in `images`, or where {@link findPictureFolder} finds them.
 * @throws {UsageError} when the pictures are not found, or the file is too large. @throws {DistilleryError} when it is damaged.
 */
export async function openCoco(file: string, options: TableOptions, context: StageContext): Promise<ItemSource> {
  const { size } = await stat(file);
  const images = await readCoco(file, 1, async (done) => {
    context.onProgress({ stage: 'import', done, total: size, unit: 'bytes' });
    await checkpoint(context);
  });
  if (!images.some(({ captions }) => captions.length > 0)) context.log(`${file} has no captions; they stay empty.`);
  const folder = options.images ?? (await findPictureFolder(file, images));
  function* items(): Generator<Item> {
    for (const { name, captions } of images) {
      yield { ...itemOfRow(folder, name, captions[0], null), ...resolveInside(folder, name) };
    }
  }
  return { identity: 'path', columns: {}, count: () => Promise.resolve(images.length), items };
}
