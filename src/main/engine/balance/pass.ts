/**
 * @file A stored search: balance/<dataset>/<teacher>/<key>/ with manifest.json and, for each chunk that is complete,
 * chunk-00000.npy, float64 `[pairs, 3]` (row, later row, distance), and chunk-00000.json, written last.
 * Chunks may be searched in any order and by several processes. A stored pass answers every smaller beta.
 * A pass with a base holds what new images add to an earlier pass over the first images; once complete, that one lies
 * in its folder as base/. Pairs among the k nearest of all images are among the k nearest of the first ones too, and a
 * minimum spanning forest of all is one of (forest of the first + new pairs): nothing is lost.
 */

import { createHash } from 'node:crypto';
import { readFile, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../store/files.ts';
import { readNpy, writeNpy } from '../store/npy.ts';
import type { Collector } from './collectors.ts';
import type { Border, OnPair } from './neighbours.ts';
import type { Prefix } from './prefixes.ts';

const manifestSchema = z.object({
  version: z.literal(1),
  /** Of the embeddings. */
  fingerprint: z.string(),
  images: z.int().nonnegative(),
  chunkRows: z.int().positive(),
  topK: z.union([z.int().positive(), z.literal('all')]),
  beta: z.number(),
  /** An earlier pass: here are only the pairs of an image behind its `images`. */
  base: z.object({ key: z.string(), images: z.int().nonnegative() }).optional(),
  /** Only pairs of one of the first `across` images and one behind them. */
  across: z.int().nonnegative().optional(),
});
export type PassManifest = z.infer<typeof manifestSchema>;

const chunkSchema = z.object({
  /** Pairs within beta; more than the file holds where only a spanning forest was kept. */
  pairs: z.int().nonnegative(),
  stored: z.int().nonnegative(),
});
type ChunkEntry = z.infer<typeof chunkSchema>;

/** Names of passes; other folders beside them are left alone. */
const KEY = /^[0-9a-f]{16}$/;

/** Pairs read at a time: 24 MB. */
const READ_PAIRS = 1 << 20;

export class Pass {
  readonly manifest: PassManifest;
  readonly dir: string;
  readonly #entries: (ChunkEntry | undefined)[];
  readonly #base: Pass | undefined;

  private constructor(dir: string, manifest: PassManifest, entries: (ChunkEntry | undefined)[], base?: Pass) {
    this.dir = dir;
    this.manifest = manifest;
    this.#entries = entries;
    this.#base = base;
  }

  /** The pass of exactly these values, begun where there is none. */
  static async begin(parent: string, manifest: PassManifest): Promise<Pass> {
    const text = JSON.stringify(manifest, null, 2) + '\n';
    const key = createHash('sha256').update(text).digest('hex').slice(0, 16);
    const dir = path.join(parent, key);
    const found = await Pass.open(dir);
    if (found) return found;
    await writeWhole(path.join(dir, 'manifest.json'), text);
    return (await Pass.open(dir))!;
  }

  /** The pass of a folder, or undefined where it is none or lacks its base. */
  static async open(dir: string): Promise<Pass | undefined> {
    const manifest = await readJson(path.join(dir, 'manifest.json'), manifestSchema);
    if (!manifest) return undefined;
    const entries = emptyEntries(manifest);
    for (const chunk of entries.keys()) entries[chunk] = await readJson(chunkFile(dir, chunk, 'json'), chunkSchema);
    if (!manifest.base) return new Pass(dir, manifest, entries);
    const { key, images } = manifest.base;
    const base = (await Pass.open(path.join(dir, 'base'))) ?? (await Pass.open(path.join(path.dirname(dir), key)));
    if (base?.manifest.images !== images || base.missing.length > 0) return undefined;
    return new Pass(dir, manifest, entries, base);
  }

  /**
   * Passes in a folder: over all of the embeddings, smallest beta first, and complete ones over the first of them, most
   * images first. Passes of other embeddings are deleted, and those that a pass over more images replaces.
   * @param prefixes of the embeddings; the last is all of them.
   */
  static async list(parent: string, prefixes: readonly Prefix[]): Promise<{ whole: Pass[]; earlier: Pass[] }> {
    const all: Pass[] = [];
    const found = (await readdir(parent).catch(() => [])).filter((name) => KEY.test(name));
    for (const key of found) {
      const pass = await Pass.open(path.join(parent, key));
      if (pass) all.push(pass.missing.length === 0 ? await pass.adoptBase() : pass);
    }
    all.sort((a, b) => a.manifest.beta - b.manifest.beta || a.dir.localeCompare(b.dir));
    const whole = all.filter((pass) => pass.#isOf(prefixes.at(-1)));
    const earlier = all.filter((pass) => {
      const { images, topK, beta } = pass.manifest;
      const replaces = (other: Pass) => other.manifest.images > images && other.answers(topK, beta);
      const isFirst = prefixes.slice(0, -1).some((prefix) => pass.#isOf(prefix));
      return isFirst && pass.missing.length === 0 && !whole.includes(pass) && !all.some(replaces);
    });
    const kept = new Set([...whole, ...earlier].map(({ key }) => key));
    for (const key of found) {
      if (!kept.has(key)) await rm(path.join(parent, key), { recursive: true, force: true });
    }
    return { whole, earlier: earlier.sort((a, b) => b.manifest.images - a.manifest.images) };
  }

  #isOf(prefix: Prefix | undefined): boolean {
    return prefix?.fingerprint === this.manifest.fingerprint && prefix.images === this.manifest.images;
  }

  /** The complete pass with its base in its folder, so that the two live and go as one. */
  async adoptBase(): Promise<Pass> {
    const own = path.join(this.dir, 'base');
    if (!this.#base || this.#base.dir === own) return this;
    await rename(this.#base.dir, own);
    return (await Pass.open(this.dir))!;
  }

  /** What is searched for this pass; undefined for all pairs. */
  get border(): Border | undefined {
    const { base, across } = this.manifest;
    if (across !== undefined) return { from: across, across: true };
    return base && { from: base.images, across: false };
  }

  get key(): string {
    return path.basename(this.dir);
  }

  get chunks(): number {
    return this.#entries.length;
  }

  get missing(): number[] {
    return [...this.#entries.keys()].filter((chunk) => !this.#entries[chunk]);
  }

  /** True when the pass holds all that a search with these values would find. */
  answers(topK: number | 'all', beta: number): boolean {
    if (this.missing.length > 0 || this.manifest.topK !== topK || this.manifest.beta < beta) return false;
    // a forest has the groups of every smaller beta, but not the number of pairs
    return this.manifest.beta === beta || topK !== 'all' || this.#holdsAll;
  }

  get #holdsAll(): boolean {
    if (this.#base && !this.#base.#holdsAll) return false;
    return this.#entries.every((entry) => entry?.stored === entry?.pairs);
  }

  async save(chunk: number, { pairs, total }: Pick<Collector, 'pairs' | 'total'>): Promise<void> {
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

  /** Takes note of a chunk that another process has saved. */
  async noteSaved(chunk: number): Promise<void> {
    this.#entries[chunk] = await readJson(chunkFile(this.dir, chunk, 'json'), chunkSchema);
  }

  /** Visits the stored pairs with a distance of at most beta. */
  async forEach(beta: number, visit: OnPair): Promise<void> {
    await this.#base?.forEach(beta, visit);
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
    return this.#entries.reduce((sum, entry) => sum + (entry?.pairs ?? 0), this.#base?.pairs ?? 0);
  }
}

const chunkFile = (dir: string, chunk: number, ending: 'npy' | 'json'): string =>
  path.join(dir, `chunk-${String(chunk).padStart(5, '0')}.${ending}`);

const emptyEntries = ({ images, across = images, chunkRows }: PassManifest): (ChunkEntry | undefined)[] =>
  Array.from({ length: Math.ceil(across / chunkRows) }, () => undefined);

/** A missing or damaged file counts as not written: what it stands for is computed again. */
async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}
