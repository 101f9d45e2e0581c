/** @file Which kind of picture a file is, by its first bytes; names lie. */

/** Bytes that `pictureFormat` looks at. */
export const headLength = 32;

const supported = ['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff'] as const;

/** Endings that people give pictures. */
export const pictureEnding = /\.(jpe?g|jpe|jfif|png|webp|gif|avif|tiff?|bmp|heic|heif|jxl|jp2)$/i;

/**
 * A supported format, a known one that cannot be read (`bmp`, `svg`, ...), or undefined for anything else.
 * SVG stays out on purpose: it is a program for a renderer, and can name other files.
 */
export function pictureFormat(head: Uint8Array): { name: string; supported: boolean } | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, headLength)).toString('latin1');
  const found = signatures.find(([start]) => (typeof start === 'string' ? text.startsWith(start) : start.test(text)));
  return found && { name: found[1], supported: (supported as readonly string[]).includes(found[1]) };
}

const signatures: [start: string | RegExp, name: string][] = [
  ['\xff\xd8\xff', 'jpeg'],
  ['\x89PNG\r\n\x1a\n', 'png'],
  [/^GIF8[79]a/, 'gif'],
  [/^RIFF[^]{4}WEBP/, 'webp'],
  [/^(II[*+]\0|MM\0[*+])/, 'tiff'],
  [/^[^]{4}ftyp(avif|avis|mif1|miaf)/, 'avif'],
  [/^[^]{4}ftyp(heic|heix|heim|heis|hevc|hevx|msf1)/, 'heic'],
  [/^BM[^]{4}\0\0\0\0/, 'bmp'],
  ['\xff\x0a', 'jxl'],
  ['\0\0\0\x0cJXL ', 'jxl'],
  ['\0\0\0\x0cjP  ', 'jpeg 2000'],
  [/^(\xef\xbb\xbf)?\s*<(\?xml|svg|!DOCTYPE svg)/i, 'svg'],
  ['8BPS', 'psd'],
  ['%PDF', 'pdf'],
];
