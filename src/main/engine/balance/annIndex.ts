/** @file An index for approximate search (HNSW of usearch) over all images, in one file that a stopped command goes on with. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { BatchMatches, Index } from 'usearch';
import { z } from 'zod';
import { DistilleryError, messageOf } from '../errors.ts';
import { totalMemoryBytes } from '../machine/processor.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import type { RowSource } from '../store/chunkedRows.ts';
import { replaceFile, writeWhole } from '../store/files.ts';

/** Neighbours of an image in the graph, and how many candidates building and searching keep: twice the usual values. */
const CONNECTIVITY = 32;
const EXPANSION = 256;
/** Links of an image and its key, beside its bfloat16 numbers. */
const BYTES_PER_IMAGE = 2 * CONNECTIVITY * 5 + 64;
const BATCH = 2048;
const SAVE_AFTER_MS = 600_000;

const stateSchema = z.object({ fingerprint: z.string(), rows: z.int().nonnegative() });

/**
 * The index of all rows, their number as keys; built, or loaded from `folder`.
 * @throws {DistilleryError} when it does not fit in memory, or the library does not load.
 */
export async function openIndex(
  source: RowSource,
  fingerprint: string,
  folder: string,
  context: StageContext,
): Promise<Index> {
  const needed = source.count * (2 * source.dim + BYTES_PER_IMAGE);
  if (needed > totalMemoryBytes()) {
    const [needs, has] = [needed, totalMemoryBytes()].map((bytes) => Math.ceil(bytes / 1e9));
    throw new DistilleryError(
      `An index of ${source.count} x ${source.dim} embeddings takes ${needs!} GB and this machine has ${has!} GB. ` +
        'The exact search needs no index: leave --approximate out.',
    );
  }
  const index = await emptyIndex(source.dim);
  const file = path.join(folder, 'index.usearch');
  const state = `${file}.json`;
  const stored = await readState(state);
  if (stored?.fingerprint === fingerprint) {
    try {
      index.load(file);
    } catch {
      // a damaged file: built again
    }
  }
  let rows = index.size();
  if (stored?.rows !== rows) return fill(await emptyIndex(source.dim), 0);
  return fill(index, rows);

  async function fill(target: Index, from: number): Promise<Index> {
    let savedAt = performance.now();
    const save = async (): Promise<void> => {
      await replaceFile(file, (partial) => {
        target.save(partial);
        return Promise.resolve();
      });
      await writeWhole(state, JSON.stringify({ fingerprint, rows }));
      savedAt = performance.now();
    };
    for (rows = from; rows < source.count;) {
      const end = Math.min(rows + BATCH, source.count);
      const keys = BigUint64Array.from({ length: end - rows }, (_, i) => BigInt(rows + i));
      target.add(keys, await source.read(rows, end), 0);
      rows = end;
      context.onProgress({ stage: 'index images', done: rows, total: source.count, unit: 'images' });
      if (performance.now() - savedAt > SAVE_AFTER_MS) await save();
      await checkpoint(context);
    }
    if (from < source.count) await save();
    return target;
  }
}

async function emptyIndex(dim: number): Promise<Index> {
  try {
    const { Index, MetricKind, ScalarKind } = await import('usearch');
    return new Index({
      dimensions: dim,
      metric: MetricKind.IP,
      quantization: ScalarKind.BF16,
      connectivity: CONNECTIVITY,
      expansion_add: EXPANSION,
      expansion_search: EXPANSION,
      multi: false,
    });
  } catch (error) {
    throw new DistilleryError(`usearch could not be loaded (${messageOf(error)}). Run: npm run setup`, {
      cause: error,
    });
  }
}

/** Calls `visit` with each row `[n, dim]` and its up to k likely nearest images, with their approximate inner product. */
export function searchIndex(
  index: Index,
  rows: Float32Array,
  k: number,
  visit: (row: number, neighbour: number, product: number) => void,
): void {
  const found = index.search(rows, k, 0) as Partial<BatchMatches> & { keys: BigUint64Array; distances: Float32Array };
  const count = rows.length / index.dimensions();
  for (let row = 0; row < count; row++) {
    // one row alone comes without counts
    const hits = found.counts ? Number(found.counts[row]!) : found.keys.length;
    for (let at = row * k; at < row * k + hits; at++) visit(row, Number(found.keys[at]!), 1 - found.distances[at]!);
  }
}

async function readState(file: string): Promise<z.infer<typeof stateSchema> | undefined> {
  try {
    return stateSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}
