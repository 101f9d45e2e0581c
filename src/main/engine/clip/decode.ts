/**
 * @file Pictures to raw channels, equal to what Pillow's `Image.open` gives: no colour management, no EXIF rotation, first
 * frame only, in the channels of the file (a resize before the conversion to RGB depends on them).
 */

import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import sharp, { type Metadata, type Sharp } from 'sharp';
import { DistilleryError, messageOf } from '../errors.ts';
import { decodingBudget, type MemoryBudget } from '../memoryBudget.ts';
import { readPicture, type PictureSource } from '../pictureSource.ts';
import { decodeLimits, planDecode, type DecodeLimits } from './pictureLimits.ts';
import type { Raster } from './resample.ts';

/** Channels as Pillow names them; its LA is RGBA of equal colours here, which gives the same. */
export type Mode = 'L' | 'RGB' | 'RGBA' | 'CMYK';

export interface Decoded extends Raster {
  mode: Mode;
  /** Pillow resizes palette and 1-bit pictures to the nearest pixel. */
  indexed: boolean;
}

export interface DecodeOptions {
  limits?: DecodeLimits | undefined;
  /** What large pictures wait for; that of this thread otherwise. */
  memory?: MemoryBudget | undefined;
  /** sha256 of the file, hexadecimal: other bytes are refused. */
  hash?: string | undefined;
}

const formats = ['jpeg', 'png', 'webp', 'gif', 'heif', 'tiff'];
let ownMemory: MemoryBudget | undefined;

// every picture is read once: keeping operations would only hold memory
sharp.cache(false);

/** As {@link withPicture}; the memory of the result is no longer counted. */
export function decode(source: PictureSource | Buffer, options?: DecodeOptions): Promise<Decoded> {
  return withPicture(source, (picture) => picture, options);
}

/**
 * Decodes a picture from where it lies, or from its bytes, and hands it to `work`; above `wholePixels` at half its size or
 * a quarter. Its memory is taken from the budget until `work` is done.
 * @throws {DistilleryError} with the reason when it is no picture, is cut off, is too large, or not the file of `hash`
 */
export async function withPicture<T>(
  source: PictureSource | Buffer,
  work: (picture: Decoded) => T,
  { limits = decodeLimits, memory = (ownMemory ??= decodingBudget()), hash }: DecodeOptions = {},
): Promise<T> {
  const held = await memory.take(await lengthOf(source));
  try {
    const bytes = Buffer.isBuffer(source) ? source : await readPicture(source);
    if (bytes.length === 0) throw new DistilleryError('The picture is empty (0 bytes).');
    if (hash !== undefined && hash !== createHash('sha256').update(bytes).digest('hex')) {
      throw new DistilleryError('the file changed since the import; run the import again');
    }
    return work(await decodeBytes(bytes, limits, (decoded) => held.resize(bytes.length + decoded)));
  } finally {
    held.release();
  }
}

async function lengthOf(source: PictureSource | Buffer): Promise<number> {
  return typeof source === 'string' ? (await stat(source)).size : source.length;
}

async function decodeBytes(
  bytes: Buffer,
  limits: DecodeLimits,
  waitForMemory: (bytes: number) => Promise<void>,
): Promise<Decoded> {
  try {
    // the limit of sharp would not say the size
    const image = sharp(bytes, { ignoreIcc: true, failOn: 'truncated', limitInputPixels: false });
    const metadata = await image.metadata();
    if (!formats.includes(metadata.format)) {
      throw new DistilleryError(`The picture is ${metadata.format}; read are ${formats.join(', ')}.`);
    }
    const { shrink, bytes: needed } = planDecode(metadata, limits);
    await waitForMemory(needed);
    if (shrink > 1) shrinkTo(image, metadata, shrink);
    return await decodeAs(image, metadata, bytes);
  } catch (error) {
    if (error instanceof DistilleryError) throw error;
    throw new DistilleryError(`The picture cannot be decoded: ${messageOf(error)}.`, { cause: error });
  }
}

/** A JPEG's decoder shrinks by itself; of other formats, rows are averaged as they come. */
function shrinkTo(image: Sharp, metadata: Metadata, shrink: number): void {
  const [width, height] = [Math.ceil(metadata.width / shrink), Math.ceil(metadata.height / shrink)];
  image.resize(width, height, { fit: 'fill', kernel: isIndexed(metadata) ? 'nearest' : 'lanczos3' });
}

const isIndexed = ({ isPalette, format, bitsPerSample }: Metadata): boolean =>
  isPalette || format === 'gif' || bitsPerSample === 1;

async function decodeAs(image: Sharp, metadata: Metadata, bytes: Buffer): Promise<Decoded> {
  const { space, format, hasAlpha } = metadata;
  if (space === 'grey16' && !hasAlpha) return await decodeGrey16(image);
  const grey = space === 'b-w' && !hasAlpha;
  if (space === 'cmyk') image.pipelineColourspace('cmyk').toColourspace('cmyk');
  else if (grey) image.toColourspace('b-w');
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const raster = { data, width: info.width, height: info.height, channels: info.channels };
  const indexed = isIndexed(metadata);
  if (space === 'cmyk') return { ...raster, mode: 'CMYK', indexed };
  if (grey) return { ...raster, mode: 'L', indexed };
  if (raster.channels === 3) return { ...raster, mode: 'RGB', indexed };
  // transparency that is a palette entry or a single colour is no channel to Pillow
  const noChannel = indexed || (format === 'png' && pngWithoutAlpha(bytes));
  return noChannel ? { ...withoutAlpha(raster), mode: 'RGB', indexed } : { ...raster, mode: 'RGBA', indexed };
}

/** Pillow cuts 16-bit grey off at 255, where most 16-bit pictures are white. We do the same, as the models have seen it so. */
async function decodeGrey16(image: Sharp): Promise<Decoded> {
  const { data, info } = await image
    .toColourspace('grey16')
    .raw({ depth: 'ushort' })
    .toBuffer({ resolveWithObject: true });
  const values = new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  const channels = info.channels;
  const clipped = new Uint8ClampedArray(values.length / channels);
  for (let i = 0; i < clipped.length; i++) clipped[i] = values[i * channels]!;
  return {
    data: new Uint8Array(clipped.buffer),
    width: info.width,
    height: info.height,
    channels: 1,
    mode: 'L',
    indexed: false,
  };
}

/** The colour type in a PNG's first chunk: 4 and 6 have an alpha channel. */
function pngWithoutAlpha(bytes: Buffer): boolean {
  const colourType = bytes[25];
  return colourType !== 4 && colourType !== 6;
}

function withoutAlpha({ data, width, height }: Raster): Raster {
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, at = 0; at < rgb.length; from += 4, at += 3) {
    rgb[at] = data[from]!;
    rgb[at + 1] = data[from + 1]!;
    rgb[at + 2] = data[from + 2]!;
  }
  return { data: rgb, width, height, channels: 3 };
}
