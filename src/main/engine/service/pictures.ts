/** @file Pictures for showing: made once from registered samples, encoded anew, so that nothing but pixels leaves. */

import path from 'node:path';
import { DistilleryError, messageOf } from '../errors.ts';
import { nameOfPicture, pictureOf, type PictureColumns, type PictureSource } from '../pictureSource.ts';
import { writeWhole } from '../store/files.ts';
import type { Workspace } from '../store/workspace.ts';
import { NewestFirst } from './newestFirst.ts';
import { isKept, noteWritten, thumbnailFolder } from './thumbnailStore.ts';
import { encodeThumbnail } from '../thumbnail.ts';

/** Copies of one picture share a file, and the work in progress on it. */
const underWay = new Map<string, Promise<void>>();
/** They are decoded in threads of libvips and hold up no query; more at once would only fill the memory. */
const making = new NewestFirst(4);

/**
 * File of a sample's picture, at most `size` pixels wide and high, upright as its EXIF says.
 * @throws {DistilleryError} when the sample is unknown, has no picture, or its file can no longer be read.
 */
export async function picture(workspace: Workspace, sample: number, size: number): Promise<string> {
  const row = workspace.sqlite
    .prepare<[number], PictureColumns & { hash: string | null }>(
      "SELECT file, offset, length, encoding, hash FROM samples WHERE id = ? AND status = 'ok'",
    )
    .get(sample);
  const source = row && pictureOf(workspace.dir, row);
  if (!source) throw new DistilleryError(`Sample ${sample} has no picture in ${workspace.dir}.`);
  const name = row.hash ?? `sample-${sample}`;
  const target = path.join(thumbnailFolder(workspace.dir), String(size), name.slice(0, 2), `${name}.webp`);
  let work = underWay.get(target);
  if (!work) {
    work = provide(workspace.dir, source, size, target).finally(() => underWay.delete(target));
    underWay.set(target, work);
  }
  await work;
  return target;
}

async function provide(workspaceDir: string, source: PictureSource, size: number, target: string): Promise<void> {
  if (await isKept(target)) return;
  const bytes = await making.run(() => make(source, size, target));
  noteWritten(workspaceDir, bytes);
}

/** @returns bytes of the file */
async function make(source: PictureSource, size: number, target: string): Promise<number> {
  try {
    const pixels = await encodeThumbnail(source, size);
    await writeWhole(target, pixels);
    return pixels.length;
  } catch (error) {
    throw new DistilleryError(`The picture ${nameOfPicture(source)} cannot be shown: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
