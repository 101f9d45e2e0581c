/**
 * @file Packed bytes unpacked as they come: a part of a file (deflate, as in a zip), or a gzip file, member after member. Own
 * framing of gzip, because zlib's stream drops what it had unpacked last when something follows that is no gzip.
 * Format: RFC 1952.
 */

import { createReadStream, type ReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { crc32, createInflateRaw } from 'node:zlib';

type Pieces = AsyncGenerator<Buffer, void, undefined>;

const highWaterMark = 256 << 10;
/** Larger than zlib's own pieces: twice as fast. What a fault takes along is at most one. */
const pieceBytes = 64 << 10;
/** Unpacked bytes that each packed one may give, once there are more than `harmlessBytes`. Pictures give about one. */
const maximumRatio = 200;
const harmlessBytes = 256 << 20;
/** Of a gzip member, with a name and a comment. */
const maximumHeader = 128 << 10;

export const beginsAsGzip = (head: Buffer): boolean => head.length >= 2 && head.readUInt16BE() === 0x1f8b;

/** What a part of a file unpacks to. @throws {Error} with a reason when it is cut, damaged or a bomb. */
export async function* inflatePart(file: string, { offset, length }: { offset: number; length: number }): Pieces {
  const input = createReadStream(file, { start: offset, end: offset + Math.max(length, 1) - 1, highWaterMark });
  let total = 0;
  for await (const [piece, packed] of inflate(input)) {
    total += piece.length;
    checkRatio(total, packed);
    yield piece;
  }
}

/** What a gzip file holds; what lies behind its last member is no matter. @throws {Error} as {@link inflatePart}. */
export async function* gunzip(file: string): Pieces {
  const handle = await open(file, 'r');
  try {
    let total = 0;
    for (let at = 0; at === 0 || beginsAsGzip(await read(handle, at, 2));) {
      const start = at + headerLength(await read(handle, at, maximumHeader));
      const input = createReadStream(file, { start, highWaterMark });
      let [end, checksum] = [start, 0];
      for await (const [piece, packed] of inflate(input)) {
        end = start + packed;
        checksum = crc32(piece, checksum);
        total += piece.length;
        checkRatio(total, end);
        yield piece;
      }
      const trailer = await read(handle, end, 8);
      if (trailer.length < 8) throw new Error('unexpected end of file');
      if (trailer.readUInt32LE() !== checksum) throw new Error('incorrect data check');
      at = end + 8;
    }
  } finally {
    await handle.close();
  }
}

/** Unpacked pieces, each with the bytes that were used up to there; it ends where the deflate stream does. */
async function* inflate(input: ReadStream): AsyncGenerator<[piece: Buffer, packed: number], void, undefined> {
  const output = createInflateRaw({ chunkSize: pieceBytes });
  input.on('error', (error) => output.destroy(error));
  try {
    for await (const piece of input.pipe(output) as AsyncIterable<Buffer>) yield [piece, output.bytesWritten];
    yield [Buffer.alloc(0), output.bytesWritten];
  } finally {
    input.destroy();
    output.destroy();
  }
}

function checkRatio(unpacked: number, packed: number): void {
  if (unpacked <= harmlessBytes || unpacked <= packed * maximumRatio) return;
  throw new Error(`it unpacks to more than ${maximumRatio} times its size`);
}

async function read(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, at);
  return buffer.subarray(0, bytesRead);
}

function headerLength(head: Buffer): number {
  const flags = head[3] ?? 0;
  let at = 10;
  if (flags & 4 && at + 2 <= head.length) at += 2 + head.readUInt16LE(at); // fields
  for (const text of [8, 16]) {
    if (flags & text) at = head.indexOf(0, at) + 1 || Infinity; // name, comment
  }
  if (flags & 2) at += 2;
  if (at > head.length) throw new Error('unexpected end of file');
  if (head[2] !== 8) throw new Error(`unknown compression method ${head[2]!}`);
  return at;
}
