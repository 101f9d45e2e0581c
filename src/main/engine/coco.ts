/**
 * @file COCO's captions: one JSON object with `images` and `annotations`, joined by the image's id
 * (https://cocodataset.org/#format-data, 4. Captioning). Also Karpathy's splits of it, where an image holds its `sentences`.
 */

import { access, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { UsageError } from './errors.ts';
import { jsonElements, type JsonElement } from './jsonElements.ts';

export interface CocoImage {
  /** From the folder of the pictures, with slashes; empty where the entry has none. */
  name: string;
  /** In the order of the file. */
  captions: string[];
  split?: string | undefined;
}

/** Names and captions are in memory at once: about twice the file. */
export const maximumCocoBytes = 2 ** 31;
/** What one Map can hold. */
const maximumImages = 2 ** 24 - 1;

const id = z.union([z.number(), z.string()]);
const imageSchema = z.object({
  id: id.optional(),
  file_name: z.string().optional(),
  filepath: z.string().optional(),
  filename: z.string().optional(),
  split: z.string().optional(),
  sentences: z.array(z.object({ raw: z.string() })).default([]),
});
const annotationSchema = z.object({ image_id: id, caption: z.string() });

/**
 * Images in the order of the file, the first `most` captions of each; entries of other kinds are passed over.
 * @throws {UsageError} for a file that is too large. @throws {DistilleryError} for one that is damaged.
 */
export async function readCoco(
  file: string,
  most = Infinity,
  onBytes?: (done: number) => Promise<void>,
): Promise<CocoImage[]> {
  const { size } = await stat(file);
  if (size > maximumCocoBytes) {
    throw new UsageError(
      `${file} has ${size} bytes; COCO files of up to ${maximumCocoBytes} are read. Split its images over several files, or write them as .jsonl.`,
    );
  }
  const images: CocoImage[] = [];
  const byId = new Map<string | number, CocoImage>();
  /** Of images that come later. */
  const early = new Map<string | number, string[]>();
  const add = ({ key, value }: JsonElement): void => {
    if (byId.size >= maximumImages || early.size >= maximumImages) {
      throw new UsageError(`${file} has more than ${maximumImages} images. Split it.`);
    }
    if (key === 'images') {
      const image = imageOf(value);
      const { id: imageId } = image;
      if (imageId !== undefined) {
        image.captions.push(...(early.get(imageId) ?? []));
        byId.set(imageId, image);
      }
      image.captions.length = Math.min(image.captions.length, most);
      images.push(image);
    } else {
      const { data } = annotationSchema.safeParse(value);
      if (data === undefined || data.caption.trim() === '') return;
      let captions = byId.get(data.image_id)?.captions ?? early.get(data.image_id);
      if (captions === undefined) early.set(data.image_id, (captions = []));
      if (captions.length < most) captions.push(data.caption);
    }
  };
  for await (const elements of jsonElements(file, ['images', 'annotations'], onBytes)) elements.forEach(add);
  return images;
}

function imageOf(value: unknown): CocoImage & { id?: string | number | undefined } {
  const { data } = imageSchema.safeParse(value);
  if (data === undefined) return { name: '', captions: [] };
  const { filepath = '', filename = '' } = data;
  const name = data.file_name ?? (filename && path.posix.join(filepath, filename));
  return { id: data.id, name, captions: data.sentences.map(({ raw }) => raw), split: data.split };
}

/** Pictures that are looked for before a folder is chosen. */
const samples = 64;

/**
 * The folder that holds most of the pictures: the file's own or the one above it, one of their sub-folders, or one of images/.
 * So annotations/captions_val2017.json finds val2017/ beside annotations/.
 * @throws {UsageError} when no folder holds any.
 */
export async function findPictureFolder(file: string, images: readonly CocoImage[]): Promise<string> {
  const step = Math.max(1, Math.floor(images.length / samples));
  const looked = images.flatMap(({ name }, i) => (i % step === 0 && name !== '' ? [name] : [])).slice(0, samples);
  const own = path.dirname(file);
  const candidates = [...(await withSubFolders(own)), ...(await withSubFolders(path.dirname(own)))];
  let best = { folder: own, hits: 0 };
  for (const folder of new Set(candidates)) {
    const found = await Promise.all(looked.map((name) => exists(path.join(folder, name))));
    const hits = found.filter(Boolean).length;
    if (hits > best.hits) best = { folder, hits };
  }
  if (best.hits > 0 || looked.length === 0) return best.folder;
  throw new UsageError(
    `The pictures of ${file} (${looked.slice(0, 2).join(', ')}, ...) are neither in its folder nor beside it. Name their folder with --images.`,
  );
}

async function withSubFolders(folder: string): Promise<string[]> {
  const inside = await subFolders(folder);
  const images = inside.filter((sub) => path.basename(sub) === 'images');
  return [folder, ...inside, ...(await Promise.all(images.map(subFolders))).flat()];
}

/** At most a thousand: a folder with more holds other things. */
async function subFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).slice(0, 1000);
  return folders.map(({ name }) => path.join(folder, name));
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
