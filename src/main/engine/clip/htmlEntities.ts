/** @file HTML character references: as Python's `html.unescape` reads them, and the cautious subset that ftfy reads first. */

import { characterEntities } from 'character-entities';
import { characterEntitiesLegacy } from 'character-entities-legacy';

const withoutSemicolon = new Set(characterEntitiesLegacy);

/** Names that may end in a semicolon, or not where HTML still allows it. */
function named(reference: string): string | undefined {
  const name = reference.endsWith(';') ? reference.slice(0, -1) : reference;
  if (!Object.hasOwn(characterEntities, name)) return undefined;
  return name !== reference || withoutSemicolon.has(name) ? characterEntities[name] : undefined;
}

/** Bytes 0x80 to 0x9F of Windows-1252; a gap keeps the control character. */
const windows1252 =
  '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f' + //
  '\x90‘’“”•–—˜™š›œ\x9džŸ';

/** The character of a byte from 0x80 to 0x9F in Windows-1252, where unused bytes are themselves. */
export function windows1252Character(byte: number): string {
  return windows1252[byte - 0x80]!;
}

function numbered(code: number): string {
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return '\ufffd';
  if (code >= 0x80 && code <= 0x9f) return windows1252Character(code);
  if (code === 0x0d) return '\r';
  const control = code < 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0c;
  const noncharacter = (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) === 0xfffe;
  return control || code === 0x7f || noncharacter ? '' : String.fromCodePoint(code);
}

const references = /&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)/gu;

/** Replaces every reference, also those without a semicolon that HTML allows (`&copy2` is ©2). */
export function unescapeHtml(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(references, (whole, reference: string) => {
    if (reference.startsWith('#')) {
      const digits = reference.replace(/;$/, '');
      const hexadecimal = /^#[xX]/.test(digits);
      return numbered(hexadecimal ? Number.parseInt(digits.slice(2), 16) : Number.parseInt(digits.slice(1), 10));
    }
    const exact = named(reference);
    if (exact !== undefined) return exact;
    for (let length = reference.length - 1; length > 1; length--) {
      const prefix = named(reference.slice(0, length));
      if (prefix !== undefined) return prefix + reference.slice(length);
    }
    return whole;
  });
}

/** Replaces references that end in a semicolon, and names in capitals whose capital letter is meant (`&EACUTE;` is É). */
export function unescapeClosed(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&#?[0-9A-Za-z]{1,24};/g, (reference) => {
    if (reference.startsWith('&#')) {
      const unescaped = unescapeHtml(reference);
      return unescaped.includes(';') ? reference : unescaped;
    }
    return named(reference.slice(1)) ?? capital(reference) ?? reference;
  });
}

function capital(reference: string): string | undefined {
  const name = reference.slice(1, -1);
  if (name !== name.toUpperCase() || unescapeHtml(reference) !== reference) return undefined;
  return named(`${name.toLowerCase()};`)?.toUpperCase();
}
