/** @file What a sample is in a WebDataset: its members, as they were imported, or made of its picture, caption and data. */

import { createHash } from 'node:crypto';
import path from 'node:path';
import sharp from 'sharp';
import { z } from 'zod';
import { DistilleryError, messageOf } from '../errors.ts';
import { readPicture } from '../pictureSource.ts';
import type { ExportedSample } from './samples.ts';
import type { TarMember } from './tar.ts';

const partsSchema = z.array(z.tuple([z.string().regex(/^[^/\0]+$/), z.int().nonnegative(), z.int().nonnegative()]));
/** Ending, offset and length of each member in the sample's archive. */
type Parts = z.infer<typeof partsSchema>;

/** Why a sample cannot be exported; what stands before `: ` is counted. */
export class UnreadableSample extends Error {
  override name = 'UnreadableSample';
}

/** Endings of pictures that are kept as they are. */
const pictureEndings = new Set(['jpg', 'jpeg', 'png', 'webp', 'gif', 'avif', 'tif', 'tiff']);
/** Bytes between members that are read along with them: headers, side-cars of other samples. */
const maximumGap = 1 << 20;

export function partsOf({ id, parts }: ExportedSample): Parts | undefined {
  if (parts === null) return undefined;
  const parsed = partsSchema.safeParse(JSON.parse(parts));
  if (!parsed.success) throw new DistilleryError(`Sample ${id} has damaged data in the database: ${parts}`);
  return parsed.data;
}

/** Bytes of content that a sample will take, as far as they are known before it is read. */
export function expectedBytes(sample: ExportedSample): number {
  const parts = partsOf(sample);
  return parts ? parts.reduce((sum, [, , length]) => sum + length, 0) : (sample.bytes ?? 0) + sample.caption.length;
}

/**
 * Names and sizes of the members that {@link readMembers} will give, from the database alone; undefined for a sample without a picture.
 * A name without a known ending of a picture counts as .jpg, which changes no size.
 */
export function expectedMembers(
  sample: ExportedSample,
  key: string,
): { name: string; bytes: { length: number } }[] | undefined {
  const { picture, caption, bytes } = sample;
  if (picture === null) return undefined;
  const parts = partsOf(sample);
  if (parts && typeof picture === 'object') {
    const members = parts.map(([ending, , length]) => ({ name: `${key}.${ending}`, bytes: { length } }));
    const captioned = caption === '' || parts.some(([ending]) => ending === 'txt');
    return captioned ? members : [...members, text(`${key}.txt`, caption)];
  }
  const ending = path.extname(sample.path).slice(1).toLowerCase();
  const name = `${key}.${pictureEndings.has(ending) ? ending : 'jpg'}`;
  return [{ name, bytes: { length: bytes ?? 0 } }, ...sideCars(sample, key)];
}

/** The name of a WebDataset sample in its archive, undefined for other samples and for names that climb out. */
export function originalKey(sample: ExportedSample): string | undefined {
  const parts = partsOf(sample);
  if (parts === undefined) return undefined;
  const member = sample.path.replace(/^.*?\.(tar|tar\.gz|tgz)\//i, '');
  const picture = sample.picture;
  const own =
    typeof picture === 'object' && picture !== null ? parts.find(([, at]) => at === picture.offset) : undefined;
  const key =
    own && member.toLowerCase().endsWith(`.${own[0]}`)
      ? member.slice(0, -own[0].length - 1)
      : member.replace(/\.[^/]*$/, '');
  const safe = key !== '' && !/[\0\n\\]/.test(key) && key.split('/').every((step) => !['', '.', '..'].includes(step));
  // a dot in the last step would move the border between key and ending
  return safe && !path.posix.basename(key).includes('.') ? key : undefined;
}

/** Members of a sample under `key`. @throws {UnreadableSample} when its picture is not there any more, or not the same */
export async function readMembers(sample: ExportedSample, key: string): Promise<TarMember[]> {
  const { picture, caption } = sample;
  if (picture === null) throw new UnreadableSample('no picture, only an embedding');
  try {
    const parts = partsOf(sample);
    if (parts && typeof picture === 'object') {
      const contents = await readParts(picture.file, parts);
      const at = parts.findIndex(([, offset]) => offset === picture.offset);
      checkUnchanged(contents[at] ?? (await readPicture(picture)), sample);
      const members: TarMember[] = parts.map(([ending], i) => ({ name: `${key}.${ending}`, bytes: contents[i]! }));
      // loaders look for a caption under this ending
      if (caption !== '' && !parts.some(([ending]) => ending === 'txt')) members.push(text(`${key}.txt`, caption));
      return members;
    }
    const bytes = await readPicture(picture);
    checkUnchanged(bytes, sample);
    return [{ name: `${key}.${await endingOf(sample.path, bytes)}`, bytes }, ...sideCars(sample, key)];
  } catch (error) {
    throw error instanceof UnreadableSample ? error : new UnreadableSample(reasonOf(error), { cause: error });
  }
}

/** Caption and data of a sample that was no WebDataset's. */
const sideCars = ({ id, path: from, uid, label, caption }: ExportedSample, key: string): TarMember[] => [
  text(`${key}.txt`, caption),
  text(`${key}.json`, JSON.stringify({ sample_id: id, path: from, uid, label })),
];

const text = (name: string, content: string): TarMember => ({ name, bytes: Buffer.from(content) });

/** @throws {UnreadableSample} */
export function checkUnchanged(bytes: Uint8Array, { hash }: ExportedSample): void {
  if (hash !== null && createHash('sha256').update(bytes).digest('hex') !== hash) {
    throw new UnreadableSample('changed since the import');
  }
}

/** Members lie near each other, so one read gets them. */
async function readParts(file: string, parts: Parts): Promise<Buffer[]> {
  const start = Math.min(...parts.map(([, offset]) => offset));
  const end = Math.max(...parts.map(([, offset, length]) => offset + length));
  const wanted = parts.reduce((sum, [, , length]) => sum + length, 0);
  if (end - start > wanted + maximumGap) {
    const read = (offset: number, length: number) => readPicture({ file, offset, length, encoding: null });
    return Promise.all(parts.map(([, offset, length]) => read(offset, length)));
  }
  const bytes = await readPicture({ file, offset: start, length: end - start, encoding: null });
  return parts.map(([, offset, length]) => bytes.subarray(offset - start, offset - start + length));
}

async function endingOf(name: string, bytes: Buffer): Promise<string> {
  const ending = path.extname(name).slice(1).toLowerCase();
  if (pictureEndings.has(ending)) return ending;
  const { format, compression } = await sharp(bytes).metadata();
  if (format === 'jpeg') return 'jpg';
  return compression === 'av1' ? 'avif' : format;
}

export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'file not found';
  return `file cannot be read: ${code || messageOf(error)}`;
}
