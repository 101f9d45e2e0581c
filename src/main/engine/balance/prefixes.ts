/** @file What embeddings are, shard by shard, so that a set that only grew is known by its beginning. */

import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { shardFile, type EmbeddingSet } from '../store/embeddings.ts';

/** The first `images` rows of a set. */
export interface Prefix {
  images: number;
  /** Changes whenever one of these rows does. */
  fingerprint: string;
}

/** Prefixes of no shard, one shard, two shards and so on; the last is the whole set. */
export async function prefixesOf({ dir, manifest }: EmbeddingSet): Promise<Prefix[]> {
  const { teacher, fingerprint, dim, shards } = manifest;
  const hash = createHash('sha256').update(JSON.stringify([teacher, fingerprint, dim]));
  const prefix = (images: number): Prefix => ({ images, fingerprint: hash.copy().digest('hex').slice(0, 16) });
  const prefixes = [prefix(0)];
  for (const [index, shard] of shards.entries()) {
    const { size, mtimeMs } = await stat(shardFile(dir, 'image', index));
    hash.update(JSON.stringify([shard, size, mtimeMs]));
    prefixes.push(prefix(prefixes.at(-1)!.images + shard.rows));
  }
  return prefixes;
}
