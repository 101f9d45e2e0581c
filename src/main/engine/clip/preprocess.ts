/** @file From picture files to the pixels a tower takes: open_clip's preprocessing (torchvision over Pillow), exactly. */

import { premultiply, toRgb, unpremultiply } from './colour.ts';
import type { PreprocessConfig } from './config.ts';
import type { EmbeddingConfig } from './towers.ts';
import { decode, withPicture, type Decoded, type DecodeOptions } from './decode.ts';
import type { PictureSource } from '../pictureSource.ts';
import { resample, type Box, type Filter, type Raster } from './resample.ts';

export { decode, withPicture, type Decoded };

interface Size {
  width: number;
  height: number;
}

/**
 * Decodes a picture and prepares it for inference.
 * @returns bytes R, G, B, `[imageSize, imageSize, 3]`; normalise.ts says why not more
 * @throws {DistilleryError} with the reason when the picture cannot be used
 */
export function loadPixels(
  source: PictureSource | Buffer,
  config: EmbeddingConfig,
  options?: DecodeOptions,
): Promise<Uint8Array> {
  return withPicture(source, (picture) => inferencePixels(picture, config), options);
}

/** Resize and centre crop, or as the configuration's resize mode says: `[imageSize, imageSize, 3]` in memory of its own. */
export function inferencePixels(picture: Decoded, config: EmbeddingConfig): Uint8Array {
  const side = config.vision.imageSize;
  const whole: Box = { left: 0, top: 0, width: picture.width, height: picture.height };
  const size = resizedSize(picture, side, config.preprocess.resizeMode);
  const window = {
    left: Math.max(0, roundHalfEven((size.width - side) / 2)),
    top: Math.max(0, roundHalfEven((size.height - side) / 2)),
    width: Math.min(side, size.width),
    height: Math.min(side, size.height),
  };
  const resized = resize(picture, whole, size, window, config.preprocess.interpolation);
  return toRgb(pad(resized, side, config.preprocess.fillColor), picture.mode);
}

/** Part of the area that a random crop keeps, and its aspect ratio: open_clip's defaults. */
const cropArea = [0.9, 1] as const;
const cropRatio = [3 / 4, 4 / 3] as const;

/**
 * open_clip's training transform: a random part of the picture, resized to the square with bicubic interpolation.
 * @param random uniform in [0, 1)
 * @returns bytes R, G, B, `[imageSize, imageSize, 3]`, in memory of their own
 */
export function randomResizedCrop(picture: Decoded, config: EmbeddingConfig, random: () => number): Uint8Array {
  const side = config.vision.imageSize;
  const square = { left: 0, top: 0, width: side, height: side };
  const crop = resize(picture, randomBox(picture, random), square, square, 'bicubic');
  return toRgb(crop, picture.mode);
}

function randomBox(picture: Size, random: () => number): Box {
  const between = (low: number, high: number) => low + (high - low) * random();
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = picture.width * picture.height * between(...cropArea);
    const ratio = Math.exp(between(Math.log(cropRatio[0]), Math.log(cropRatio[1])));
    const width = roundHalfEven(Math.sqrt(area * ratio));
    const height = roundHalfEven(Math.sqrt(area / ratio));
    if (width < 1 || height < 1 || width > picture.width || height > picture.height) continue;
    const top = Math.floor(random() * (picture.height - height + 1));
    const left = Math.floor(random() * (picture.width - width + 1));
    return { left, top, width, height };
  }
  // no such part fits: the largest centred part of an allowed ratio
  const width = Math.min(picture.width, Math.max(1, roundHalfEven(picture.height * cropRatio[1])));
  const height = Math.min(picture.height, Math.max(1, roundHalfEven(picture.width / cropRatio[0])));
  return {
    left: Math.floor((picture.width - width) / 2),
    top: Math.floor((picture.height - height) / 2),
    width,
    height,
  };
}

function resizedSize({ width, height }: Size, side: number, mode: PreprocessConfig['resizeMode']): Size {
  switch (mode) {
    case 'squash':
      return { width: side, height: side };
    case 'shortest':
      return width <= height
        ? { width: side, height: Math.trunc((side * height) / width) }
        : { width: Math.trunc((side * width) / height), height: side };
    case 'longest': {
      const ratio = Math.max(width, height) / side;
      return {
        width: Math.max(1, roundHalfEven(width / ratio)),
        height: Math.max(1, roundHalfEven(height / ratio)),
      };
    }
  }
}

/** As Pillow resizes each mode: palettes to the nearest pixel, alpha premultiplied, nothing when the size stays. */
function resize(picture: Decoded, from: Box, size: Size, window: Box, filter: Filter): Raster {
  if (from.width === size.width && from.height === size.height) {
    return resample(picture, from, size, window, 'nearest');
  }
  if (picture.indexed) return resample(picture, from, size, window, 'nearest');
  if (picture.mode !== 'RGBA') return resample(picture, from, size, window, filter);
  return unpremultiply(resample(premultiply(picture), from, size, window, filter));
}

/** Centres the picture in a square of `side`, filled with one value; returns it unchanged when it fills the square. */
function pad(picture: Raster, side: number, fill: number): Raster {
  if (picture.width === side && picture.height === side) return picture;
  const { channels } = picture;
  const left = Math.floor((side - picture.width) / 2);
  const top = Math.floor((side - picture.height) / 2);
  const data = new Uint8Array(side * side * channels).fill(fill);
  for (let y = 0; y < picture.height; y++) {
    const row = y * picture.width * channels;
    data.set(picture.data.subarray(row, row + picture.width * channels), ((top + y) * side + left) * channels);
  }
  return { data, width: side, height: side, channels };
}

/** Python's `round`: a half goes to the even neighbour. */
function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}
