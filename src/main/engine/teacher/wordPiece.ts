/** @file The WordPiece tokenizer of uncased BERT (Devlin et al. 2019), with the ids of the transformers library. */

import { DistilleryError } from '../errors.ts';
import type { Tokenizer } from '../clip/tokenizer.ts';

/** Longer words are unknown, as in BERT. */
const maximumWord = 100;
/** Characters of a caption that are read: far more than a context holds. */
const maximumCaption = 1 << 16;
const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]'] as const;

/** What the tokenizer drops: controls, private use, unassigned; tab and line ends are spaces. */
const dropped = /[\0\ufffd]|(?![\t\n\r])\p{C}/gu;
const space = /[\s\p{Z}]+/u;
const accents = /\p{Mn}/gu;
/** A word each. ASCII symbols count as punctuation, other symbols do not. */
const alone =
  /([\p{P}$+<=>^`|~]|[\u4e00-\u9fff\u3400-\u4dbf\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2ceaf}\u{2f800}-\u{2fa1f}])/gu;

/**
 * @param vocabulary a word or `##part` a line; its number is its id
 * @throws {DistilleryError} when it is not one of BERT
 */
export function wordPieceTokenizer(vocabulary: string): Tokenizer {
  const ids = new Map(vocabulary.split('\n').map((line, id) => [line.replace(/\r$/, ''), id]));
  const [pad, unknown, start, end] = special.map((name) => ids.get(name));
  if (pad !== 0 || unknown === undefined || start === undefined || end === undefined) {
    throw new DistilleryError(`The vocabulary lacks one of ${special.join(', ')}, or [PAD] is not its first line.`);
  }
  return {
    encode: (texts, contextLength) => {
      const tokens = new Int32Array(texts.length * contextLength);
      for (const [row, text] of texts.entries()) {
        const pieces = wordsOf(text).flatMap((word) => piecesOf(word, ids) ?? [unknown]);
        tokens.set([start, ...pieces.slice(0, contextLength - 2), end], row * contextLength);
      }
      return tokens;
    },
  };
}

/** Lower case without accents; Chinese characters and punctuation stand alone. */
function wordsOf(text: string): string[] {
  const plain = text.slice(0, maximumCaption).toWellFormed().replace(dropped, '').normalize('NFD').replace(accents, '');
  // letter by letter: the lower case of a word would turn its last sigma into another
  const lower = Array.from(plain, (letter) => letter.toLowerCase()).join('');
  return lower
    .replace(alone, ' $1 ')
    .split(space)
    .filter((word) => word !== '');
}

/** The longest known piece from the left, again and again; undefined where there is none. */
function piecesOf(word: string, ids: ReadonlyMap<string, number>): number[] | undefined {
  const letters = Array.from(word);
  if (letters.length > maximumWord) return undefined;
  const pieces: number[] = [];
  for (let from = 0; from < letters.length;) {
    let to = letters.length;
    let id: number | undefined;
    for (; to > from && id === undefined; to--) {
      id = ids.get((from > 0 ? '##' : '') + letters.slice(from, to).join(''));
    }
    if (id === undefined) return undefined;
    pieces.push(id);
    from = to + 1;
  }
  return pieces;
}
