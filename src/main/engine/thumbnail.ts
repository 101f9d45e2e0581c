/** @file A small picture of a picture, encoded anew, so that nothing but pixels leaves. */

import sharp from 'sharp';
import { planDecode } from './clip/pictureLimits.ts';
import { readPicture, type PictureSource } from './pictureSource.ts';

/** Webp of at most `size` pixels wide and high, upright as its EXIF says. @throws when it is no picture that can be decoded. */
export async function encodeThumbnail(source: PictureSource | Buffer, size: number): Promise<Buffer> {
  const image = sharp(Buffer.isBuffer(source) ? source : await readPicture(source), { limitInputPixels: false });
  planDecode(await image.metadata());
  return image
    .autoOrient()
    .resize({ width: size, height: size, fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 82 })
    .toBuffer();
}
