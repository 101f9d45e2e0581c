/** @file A subset as WebDataset: tar shards with the members of every sample, as they were imported. */

import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { DistilleryError, UsageError } from '../errors.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import { replaceFile, writeWhole } from '../store/files.ts';
import { UnreadableSample, expectedBytes, originalKey, readMembers } from './members.ts';
import { protectFolders } from './protect.ts';
import type { ExportedSample } from './samples.ts';
import { surveySelection, type Selection } from './selection.ts';
import { openShardFolder, saveManifest, sizesFile, type Shard, type ShardManifest } from './shardFolder.ts';
import { openSubset, readSubset, type SubsetInput, type SubsetOptions } from './subset.ts';
import { addSkip, addSkips, noSkips, type Skips } from './skips.ts';
import type { ExportResult } from './table.ts';
import { tarEnd, tarParts, tarSize, type TarMember } from './tar.ts';

export interface WebDatasetOptions extends SubsetOptions {
  out: string;
  /** Samples of a shard; 10,000 where no size is given either. */
  shardSamples?: number | undefined;
  /** Bytes of a shard at most; a larger sample has a shard of its own. */
  shardBytes?: number | undefined;
}

export interface WebDatasetResult extends ExportResult, Skips {
  shards: number;
  /** Of all shards. */
  bytes: number;
}

interface Ready {
  sample: ExportedSample;
  /** Or why there are none. */
  members: TarMember[] | UnreadableSample;
}

const defaultSamples = 10_000;
/** What is read at once. */
const batch = { samples: 64, bytes: 64 << 20 };

/**
 * Writes 00000.tar, 00001.tar ... with manifest.json (what is complete) and sizes.json (samples of each shard). The same
 * subset makes the same bytes. Stopped, the same command goes on behind the last whole shard.
 * Rows of the result are samples.
 * @throws {UsageError} for a folder with other files, {DistilleryError} on a full disk or when no picture can be read
 */
export async function exportWebDataset(
  input: SubsetInput,
  { out, shardSamples, shardBytes, ...options }: WebDatasetOptions,
  context: StageContext,
): Promise<WebDatasetResult> {
  const limits = limitsOf(shardSamples, shardBytes);
  const dir = path.resolve(out);
  const subset = await openSubset(input, options);
  const names = await protectFolders(input.workspace, dir);
  const quiet = { ...context, onProgress: () => undefined };
  const selection = await surveySelection(subset, originalKey, quiet);
  if (selection.samples === 0) throw new UsageError(`There is no ${subset.which} sample of "${subset.name}".`);
  const manifest = await openShardFolder(dir, names, {
    dataset: subset.name,
    selection: selectionText(selection, limits),
  });
  if (!manifest.complete) {
    const after = manifest.shards.at(-1)?.last ?? 0;
    const samples = readAhead(readSubset(subset, quiet, after), selection, progress(manifest, selection, context));
    await writeShards(dir, manifest, samples, limits);
    const sizes = manifest.shards.map(({ file, samples: count }) => [file, count]);
    await writeWhole(path.join(dir, sizesFile), JSON.stringify(Object.fromEntries(sizes), null, 2) + '\n');
    manifest.complete = true;
    await saveManifest(dir, manifest);
  }
  return summarise(dir, manifest);
}

export interface ShardLimits {
  samples: number;
  bytes: number;
}

/** @throws {UsageError} for a shard without room */
export function limitsOf(shardSamples: number | undefined, shardBytes: number | undefined): ShardLimits {
  const limits = {
    samples: shardSamples ?? (shardBytes === undefined ? defaultSamples : Infinity),
    bytes: shardBytes ?? Infinity,
  };
  if (!(limits.samples >= 1 && limits.bytes >= 1)) throw new UsageError('A shard holds at least one sample.');
  return limits;
}

/** What a manifest says of the samples and limits that it was made for. */
export const selectionText = ({ fingerprint }: Selection, { samples, bytes }: ShardLimits): string =>
  `${fingerprint} ${samples} ${bytes}`;

/** Name of a shard by its place. */
export const shardName = (place: number): string => `${String(place).padStart(5, '0')}.tar`;

/** Called for each batch: where the export is, and a chance to stop. */
function progress(manifest: ShardManifest, { samples: total }: Selection, context: StageContext) {
  let done = manifest.shards.reduce((sum, { samples, skips }) => sum + samples + skips.skipped, 0);
  return async (samples: number): Promise<void> => {
    done += samples;
    context.onProgress({ stage: 'export', done, total, unit: 'images' });
    await checkpoint(context);
  };
}

