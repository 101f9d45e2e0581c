/** @file How large a picture may be, at what size it is decoded, and the memory that takes. */

import type { Metadata } from 'sharp';
import { DistilleryError } from '../errors.ts';

export interface DecodeLimits {
  /** A larger picture is decoded at half its size, or a quarter: so many pixels at most. */
  wholePixels: number;
  /** A larger one is refused, whatever its decoder needs. */
  maximumPixels: number;
  /** Bytes of a decoder that cannot go row by row. */
  maximumHeld: number;
}

export const decodeLimits: DecodeLimits = {
  // where Pillow begins to warn of decompression bombs; it refuses twice as many
  wholePixels: 89_478_485,
  maximumPixels: 1_000_000_000,
  maximumHeld: 2 ** 31,
};

export interface DecodePlan {
  /** Both sides are divided by it: a power of two. */
  shrink: number;
  /** Peak memory of the decoder and its result, without the file itself. */
  bytes: number;
}

type Size = Pick<Metadata, 'width' | 'height' | 'format' | 'isProgressive' | 'channels' | 'depth'>;

/** @throws {DistilleryError} for a picture that is not decoded, with its size. */
export function planDecode(metadata: Size, limits: DecodeLimits = decodeLimits): DecodePlan {
  const { width, height } = metadata;
  const pixels = width * height;
  if (pixels > limits.maximumPixels) {
    const most = (limits.maximumPixels / 1e6).toFixed(0);
    throw new DistilleryError(`too many pixels: ${width} x ${height}, more than ${most} million`);
  }
  const held = pixels * (heldBytes[metadata.format] ?? channelBytes)(metadata);
  if (held > limits.maximumHeld) {
    throw new DistilleryError(
      `too many pixels: ${width} x ${height}; ${kindOf(metadata)} of this size takes ${gibibytes(held)} to decode, ` +
        `at most ${gibibytes(limits.maximumHeld)} are used`,
    );
  }
  let shrink = 1;
  while (Math.ceil(width / shrink) * Math.ceil(height / shrink) > limits.wholePixels) shrink *= 2;
  const result = Math.ceil(width / shrink) * Math.ceil(height / shrink) * channelBytes(metadata);
  return { shrink, bytes: held + result };
}

const channelBytes = ({ channels, depth }: Size): number =>
  channels * (depth === 'uchar' ? 1 : depth === 'ushort' ? 2 : 4);

/**
 * What a decoder keeps of the whole picture, in bytes a pixel, an upper bound of what was measured (docs/formats.md). Those of
 * JPEG and PNG go row by row, unless the rows of one pass are not all of them; a TIFF (the default) may be a single strip.
 */
const heldBytes: Partial<Record<Metadata['format'], (metadata: Size) => number>> = {
  // 16-bit coefficients of every channel until the last scan is there
  jpeg: ({ isProgressive, channels }) => (isProgressive ? 2 * channels : 0),
  png: (metadata) => (metadata.isProgressive ? channelBytes(metadata) : 0),
  webp: () => 5,
  gif: () => 5,
  heif: () => 18,
};

const kindOf = ({ format, isProgressive }: Size): string =>
  `${isProgressive && format !== 'gif' ? 'a progressive' : 'a'} ${format}`;

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
