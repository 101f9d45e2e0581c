/** @file Pictures of an evaluation: encoded ones where they lie, or the bare pixels of CIFAR and IDX files. */

import type { EmbeddingConfig } from '../clip/towers.ts';
import type { Decoded } from '../clip/decode.ts';
import { inferencePixels, loadPixels } from '../clip/preprocess.ts';
import { nameOfPicture, readPicture, type PictureSource } from '../pictureSource.ts';

/** Bytes without a format around them. */
export interface RawPicture {
  /** Different for different pictures. */
  name: string;
  /** One plane after the other, each row after row: grey, or red, green, blue. `[channels, height, width]` */
  planes: Uint8Array;
  channels: 1 | 3;
  width: number;
  height: number;
  /** Each plane lies there column after column: `[channels, width, height]`. */
  byColumns?: boolean;
}

export type Picture = PictureSource | RawPicture;

export const isRaw = (picture: Picture): picture is RawPicture => typeof picture !== 'string' && 'planes' in picture;

/** A name for messages, different for different pictures. */
export const pictureName = (picture: Picture): string => (isRaw(picture) ? picture.name : nameOfPicture(picture));

/** What tells two pictures apart: equal parts mean equal pixels. @throws when a file cannot be read */
export async function contentOf(picture: Picture): Promise<(Uint8Array | string)[]> {
  if (!isRaw(picture)) return [await readPicture(picture)];
  const order = picture.byColumns ? ' by columns' : '';
  return [`${picture.channels} x ${picture.height} x ${picture.width}${order}`, picture.planes];
}

/** Bytes R, G, B, `[imageSize, imageSize, 3]`. @throws {DistilleryError} when the picture cannot be used */
export async function pixelsOf(picture: Picture, config: EmbeddingConfig): Promise<Uint8Array> {
  return isRaw(picture) ? inferencePixels(interleaved(picture), config) : loadPixels(picture, config);
}

/** As a decoder gives it: `[height, width, channels]`. */
export function interleaved({ planes, channels, width, height, byColumns = false }: RawPicture): Decoded {
  const size = { width, height, channels, indexed: false };
  if (channels === 1 && !byColumns) return { ...size, data: planes, mode: 'L' };
  const plane = width * height;
  const [downwards, rightwards] = byColumns ? [1, height] : [width, 1];
  const data = new Uint8Array(planes.length);
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = y * downwards + x * rightwards;
      for (let c = 0; c < channels; c++) data[to++] = planes[c * plane + from]!;
    }
  }
  return { ...size, data, mode: channels === 1 ? 'L' : 'RGB' };
}
