/** @file One file of the hub onto the disk: goes on where it stopped, and counts only once its checksum is right. */

import { open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { CancelledError, DistilleryError, UsageError, messageOf } from '../../errors.ts';
import type { StageContext } from '../../progress.ts';
import { isDiskFull } from '../../store/files.ts';
import { checksumOf } from '../checksum.ts';
import { chunksOf } from './bytes.ts';
import type { Hub, HubFile } from './client.ts';

export interface FetchOptions {
  /** Connections in a row that brought nothing before it gives up. */
  tries: number;
  /** Before the second try; doubled each time. */
  firstWaitMs: number;
  /** A connection that brings nothing for this long is cut. */
  stallMs: number;
}
export const patient: FetchOptions = { tries: 5, firstWaitMs: 1000, stallMs: 60_000 };

/** What is wrong with an answer, not with the way to it: trying again would not help. */
class Refused extends DistilleryError {}

export const partialOf = (dir: string, name: string): string => path.join(dir, `${name}.partial`);
const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  );

/** Bytes that need not be fetched any more. */
export const bytesThere = async (dir: string, { name }: HubFile): Promise<number> =>
  (await sizeOf(path.join(dir, name))) || sizeOf(partialOf(dir, name));

/**
 * Fetches into `dir/NAME`, by way of `NAME.partial`, which stays when it is cancelled or the connection fails.
 * @param report bytes that are there
 * @throws {DistilleryError} when the connection fails for good, or the checksum is wrong: then nothing of the file is kept
 */
export async function fetchFile(
  hub: Hub,
  commit: string,
  file: HubFile,
  dir: string,
  context: StageContext,
  report: (bytes: number) => void,
  options: FetchOptions = patient,
): Promise<void> {
  const target = path.join(dir, file.name);
  if ((await sizeOf(target)) === file.bytes) return;
  const partial = partialOf(dir, file.name);
  await fetchWhole(hub, commit, file, partial, context, report, options);
  const { kind, value } = file.checksum;
  const found = await checksumOf(partial, kind, context);
  if (found !== value) {
    await rm(partial);
    throw new DistilleryError(
      `${file.name} was refused and deleted: its ${kind === 'git' ? 'SHA-1' : 'SHA-256'} is ${found}, the hub names ${value}. ` +
        'Repeat the command; if that does not help, the mirror or a proxy on the way changes files.',
    );
  }
  await rename(partial, target);
}

async function fetchWhole(
  hub: Hub,
  commit: string,
  file: HubFile,
  partial: string,
  context: StageContext,
  report: (bytes: number) => void,
  { tries, firstWaitMs, stallMs }: FetchOptions,
): Promise<void> {
  let failures = 0;
  for (;;) {
    const before = await sizeOf(partial);
    if (before === file.bytes) return;
    try {
      await fetchMore(hub, commit, file, partial, before > file.bytes ? 0 : before, context, report, stallMs);
    } catch (error) {
      if (context.signal.aborted) throw kept(file);
      if (error instanceof Refused || error instanceof UsageError) throw error;
      if (isDiskFull(error)) {
        throw new DistilleryError(
          `The disk is full: ${file.name} was not fetched whole. Free space and run the same command again.`,
          { cause: error },
        );
      }
      failures = (await sizeOf(partial)) > before ? 1 : failures + 1;
      if (failures >= tries) {
        throw new DistilleryError(
          `${file.name} could not be fetched: ${messageOf(error)}. What is there is kept; the same command goes on from it.`,
          { cause: error },
        );
      }
      context.log(`${file.name}: the connection failed (${messageOf(error).split('\n')[0]!}); trying again`);
      await wait(firstWaitMs * 2 ** (failures - 1), undefined, { signal: context.signal }).catch(() => {
        throw kept(file);
      });
    }
  }
}

const kept = ({ name }: HubFile): CancelledError =>
  new CancelledError(`Cancelled. What was fetched of ${name} is kept; the same command goes on from it.`);

async function fetchMore(
  hub: Hub,
  commit: string,
  file: HubFile,
  partial: string,
  from: number,
  context: StageContext,
  report: (bytes: number) => void,
  stallMs: number,
): Promise<void> {
  const answer = await hub.download(commit, file, from);
  if (!answer.ok || !answer.body) {
    await answer.body?.cancel();
    throw new DistilleryError(`it was answered with ${answer.status}`);
  }
  // a server that does not know ranges sends all of it
  let at = answer.status === 206 ? from : 0;
  const range = answer.headers.get('content-range');
  if (answer.status === 206 && range !== `bytes ${from}-${file.bytes - 1}/${file.bytes}`) {
    await answer.body.cancel();
    throw new Refused(
      `${file.name}: asked for bytes from ${from} of ${file.bytes}, the answer has ${range ?? 'no range'}.`,
    );
  }
  const handle = await open(partial, at > 0 ? 'r+' : 'w');
  try {
    for await (const chunk of chunksOf(answer.body, stallMs)) {
      if (context.signal.aborted) throw new CancelledError();
      if (at + chunk.length > file.bytes) {
        throw new Refused(`${file.name} was refused: it has more than the ${file.bytes} bytes that the hub names.`);
      }
      await handle.write(chunk, 0, chunk.length, at);
      at += chunk.length;
      report(at);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (at < file.bytes) throw new DistilleryError(`it ended after ${at} of ${file.bytes} bytes`);
}
