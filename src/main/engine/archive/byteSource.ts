/** @file The bytes of an archive, read forwards: a file through a window that jumps, or a gzip stream unpacked as it comes. */

import { open, type FileHandle } from 'node:fs/promises';
import { messageOf } from '../errors.ts';
import { beginsAsGzip, gunzip, inflatePart } from './unpack.ts';

export interface ByteSource {
  /** `length` bytes from `at`, fewer at the end. Of a compressed source `at` never goes back. */
  read(at: number, length: number): Promise<Buffer>;
  /** Bytes in all; of a compressed source undefined until its end was met. */
  readonly size: number | undefined;
  /** Nothing can be read a second time. */
  readonly compressed: boolean;
  /** Why the bytes end before their end, as the reason of a skipped sample. */
  readonly fault: string | undefined;
  close(): Promise<void>;
}

/** Headers lie close together where pictures are small: one read serves several. */
const windowBytes = 64 << 10;
/** One call of the system reads less than 2 GiB. */
const maximumRead = 1 << 30;

/** Opens a file, or what it holds when it begins as gzip does. One that cannot be read has no bytes, and a fault. */
export async function openBytes(file: string): Promise<ByteSource> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    if (!beginsAsGzip(buffer.subarray(0, bytesRead))) return new FileBytes(handle, size);
    await handle.close();
    return new UnpackedBytes(gunzip(file));
  } catch (error) {
    await handle?.close();
    return {
      ...{ size: 0, compressed: false, fault: `file cannot be read: ${messageOf(error)}` },
      read: () => Promise.resolve(Buffer.alloc(0)),
      close: () => Promise.resolve(),
    };
  }
}

/** What a part of a file unpacks to, as zips pack their members. */
export const inflateBytes = (file: string, part: { offset: number; length: number }): ByteSource =>
  new UnpackedBytes(inflatePart(file, part));

class FileBytes implements ByteSource {
  readonly compressed = false;
  readonly fault = undefined;
  readonly size: number;
  private readonly handle: FileHandle;
  private readonly window = Buffer.allocUnsafe(windowBytes);
  private start = 0;
  private length = 0;

  constructor(handle: FileHandle, size: number) {
    this.handle = handle;
    this.size = size;
  }

  async read(at: number, length: number): Promise<Buffer> {
    const wanted = Math.max(0, Math.min(length, this.size - at));
    if (wanted > windowBytes) return this.fill(Buffer.allocUnsafe(wanted), at);
    if (at < this.start || at + wanted > this.start + this.length) {
      this.length = (await this.fill(this.window, at)).length;
      this.start = at;
    }
    // a copy: the window is filled again later
    return Buffer.from(this.window.subarray(at - this.start, Math.min(at - this.start + wanted, this.length)));
  }

  private async fill(buffer: Buffer, at: number): Promise<Buffer> {
    let done = 0;
    while (done < buffer.length) {
      const { bytesRead } = await this.handle.read(
        buffer,
        done,
        Math.min(buffer.length - done, maximumRead),
        at + done,
      );
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return buffer.subarray(0, done);
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

class UnpackedBytes implements ByteSource {
  readonly compressed = true;
  fault: string | undefined;
  size: number | undefined;
  private readonly chunks: AsyncGenerator<Buffer, void, undefined>;
  private chunk: Buffer = Buffer.alloc(0);
  /** Place of the chunk in what is unpacked. */
  private start = 0;

  constructor(chunks: AsyncGenerator<Buffer, void, undefined>) {
    this.chunks = chunks;
  }

  async read(at: number, length: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let next = at;
    const end = at + length;
    for (;;) {
      if (next < this.start) throw new Error(`byte ${next} of a stream was passed already`);
      const piece = this.chunk.subarray(next - this.start, end - this.start);
      if (piece.length > 0) pieces.push(piece);
      next += piece.length;
      if (next >= end || !(await this.advance())) return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    }
  }

  /** The next chunk, false at the end. */
  private async advance(): Promise<boolean> {
    if (this.size !== undefined) return false;
    const end = this.start + this.chunk.length;
    try {
      const next = await this.chunks.next();
      if (next.done !== true) {
        this.start = end;
        this.chunk = next.value;
        return true;
      }
    } catch (error) {
      this.fault = `damaged archive: ${messageOf(error)}`;
    }
    this.size = end;
    return false;
  }

  async close(): Promise<void> {
    await this.chunks.return();
  }
}
