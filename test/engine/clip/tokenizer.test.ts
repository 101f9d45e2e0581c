/** @file Tokenizer against open_clip's ids. Run: vitest run test/engine/clip/tokenizer */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cleanCaption } from '../../../src/main/engine/clip/textCleaning.ts';
import { endToken, loadTokenizer, startToken } from '../../../src/main/engine/clip/tokenizer.ts';
import { readJson } from './fixture.ts';

const tokenizer = await loadTokenizer();
const expected = z.array(z.tuple([z.string(), z.array(z.number())])).parse(readJson('tokens.json'));

/** Ids without padding. */
function ids(text: string, contextLength = 77): number[] {
  const all = [...tokenizer.encode([text], contextLength)];
  return all.slice(0, all.findLastIndex((id) => id !== 0) + 1);
}

describe('tokenizer', () => {
  it('covers at least 500 difficult strings', () => {
    expect(expected.length).toBeGreaterThanOrEqual(500);
  });

  it.each(expected)('%j', (text, wanted) => {
    expect(ids(text)).toEqual(wanted);
  });

  it('lays out rows one after another, padded with zeros', () => {
    const tokens = tokenizer.encode(['a', '', 'a photo'], 6);
    expect([...tokens]).toEqual(
      [
        [startToken, 320, endToken, 0, 0, 0],
        [startToken, endToken, 0, 0, 0, 0],
        [startToken, 320, 1125, endToken, 0, 0],
      ].flat(),
    );
  });

  it('cuts to the context and still ends with the end token', () => {
    expect(ids('a b c d e f g h', 5)).toEqual([startToken, 320, 321, 322, endToken]);
    expect(ids('a b c', 5)).toEqual([startToken, 320, 321, 322, endToken]);
  });

  it('gives the same from its cache', () => {
    expect(ids('a supercalifragilistic dog')).toEqual(ids('a supercalifragilistic dog'));
  });

  it('reads only the beginning of a caption of a megabyte', () => {
    for (const unit of ['dog ', 'dog', 'Ã©', '\x00', '&amp;', ' ', '\n', '<']) {
      const long = unit.repeat(1_000_000 / unit.length);
      const some = unit.repeat(2000);
      expect(ids(`a cat ${long}`), JSON.stringify(unit)).toEqual(ids(`a cat ${some}`));
    }
  });

  it('always starts, ends and fits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.integer({ min: 2, max: 77 }), (text, length) => {
        const row = ids(text, length);
        expect(row[0]).toBe(startToken);
        expect(row.at(-1)).toBe(endToken);
        expect(row.length).toBeLessThanOrEqual(length);
        expect(row.every((id) => id >= 0 && id <= endToken)).toBe(true);
      }),
    );
  });

  it('cleans ill-formed UTF-16', () => {
    expect(ids('a \ud800 dog')).toEqual(ids('a \ufffd dog'));
  });
});

describe('cleaning', () => {
  it.each([
    ['  A\t Dog\n', 'a dog'],
    ['â€œquoteâ€\x9d', '"quote"'],
    ['cafÃ© CAFÉ', 'café café'],
    ['voilÃ le travail', 'voilà le travail'],
    ['une fille Ã  Paris', 'une fille à paris'],
    // ftfy leaves these two as they are
    ['Õ€Õ¡ÕµÕ¥Ö€Õ¥Õ¶', 'հայերեն'],
    ['Ελληνικά â€™ Ã©', "ελληνικά ' é"],
    // honest text that a careless repair would break
    ['CAFÉ™ NOIR®', 'café™ noir®'],
    ['« déjà »', '« déjà »'],
    ['MAÇÃ É', 'maçã é'],
    ['SÃO PAULO', 'são paulo'],
    // one level of escaping is undone by the repair, two more after it
    ['&amp;amp;amp;lt;', '<'],
    ['1 < 2 &rsquo;', '1 < 2 ’'],
  ])('%j', (text, wanted) => {
    expect(cleanCaption(text)).toBe(wanted);
  });

  it('changes a cleaned caption no more', () => {
    const words = fc.array(fc.constantFrom('Dog', 'Ã©', '“x”', 'ﬁ', '\x00', 'é', '  ', 'Ω', '\x85', '｢'), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(words, (parts) => {
        const once = cleanCaption(parts.join(' '));
        expect(cleanCaption(once)).toBe(once);
      }),
    );
  });
});
