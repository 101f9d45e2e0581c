/** @file Checksums of files that take seconds to read, with progress. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { CancelledError } from '../errors.ts';
import type { StageContext } from '../progress.ts';

/** Megabytes to show: whole bytes are long numbers that nobody reads. */
export const megabytes = (bytes: number): number => Math.round(bytes / 1e5) / 10;

/** SHA-256 in hex, or git's SHA-1 of a blob. @throws {CancelledError} */
export async function checksumOf(file: string, kind: 'sha256' | 'git', context: StageContext): Promise<string> {
  const { size } = await stat(file);
  const hash = kind === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
  let done = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 4 << 20 })) {
    if (context.signal.aborted) throw new CancelledError();
    hash.update(chunk as Buffer);
    done += (chunk as Buffer).length;
    context.onProgress({ stage: 'checksum', done: megabytes(done), total: megabytes(size), unit: 'MB' });
  }
  return hash.digest('hex');
}
