/** @file The byte-pair tokenizer of CLIP (Sennrich et al. 2016; Radford et al. 2021), equal to open_clip's. */

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { DistilleryError } from '../errors.ts';
import { cleanCaption } from './textCleaning.ts';

export interface Tokenizer {
  /**
   * Ids of captions, `[n, contextLength]`: start, words, end, then zeros. A caption that is too long is cut and still ends
   * with the end token. Of a very long caption only the beginning is read.
   */
  encode: (texts: readonly string[], contextLength: number) => Int32Array;
}

export const startToken = 49406;
export const endToken = 49407;

const mergesFile = fileURLToPath(new URL('../../../../resources/clip/bpe_simple_vocab_16e6.txt.gz', import.meta.url));
/** Merges in use; the file holds more. Ids: 256 bytes, 256 bytes that end a word, the merges, start and end. */
const mergeCount = 49152 - 256 - 2;
/** Characters of a caption, and bytes of one word, that are read: far more than a context holds. */
const maxCaption = 1 << 16;
const maxWord = 1 << 12;
const maxCachedWords = 1 << 16;

/** @throws {DistilleryError} when the set-up did not put the merges in place */
export async function loadTokenizer(): Promise<Tokenizer> {
  return new BytePairTokenizer(await readMerges());
}

/** Text of each id below the start token, and the merges in order. @throws {DistilleryError} as {@link loadTokenizer} */
export async function readVocabulary(): Promise<{ tokens: string[]; merges: [string, string][] }> {
  const merges = await readMerges();
  const bytes = [...byteSymbols().values()];
  return { tokens: [...bytes, ...bytes.map((byte) => `${byte}</w>`), ...merges.map((pair) => pair.join(''))], merges };
}

async function readMerges(): Promise<[string, string][]> {
  const file = await readFile(mergesFile).catch((error: unknown) => {
    throw new DistilleryError(`The tokenizer's merges are missing (${mergesFile}). Run: npm run setup`, {
      cause: error,
    });
  });
  const lines = gunzipSync(file).toString('utf8').split('\n');
  return lines.slice(1, 1 + mergeCount).map((line) => line.split(' ') as [string, string]);
}

/**
 * Special tokens, contractions, words, single digits, and runs of anything else, after cleaning. open_clip's pattern is blind
 * to case, to which a long s is an s, and which leaves out U+0345, a mark whose upper case is a letter.
 */
const pieces = /<start_of_text>|<end_of_text>|'[sſ]|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^ \p{L}\p{N}\u0345]+/gu;

interface Merge {
  rank: number;
  id: number;
}

class BytePairTokenizer implements Tokenizer {
  /** Id of each byte inside a word; its id at the end of a word is 256 more. */
  private readonly byteIds = new Uint16Array(256);
  /** By first id * 65536 + second id. */
  private readonly merges = new Map<number, Merge>();
  private readonly words = new Map<string, readonly number[]>();

  constructor(merges: readonly (readonly [string, string])[]) {
    const symbols = byteSymbols();
    const ids = new Map<string, number>();
    [...symbols.values()].forEach((symbol, id) => {
      ids.set(symbol, id).set(`${symbol}</w>`, id + 256);
    });
    for (const [byte, symbol] of symbols) this.byteIds[byte] = ids.get(symbol)!;
    merges.forEach(([first, second], rank) => ids.set(first + second, 512 + rank));
    merges.forEach(([first, second], rank) => {
      this.merges.set(pairKey(ids.get(first)!, ids.get(second)!), { rank, id: ids.get(first + second)! });
    });
  }

  encode(texts: readonly string[], contextLength: number): Int32Array {
    const tokens = new Int32Array(texts.length * contextLength);
    texts.forEach((text, row) => {
      tokens.set(this.encodeOne(text, contextLength), row * contextLength);
    });
    return tokens;
  }

  private encodeOne(text: string, contextLength: number): number[] {
    const ids = [startToken];
    for (const [piece] of cleanCaption(text.trimStart().slice(0, maxCaption)).matchAll(pieces)) {
      if (ids.length >= contextLength) break;
      ids.push(...this.pieceIds(piece));
    }
    ids.push(endToken);
    if (ids.length > contextLength) {
      ids.length = contextLength;
      ids[contextLength - 1] = endToken;
    }
    return ids;
  }

  private pieceIds(piece: string): readonly number[] {
    if (piece === '<start_of_text>') return [startToken];
    if (piece === '<end_of_text>') return [endToken];
    const known = this.words.get(piece);
    if (known !== undefined) return known;
    const ids = this.merge(Buffer.from(piece, 'utf8').subarray(0, maxWord));
    if (this.words.size >= maxCachedWords) this.words.clear();
    this.words.set(piece, ids);
    return ids;
  }

  /** Merges the pair of the lowest rank, wherever it stands, until no pair is in the list. */
  private merge(bytes: Uint8Array): readonly number[] {
    let ids = Array.from(bytes, (byte) => this.byteIds[byte]!);
    ids[ids.length - 1]! += 256;
    for (;;) {
      let best: Merge | undefined;
      let bestKey = 0;
      for (let i = 0; i + 1 < ids.length; i++) {
        const key = pairKey(ids[i]!, ids[i + 1]!);
        const merge = this.merges.get(key);
        if (merge !== undefined && (best === undefined || merge.rank < best.rank)) {
          best = merge;
          bestKey = key;
        }
      }
      if (best === undefined) return ids;
      const merged: number[] = [];
      for (let i = 0; i < ids.length; i++) {
        const matches = i + 1 < ids.length && pairKey(ids[i]!, ids[i + 1]!) === bestKey;
        merged.push(matches ? best.id : ids[i]!);
        if (matches) i++;
      }
      ids = merged;
    }
  }
}

const pairKey = (first: number, second: number): number => first * 65536 + second;

/** Each byte's printable symbol in the merges, in the order of the ids: printable Latin-1 stands for itself, others from U+0100. */
function byteSymbols(): Map<number, string> {
  const printable = (byte: number) => (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  const symbols = new Map(bytes.filter(printable).map((byte) => [byte, String.fromCharCode(byte)]));
  bytes
    .filter((byte) => !printable(byte))
    .forEach((byte, index) => {
      symbols.set(byte, String.fromCharCode(256 + index));
    });
  return symbols;
}
