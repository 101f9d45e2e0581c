/** @file Looks at one picture: is it whole, how large, what does it hash to. */

import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import sharp from 'sharp';
import { messageOf } from '../errors.ts';
import { readPicture } from '../pictureSource.ts';
import type { Item } from './item.ts';
import { pictureFormat } from './pictureFormat.ts';

export interface Inspection {
  width: number | null;
  height: number | null;
  bytes: number | null;
  /** sha256 of the file, hexadecimal. */
  hash: string | null;
  /** Milliseconds since 1970. */
  modified: number | null;
  /** Null for a good picture. What stands before `: ` is counted, the rest is detail. */
  reason: string | null;
}

/** What the towers decode at most, see clip/decode.ts. */
const maximumPixels = 100_000_000;
const maximumBytes = 1 << 30;

const nothing = { width: null, height: null, bytes: null, hash: null, modified: null };

/** Never throws: whatever is wrong with the file becomes the reason. */
export async function inspect(item: Item): Promise<Inspection> {
  if (item.problem !== undefined || item.file === null) return { ...nothing, reason: item.problem ?? 'no path' };
  let bytes: number | null = null;
  let modified = item.modified ?? null;
  let content: Buffer;
  try {
    const found = await stat(item.file);
    // opening a pipe or a device could wait for ever
    if (found.isDirectory()) return { ...nothing, reason: 'a folder, not a picture' };
    if (!found.isFile()) return { ...nothing, reason: 'not a regular file' };
    bytes = item.part?.length ?? found.size;
    modified ??= Math.round(found.mtimeMs);
    if (bytes === 0) return { ...nothing, bytes, reason: 'empty file' };
    if (bytes > maximumBytes) return { ...nothing, bytes, reason: `file too large: ${bytes} bytes` };
    content = await readPicture(item.part ? { file: item.file, ...item.part } : item.file);
  } catch (error) {
    return { ...nothing, bytes, reason: reasonOfFile(error) };
  }
  const hash = createHash('sha256').update(content).digest('hex');
  return { ...nothing, bytes: content.length, hash, modified, ...(await inspectPicture(content)) };
}

async function inspectPicture(content: Buffer): Promise<{ width?: number; height?: number; reason: string | null }> {
  const format = pictureFormat(content);
  if (format === undefined) return { reason: 'not a picture' };
  if (!format.supported) return { reason: `unsupported format: ${format.name}` };
  try {
    const picture = sharp(content, { failOn: 'error', limitInputPixels: false });
    const { width, height } = await picture.metadata();
    if (width * height > maximumPixels) return { width, height, reason: `too many pixels: ${width} x ${height}` };
    // the only proof that a file is whole is to decode all of it; shrinking on the way keeps memory small
    await picture.resize(32, 32, { fit: 'fill' }).raw().toBuffer();
    return { width, height, reason: null };
  } catch (error) {
    return { reason: `damaged picture: ${messageOf(error).replaceAll(/\s+/g, ' ').trim().slice(0, 200)}` };
  }
}

function reasonOfFile(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'file not found';
  if (code === 'ELOOP') return 'link that leads nowhere';
  return `file cannot be read: ${code || messageOf(error)}`;
}
