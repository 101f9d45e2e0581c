/** @file Looks at one picture: is it whole, how large, what does it hash to. */

import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { planDecode } from '../clip/pictureLimits.ts';
import { DistilleryError, messageOf } from '../errors.ts';
import { decodingBudget, type Hold, type MemoryBudget } from '../memoryBudget.ts';
import { readPicture } from '../pictureSource.ts';
import { measure, measuredSide, type Measures } from '../quality/measure.ts';
import { shrinkLuma } from '../quality/shrink.ts';
import type { Item } from './item.ts';
import { decodeLuma } from './luma.ts';
import { pictureFormat } from './pictureFormat.ts';

export interface Inspection {
  width: number | null;
  height: number | null;
  bytes: number | null;
  /** sha256 of the file, hexadecimal. */
  hash: string | null;
  /** Milliseconds since 1970. */
  modified: number | null;
  /** Of a good picture. */
  measures: Measures | null;
  /** Null for a good picture. What stands before `: ` is counted, the rest is detail. */
  reason: string | null;
}

/** What is looked at of an item. */
export type Inspected = Pick<Item, 'file' | 'part' | 'checksum' | 'modified' | 'problem'>;

const maximumBytes = 1 << 30;
let ownMemory: MemoryBudget | undefined;
const ofThisThread = (): MemoryBudget => (ownMemory ??= decodingBudget());

const nothing = { width: null, height: null, bytes: null, hash: null, modified: null, measures: null };

/** Never throws: whatever is wrong with the file becomes the reason. `memory` is what all threads share. */
export async function inspect(item: Inspected, memory = ofThisThread()): Promise<Inspection> {
  if (item.problem !== undefined || item.file === null) return { ...nothing, reason: item.problem ?? 'no path' };
  let bytes: number | null = null;
  let modified = item.modified ?? null;
  let held: Hold | undefined;
  try {
    const found = await stat(item.file);
    // opening a pipe or a device could wait for ever
    if (found.isDirectory()) return { ...nothing, reason: 'a folder, not a picture' };
    if (!found.isFile()) return { ...nothing, reason: 'not a regular file' };
    bytes = item.part?.length ?? found.size;
    modified ??= Math.round(found.mtimeMs);
    if (bytes === 0) return { ...nothing, bytes, reason: 'empty file' };
    if (bytes > maximumBytes) return { ...nothing, bytes, reason: `file too large: ${bytes} bytes` };
    held = await memory.take(bytes);
    const content = await readPicture(item.part ? { file: item.file, ...item.part } : item.file);
    if (item.checksum !== undefined && crc32(content) !== item.checksum) {
      return { ...nothing, bytes: content.length, modified, reason: 'damaged archive: wrong checksum' };
    }
    const hash = createHash('sha256').update(content).digest('hex');
    return { ...nothing, bytes: content.length, hash, modified, ...(await inspectPicture(content, held)) };
  } catch (error) {
    return { ...nothing, bytes, reason: reasonOfFile(error) };
  } finally {
    held?.release();
  }
}

/** As {@link inspect}, of bytes that have no file yet. */
export async function inspectContent(content: Buffer): Promise<Inspection> {
  const seen = { ...nothing, bytes: content.length };
  if (content.length === 0) return { ...seen, reason: 'empty file' };
  if (content.length > maximumBytes) return { ...seen, reason: `file too large: ${content.length} bytes` };
  const held = await ofThisThread().take(content.length);
  try {
    const hash = createHash('sha256').update(content).digest('hex');
    return { ...seen, hash, ...(await inspectPicture(content, held)) };
  } finally {
    held.release();
  }
}

async function inspectPicture(content: Buffer, held: Hold): Promise<Partial<Inspection> & Pick<Inspection, 'reason'>> {
  const format = pictureFormat(content);
  if (format === undefined) return { reason: 'not a picture' };
  if (!format.supported) return { reason: `unsupported format: ${format.name}, save it as JPEG or PNG` };
  if (format.name === 'jpeg') {
    const luma = decodeLuma(content);
    if (luma) {
      const measures = measure({ ...shrinkLuma(luma, measuredSide), channels: 1 });
      return { width: luma.width, height: luma.height, measures, reason: null };
    }
  }
  let size: Partial<Inspection> = {};
  try {
    const picture = sharp(content, { failOn: 'error', ignoreIcc: true, limitInputPixels: false });
    const metadata = await picture.metadata();
    size = { width: metadata.width, height: metadata.height };
    await held.resize(content.length + planDecode(metadata).bytes);
    // the only proof that a file is whole is to decode all of it; shrinking on the way keeps memory small
    const { data, info } = await picture
      .resize(measuredSide, measuredSide, { fit: 'inside', withoutEnlargement: true })
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { ...size, measures: measure({ data, ...info }), reason: null };
  } catch (error) {
    if (error instanceof DistilleryError) return { ...size, reason: error.message };
    return { reason: `damaged picture: ${messageOf(error).replaceAll(/\s+/g, ' ').trim().slice(0, 200)}` };
  }
}

function reasonOfFile(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'file not found';
  if (code === 'ELOOP') return 'link that leads nowhere';
  return `file cannot be read: ${code || messageOf(error)}`;
}