/** Reads the members of several samples at once, as many as fit into a small part of the memory. */
async function* readAhead(
  pages: AsyncIterable<ExportedSample[]>,
  { nameOf }: Selection,
  onBatch: (samples: number) => Promise<void>,
): AsyncGenerator<Ready> {
  const read = async (sample: ExportedSample): Promise<Ready> => {
    try {
      return { sample, members: await readMembers(sample, nameOf(sample)) };
    } catch (error) {
      if (error instanceof UnreadableSample) return { sample, members: error };
      throw error;
    }
  };
  for await (const page of pages) {
    for (let from = 0; from < page.length;) {
      let to = from;
      let bytes = 0;
      do bytes += expectedBytes(page[to++]!);
      while (to < page.length && to < from + batch.samples && bytes + expectedBytes(page[to]!) <= batch.bytes);
      yield* await Promise.all(page.slice(from, to).map(read));
      await onBatch(to - from);
      from = to;
    }
  }
}

async function writeShards(
  dir: string,
  manifest: ShardManifest,
  samples: AsyncGenerator<Ready>,
  limits: { samples: number; bytes: number },
): Promise<void> {
  const stream = new Lookahead(samples);
  while (await stream.peek()) {
    const file = shardName(manifest.shards.length);
    const shard: Shard = { file, samples: 0, bytes: tarEnd.length, last: 0, skips: noSkips() };
    if (!(await skipUnreadable(stream, shard))) {
      addSkipped(manifest, shard);
      return;
    }
    await replaceFile(path.join(dir, file), async (partial) => {
      const handle = await open(partial, 'w');
      try {
        await fillShard(handle, stream, shard, limits);
      } finally {
        await handle.close();
      }
      // named before it is there: a shard that is missing is made again, one that nobody names would be in the way
      manifest.shards.push(shard);
      await saveManifest(dir, manifest);
    });
  }
}

async function fillShard(
  handle: FileHandle,
  stream: Lookahead<Ready>,
  shard: Shard,
  limits: { samples: number; bytes: number },
): Promise<void> {
  for (;;) {
    const members = await skipUnreadable(stream, shard);
    if (!members || shard.samples >= limits.samples) break;
    const size = members.reduce((sum, member) => sum + tarSize(member), 0);
    if (shard.samples > 0 && shard.bytes + size > limits.bytes) break;
    await handle.writeFile(Buffer.concat(members.flatMap((member) => [...tarParts(member)])));
    shard.bytes += size;
    shard.samples += 1;
    shard.last = (await stream.next())!.sample.id;
  }
  await handle.writeFile(tarEnd);
}

/** Counts samples that cannot be read. @returns the members of the next one that can */
async function skipUnreadable(stream: Lookahead<Ready>, shard: Shard): Promise<TarMember[] | undefined> {
  for (;;) {
    const next = await stream.peek();
    if (!next || Array.isArray(next.members)) return next?.members as TarMember[] | undefined;
    addSkip(shard.skips, next.sample.path, next.members.message);
    shard.last = next.sample.id;
    await stream.next();
  }
}

/** Samples behind the last shard, none of which could be read. */
function addSkipped(manifest: ShardManifest, rest: Shard): void {
  const last = manifest.shards.at(-1);
  if (!last) {
    const { skipped, skippedItems } = rest.skips;
    const [first] = skippedItems;
    throw new DistilleryError(
      `None of the ${skipped} pictures can be read; the first is ${first!.path} (${first!.reason}).`,
    );
  }
  addSkips(last.skips, rest.skips);
  last.last = rest.last;
}

function summarise(dir: string, { shards }: ShardManifest): WebDatasetResult {
  const skips = noSkips();
  for (const shard of shards) addSkips(skips, shard.skips);
  return {
    path: dir,
    rows: shards.reduce((sum, { samples }) => sum + samples, 0),
    shards: shards.length,
    bytes: shards.reduce((sum, { bytes }) => sum + bytes, 0),
    ...skips,
  };
}

/** A stream whose next item can be looked at. */
class Lookahead<T> {
  private readonly source: AsyncGenerator<T>;
  private ahead: IteratorResult<T, unknown> | undefined;

  constructor(source: AsyncGenerator<T>) {
    this.source = source;
  }

  async peek(): Promise<T | undefined> {
    this.ahead ??= await this.source.next();
    return this.ahead.done ? undefined : this.ahead.value;
  }

  async next(): Promise<T | undefined> {
    const item = await this.peek();
    if (!this.ahead?.done) this.ahead = undefined;
    return item;
  }
}
