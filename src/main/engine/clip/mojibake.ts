/**
 * @file Repairs UTF-8 that was read as Windows-1252 or Latin-1 (`â€™` for ’, `Ã©` for é), also twice over.
 *
 * Evidence comes from the encoding itself: letters like é are followed by plain ASCII in honest text, while UTF-8 needs one to
 * three characters from the range of symbols right after them. A few symbols do follow a letter in honest text (`à »`, `CAFÉ™`),
 * so a sequence of only those does not count.
 */

import { windows1252Character } from './htmlEntities.ts';

const bytesOf = new Map<number, number>();
for (let byte = 0x80; byte <= 0xff; byte++) {
  // a control character of Latin-1 and its Windows-1252 character both stand for the byte
  bytesOf.set(byte, byte);
  if (byte <= 0x9f) bytesOf.set(windows1252Character(byte).charCodeAt(0), byte);
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes that read as punctuation, spacing or signs that follow a letter: … ‘ ’ “ ” – — ™ › nbsp ® ° · » and raised digits. */
const natural = new Set([
  ...[0x85, 0x91, 0x92, 0x93, 0x94, 0x96, 0x97, 0x99, 0x9b, 0xa0, 0xa9, 0xab, 0xad, 0xae, 0xb0],
  ...[0xb2, 0xb3, 0xb4, 0xb7, 0xb9, 0xbb, 0xbf],
]);
/** Â and Ã begin the UTF-8 of all Latin-1 letters and rarely stand before a symbol themselves. */
const telling = new Set([0xc2, 0xc3]);

/** Text with its mojibake repaired; unchanged without evidence of any. */
export function repairMojibake(text: string): string {
  let fixed = text;
  for (let round = 0; round < 8; round++) {
    const next = repairOnce(fixed);
    if (next === fixed) break;
    fixed = next;
  }
  return fixed;
}

function repairOnce(text: string): string {
  // eslint-disable-next-line no-control-regex -- asks whether the text is ASCII
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  const found = text.match(runs) ?? [];
  // eslint-disable-next-line no-control-regex -- asks whether the rest is ASCII
  const whole = /^[\x00-\x7f]*$/.test(text.replace(runs, ''));
  // where the whole line is mojibake, one telling sequence speaks for all
  const certain = whole && found.some((run) => convincing(toBytes(run)));
  return text
    .replace(runs, (run: string) => repairRun(run, certain))
    .replace(lostSpace, (_, lead: string) => (lead === 'Ã' ? 'à ' : '\u00a0'));
}

/** à and the no-break space are C3 A0 and C2 A0, whose A0 often became a plain space; a capital after a small letter gives it away. */
const lostSpace = /(?<=[a-z] ?|^)([ÃÂ]) /gu;

const continuation = symbolClass(0x80, 0xbf);
const sequences =
  `[${symbolClass(0xc2, 0xdf)}][${continuation}]` +
  `|[${symbolClass(0xe0, 0xef)}][${continuation}]{2}` +
  `|[${symbolClass(0xf0, 0xf4)}][${continuation}]{3}`;
/** Sequences one after another, not in the middle of a garble that cannot be read. */
const runs = new RegExp(`(?<![${continuation}])(?:${sequences})+`, 'gu');

/** The characters of a range of bytes, for a character class. */
function symbolClass(from: number, to: number): string {
  return [...bytesOf]
    .filter(([, byte]) => byte >= from && byte <= to)
    .map(([code]) => `\\u{${code.toString(16)}}`)
    .join('');
}

const toBytes = (run: string): Uint8Array => Uint8Array.from(run, (character) => bytesOf.get(character.charCodeAt(0))!);

function repairRun(run: string, certain: boolean): string {
  const bytes = toBytes(run);
  if (!certain && !convincing(bytes)) return run;
  try {
    return decoder.decode(bytes);
  } catch {
    return run;
  }
}

/** Whether some sequence of the run would be odd as honest text. */
function convincing(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length;) {
    const lead = bytes[at]!;
    const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const rest = bytes.subarray(at + 1, at + length);
    if (telling.has(lead) || rest.some((byte) => !natural.has(byte))) return true;
    at += length;
  }
  return false;
}
