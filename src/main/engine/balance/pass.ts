/**
 * @file A stored search: balance/<dataset>/<teacher>/<key>/ with manifest.json and, for each chunk that is complete,
 * chunk-00000.npy, float64 `[pairs, 3]` (row, later row, distance), and chunk-00000.json, written last.
 * Chunks may be searched in any order and by several processes. A stored pass answers every smaller beta.
 */

import { createHash } from 'node:crypto';
import { readFile, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { shardFile, type EmbeddingSet } from '../store/embeddings.ts';
import { writeWhole } from '../store/files.ts';
import { readNpy, writeNpy } from '../store/npy.ts';
import type { OnPair } from './neighbours.ts';
import type { Collector } from './collectors.ts';

const manifestSchema = z.object({
  version: z.literal(1),
  /** Of the embeddings. */
  fingerprint: z.string(),
  images: z.int().nonnegative(),
  chunkRows: z.int().positive(),
  topK: z.union([z.int().positive(), z.literal('all')]),
  beta: z.number(),
});
export type PassManifest = z.infer<typeof manifestSchema>;

const chunkSchema = z.object({
  /** Pairs within beta; more than the file holds where only a spanning forest was kept. */
  pairs: z.int().nonnegative(),
  stored: z.int().nonnegative(),
});
type ChunkEntry = z.infer<typeof chunkSchema>;

/** Pairs read at a time: 24 MB. */
const READ_PAIRS = 1 << 20;

export class Pass {
  readonly manifest: PassManifest;
  readonly dir: string;
  readonly #entries: (ChunkEntry | undefined)[];

  private constructor(dir: string, manifest: PassManifest, entries: (ChunkEntry | undefined)[]) {
    this.dir = dir;
    this.manifest = manifest;
    this.#entries = entries;
  }

  /** The pass of exactly these values, begun where there is none. */
  static async begin(parent: string, manifest: PassManifest): Promise<Pass> {
    const text = JSON.stringify(manifest, null, 2) + '\n';
    const key = createHash('sha256').update(text).digest('hex').slice(0, 16);
    const found = await Pass.#open(path.join(parent, key));
    if (found) return found;
    await writeWhole(path.join(parent, key, 'manifest.json'), text);
    return new Pass(path.join(parent, key), manifest, emptyEntries(manifest));
  }

  /** Passes over the embeddings in a folder, smallest beta first; those of other embeddings are deleted. */
  static async list(parent: string, fingerprint: string): Promise<Pass[]> {
    const passes: Pass[] = [];
    for (const key of await readdir(parent).catch(() => [])) {
      const pass = await Pass.#open(path.join(parent, key));
      if (pass?.manifest.fingerprint === fingerprint) passes.push(pass);
      else await rm(path.join(parent, key), { recursive: true, force: true });
    }
    return passes.sort((a, b) => a.manifest.beta - b.manifest.beta || a.dir.localeCompare(b.dir));
  }

  static async #open(dir: string): Promise<Pass | undefined> {
    const manifest = await readJson(path.join(dir, 'manifest.json'), manifestSchema);
    if (!manifest) return undefined;
    const entries = emptyEntries(manifest);
    for (const chunk of entries.keys()) entries[chunk] = await readJson(chunkFile(dir, chunk, 'json'), chunkSchema);
    return new Pass(dir, manifest, entries);
  }

  get missing(): number[] {
    return [...this.#entries.keys()].filter((chunk) => !this.#entries[chunk]);
  }

  /** True when the pass holds all that a search with these values would find. */
  answers(topK: number | 'all', beta: number): boolean {
    if (this.missing.length > 0 || this.manifest.topK !== topK || this.manifest.beta < beta) return false;
    // a forest has the groups of every smaller beta, but not the number of pairs
    return this.manifest.beta === beta || topK !== 'all' || this.#entries.every((e) => e?.stored === e?.pairs);
  }

  async save(chunk: number, { pairs, total }: Collector): Promise<void> {
    const data = new Float64Array(pairs.length * 3);
    let at = 0;
    pairs.forEach((i, j, distance) => {
      data[at++] = i;
      data[at++] = j;
      data[at++] = distance;
    });
    const entry = { pairs: total, stored: pairs.length };
    await writeNpy(chunkFile(this.dir, chunk, 'npy'), data, [pairs.length, 3]);
    await writeWhole(chunkFile(this.dir, chunk, 'json'), JSON.stringify(entry) + '\n');
    this.#entries[chunk] = entry;
  }

  /** Visits the stored pairs with a distance of at most beta. */
  async forEach(beta: number, visit: OnPair): Promise<void> {
    for (const [chunk, entry] of this.#entries.entries()) {
      for (let from = 0; from < entry!.stored; from += READ_PAIRS) {
        const { data } = await readNpy(chunkFile(this.dir, chunk, 'npy'), from, from + READ_PAIRS);
        const values = data as Float64Array;
        for (let at = 0; at < values.length; at += 3) {
          if (values[at + 2]! <= beta) visit(values[at]!, values[at + 1]!, values[at + 2]!);
        }
      }
    }
  }

  /** Pairs within beta that the search met, stored or not. */
  get pairs(): number {
    return this.#entries.reduce((sum, entry) => sum + (entry?.pairs ?? 0), 0);
  }
}

const chunkFile = (dir: string, chunk: number, ending: 'npy' | 'json'): string =>
  path.join(dir, `chunk-${String(chunk).padStart(5, '0')}.${ending}`);

const emptyEntries = ({ images, chunkRows }: PassManifest): (ChunkEntry | undefined)[] =>
  Array.from({ length: Math.ceil(images / chunkRows) }, () => undefined);

/** A missing or damaged file counts as not written: what it stands for is computed again. */
async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Changes whenever the image embeddings do. */
export async function fingerprintOf({ dir, manifest }: EmbeddingSet): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(manifest));
  for (const index of manifest.shards.keys()) {
    const { size, mtimeMs } = await stat(shardFile(dir, 'image', index));
    hash.update(`${size} ${mtimeMs};`);
  }
  return hash.digest('hex').slice(0, 16);
}
