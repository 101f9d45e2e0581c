/** @file Exact search: one pass over the stored rows of a set, a block at a time, the next one read while this one is compared. */

import { DistilleryError } from '../errors.ts';
import { mapOrdered } from '../ordered.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import { countRows, modalitiesOf, readShard, type EmbeddingSet } from '../store/embeddings.ts';
import type { NpyArray } from '../store/npy.ts';
import { cosines } from './cosines.ts';
import { TopK, type Scored } from './topK.ts';

/** Numbers that are read at once; two such blocks are in memory, 16 MiB each in float16. */
const blockNumbers = 8 << 20;

export interface ScanOptions {
  /** How many are found at most. */
  limit: number;
  /** Samples that count; all otherwise. */
  wanted?: ((sample: number) => boolean) | undefined;
  /** Fewer in tests. */
  blockRows?: number;
}

export interface Found {
  /** Highest cosine first; equal ones by sample. */
  best: Scored[];
  /** Rows that were compared. */
  searched: number;
}

/**
 * The samples whose pictures are nearest to `query` `[dim]`, a vector of unit length.
 * @throws {DistilleryError} for a damaged shard, or a row that is zero or not finite. @throws {CancelledError}
 */
export async function scan(
  set: EmbeddingSet,
  query: Float64Array,
  { limit, wanted, blockRows = Math.max(1, Math.floor(blockNumbers / set.manifest.dim)) }: ScanOptions,
  context: StageContext,
): Promise<Found> {
  if (!modalitiesOf(set).includes('image')) {
    throw new DistilleryError(`${set.dir} holds no image embeddings. Embed the dataset with a teacher.`);
  }
  const total = countRows(set);
  const top = new TopK(limit);
  let [done, searched] = [0, 0];
  for await (const { ids, rows } of mapOrdered(blocksOf(set, blockRows), 2, (block) => readBlock(set, block))) {
    const scores = cosines(rows, query);
    for (const [row, sample] of ids.entries()) {
      const score = scores[row]!;
      if (Number.isNaN(score)) {
        throw new DistilleryError(
          `The image embedding of row ${done + row} in ${set.dir} is zero or not finite. Embed the dataset again.`,
        );
      }
      if (wanted?.(sample) === false) continue;
      searched++;
      if (score >= top.floor) top.add(sample, score);
    }
    done += ids.length;
    context.onProgress({ stage: 'search', done, total, unit: 'images' });
    await checkpoint(context);
  }
  return { best: top.sorted(), searched };
}

/** Rows of one shard. */
interface Block {
  shard: number;
  from: number;
  to: number;
}

function* blocksOf({ manifest }: EmbeddingSet, blockRows: number): Generator<Block> {
  for (const [shard, { rows }] of manifest.shards.entries()) {
    for (let from = 0; from < rows; from += blockRows) yield { shard, from, to: Math.min(from + blockRows, rows) };
  }
}

async function readBlock(set: EmbeddingSet, { shard, from, to }: Block): Promise<{ ids: Int32Array; rows: NpyArray }> {
  const [ids, rows] = await Promise.all([
    readShard(set, 'ids', shard, from, to),
    readShard(set, 'image', shard, from, to),
  ]);
  return { ids: ids as Int32Array, rows };
}
