/** @file Small pictures inside the page, so that it stays whole when it is sent elsewhere. */

import sharp from 'sharp';
import { mapOrdered } from '../ordered.ts';
import { nameOfPicture, readPicture, type PictureSource } from '../pictureSource.ts';
import type { ReportGroup, ReportMember } from './input.ts';

/** Twice the shown size, for dense screens. */
const pixels = 240;
/** Places in a row of a group; where it has more members, the last place counts the rest. */
const places = 8;

/** The members that are shown. */
export const shownMembers = ({ size, members }: ReportGroup): ReportMember[] =>
  members.slice(0, size > places ? places - 1 : places);

/** Data URIs by the picture's name; a picture that cannot be read has none. */
export async function thumbnails(groups: readonly ReportGroup[]): Promise<Map<string, string>> {
  const members = groups.flatMap(shownMembers).flatMap(({ picture }) => (picture === null ? [] : [picture]));
  const pictures = new Map(members.map((picture) => [nameOfPicture(picture), picture]));
  const found = new Map<string, string>();
  for await (const { name, uri } of mapOrdered(pictures, 4, async ([name, picture]) => ({
    name,
    uri: await thumbnail(picture),
  }))) {
    if (uri !== undefined) found.set(name, uri);
  }
  return found;
}

async function thumbnail(source: PictureSource): Promise<string | undefined> {
  try {
    const picture = sharp(await readPicture(source), { failOn: 'none' })
      .autoOrient()
      .resize(pixels, pixels, { fit: 'cover' });
    const bytes = await picture.flatten({ background: '#ffffff' }).webp({ quality: 72 }).toBuffer();
    return `data:image/webp;base64,${bytes.toString('base64')}`;
  } catch {
    // the page shows an empty frame: a report must not fail because a picture was moved
    return undefined;
  }
}
