/** @file Elements of the arrays in a JSON object that is too large to be parsed at once. */

import { createReadStream } from 'node:fs';
import { DistilleryError, messageOf } from './errors.ts';

/** One object of the array under `key`. */
export interface JsonElement {
  key: string;
  value: unknown;
}

/** Of one element. */
const maximumElement = 32 << 20;
const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/**
 * The objects in the arrays that the file's one object has under `keys`, in their order; all else is passed over.
 * Some come at a time: those that end in the same MiB.
 * @throws {DistilleryError} naming the byte where the file is damaged or cut.
 */
export async function* jsonElements(
  file: string,
  keys: readonly string[],
  onBytes: (done: number) => Promise<void> = () => Promise.resolve(),
): AsyncGenerator<JsonElement[]> {
  const scanner = new Scanner(file, keys);
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    yield scanner.read(chunk as Buffer);
    await onBytes(scanner.at);
  }
  scanner.end();
}

class Scanner {
  /** Bytes before the current chunk. */
  at = 0;
  private readonly file: string;
  private readonly keys: readonly string[];
  private depth = 0;
  private inString = false;
  private escaped = false;
  /** The next string of the outer object is a key. */
  private awaitsKey = true;
  private key = '';
  private inArray = false;
  /** Bytes of the key or element in work that came with earlier chunks. */
  private pieces: Buffer[] = [];
  private length = 0;
  /** Where it begins in the current chunk; -1 outside. */
  private start = -1;

  constructor(file: string, keys: readonly string[]) {
    this.file = file;
    this.keys = keys;
  }

  read(chunk: Buffer): JsonElement[] {
    const found: JsonElement[] = [];
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (this.inString) {
        if (this.escaped) this.escaped = false;
        else if (byte === backslash) this.escaped = true;
        else if (byte === quote) {
          this.inString = false;
          if (this.depth === 1 && this.start >= 0) this.key = String(this.take(chunk, i));
        }
      } else if (this.depth === 0) {
        if (byte === openBrace) this.depth = 1;
        // a byte order mark lies above
        else if (byte > 0x20 && byte < 0x80) this.refuse(i, 'one object in braces is expected');
      } else if (byte === quote) {
        this.inString = true;
        if (this.depth === 1 && this.awaitsKey) this.start = i;
      } else if (byte === openBrace || byte === openBracket) {
        if (this.depth === 1) this.inArray = byte === openBracket && this.keys.includes(this.key);
        else if (this.depth === 2 && this.inArray && byte === openBrace) this.start = i;
        this.depth++;
      } else if (byte === closeBrace || byte === closeBracket) {
        if (--this.depth === 2 && this.start >= 0) found.push({ key: this.key, value: this.take(chunk, i) });
      } else if (this.depth === 1 && byte === comma) this.awaitsKey = true;
      else if (this.depth === 1 && byte === colon) this.awaitsKey = false;
    }
    if (this.start >= 0) this.keep(chunk.subarray(this.start), chunk.length);
    if (this.start >= 0) this.start = 0;
    this.at += chunk.length;
    return found;
  }

  end(): void {
    if (this.depth > 0) this.refuse(0, 'it ends before its last bracket, so it is cut');
  }

  private keep(piece: Buffer, end: number): void {
    this.length += piece.length;
    if (this.length > maximumElement) this.refuse(end, `one element has more than ${maximumElement} bytes`);
    this.pieces.push(piece);
  }

  /** The value that ends with byte `last` of the chunk. */
  private take(chunk: Buffer, last: number): unknown {
    let text = chunk.toString('utf8', this.start, last + 1);
    if (this.pieces.length > 0) {
      this.keep(chunk.subarray(this.start, last + 1), last);
      text = Buffer.concat(this.pieces).toString('utf8');
      this.pieces = [];
      this.length = 0;
    }
    this.start = -1;
    try {
      return JSON.parse(text);
    } catch (error) {
      this.refuse(last, messageOf(error));
    }
  }

  private refuse(offset: number, problem: string): never {
    throw new DistilleryError(`${this.file} cannot be read as JSON, byte ${this.at + offset}: ${problem}.`);
  }
}
