/** @file Texts beside a picture: a caption as .txt, or as a key of a .json. */

import { cleanCaption, type Item } from './item.ts';

export const maximumSidecar = 16 << 20;

/** Keys that hold a caption, in order of preference. */
const captionKeys = ['caption', 'text', 'title'];

/** Text of a file, without its byte order mark. */
export const textOfFile = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('utf8')
    .replace(/^\ufeff/, '');

/** The caption in a side-car of `size` bytes that is called `name`, or why there is none. */
export async function readSidecar(
  name: string,
  size: number,
  read: () => Promise<Uint8Array>,
): Promise<Pick<Item, 'caption' | 'problem'>> {
  if (size > maximumSidecar) return { caption: '', problem: `side-car too large: ${name} has ${size} bytes` };
  try {
    const text = textOfFile(await read());
    return { caption: cleanCaption(/\.json$/i.test(name) ? captionOf(JSON.parse(text)) : text) };
  } catch (error) {
    const damaged = error instanceof SyntaxError;
    return { caption: '', problem: `${damaged ? 'side-car is not JSON' : 'side-car cannot be read'}: ${name}` };
  }
}

/** The value under the caption's key. */
export function captionOf(json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json;
  const key = captionKeys.find((candidate) => Object.hasOwn(json, candidate));
  return key === undefined ? '' : (json as Record<string, unknown>)[key];
}
