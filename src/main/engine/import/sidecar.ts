/** @file Texts beside a picture: a caption as .txt, or as a key of a .json. */

import { cleanCaption } from './item.ts';

export const maximumSidecar = 16 << 20;

/** Keys that hold a caption, in order of preference. */
const captionKeys = ['caption', 'text', 'title'];

/** Text of a file, without its byte order mark. */
export const textOfFile = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('utf8')
    .replace(/^\ufeff/, '');

/** The caption in a side-car of this name. @throws {SyntaxError} for a .json that is none. */
export function captionOfSidecar(name: string, bytes: Uint8Array): string {
  const text = textOfFile(bytes);
  return cleanCaption(/\.json$/i.test(name) ? captionOf(JSON.parse(text)) : text);
}

/** The value under the caption's key. */
export function captionOf(json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json;
  const key = captionKeys.find((candidate) => Object.hasOwn(json, candidate));
  return key === undefined ? '' : (json as Record<string, unknown>)[key];
}
