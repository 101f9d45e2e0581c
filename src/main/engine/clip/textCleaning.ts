/** @file Cleaning of captions as open_clip does it before tokenizing: ftfy's repairs, HTML entities, spaces, lower case. */

import { unescapeClosed, unescapeHtml, windows1252Character } from './htmlEntities.ts';
import { repairMojibake } from './mojibake.ts';

/** What Python's `str.split()` splits at. */
// eslint-disable-next-line no-control-regex -- Python counts the separators U+001C to U+001F as spaces
const spaces = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;

/** The caption as the tokenizer sees it: repaired, unescaped, single spaces, lower case. */
export function cleanCaption(text: string): string {
  return unescapeHtml(unescapeHtml(repairText(text)))
    .replaceAll(spaces, ' ')
    .replace(/^ | $/g, '')
    .toLowerCase();
}

/** ftfy's `fix_text`, line by line. A line with `<` may be HTML: from there on entities are left alone. */
export function repairText(text: string): string {
  // nothing below touches printable ASCII without entities
  if (/^[\n\x20-\x25\x27-\x7e]*$/.test(text)) return text;
  let unescape = true;
  return text
    .split(/(?<=\n)/)
    .map((line) => {
      unescape &&= !line.includes('<');
      return repairLine(line, unescape);
    })
    .join('');
}

/** Until nothing changes: one repair can uncover work for another. */
function repairLine(line: string, unescape: boolean): string {
  let text = line;
  for (;;) {
    const before = text;
    if (unescape) text = unescapeClosed(text);
    text = repairCharacters(repairMojibake(text)).normalize('NFC');
    if (text === before) return text;
  }
}

function repairCharacters(text: string): string {
  return (
    text
      .replace(/[\x80-\x9f]/g, (control) => windows1252Character(control.charCodeAt(0)))
      // Latin ligatures and digraphs; ﬅ keeps its long s
      .replace(/[ĲĳŉǄ-ǌǱ-ǳﬀ-ﬄﬆ]/g, (ligature) => ligature.normalize('NFKC'))
      .replaceAll('ﬅ', 'ſt')
      // full-width and half-width forms
      .replaceAll('\u3000', ' ')
      .replace(/[\uff01-\uffef]/g, (form) => form.normalize('NFKC'))
      .replace(/[\u201c-\u201f]/g, '"')
      .replace(/[\u02bc\u2018-\u201b]/g, "'")
      .replace(/\r\n|[\r\u2028\u2029\x85]/g, '\n')
      .toWellFormed()
      // eslint-disable-next-line no-control-regex -- terminal escapes are made of control characters
      .replace(/\x1b\[[\p{Nd};]*[a-zA-Z]/gu, '')
      // eslint-disable-next-line no-control-regex -- control characters without a visible effect
      .replace(/[\x00-\x08\x0b\x0e-\x1f\x7f\u206a-\u206f\ufeff\ufff9-\ufffc]/g, '')
  );
}
