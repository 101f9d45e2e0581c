/** @file clip-retrieval's layout: img_emb/*.npy with text_emb/*.npy and metadata/*.parquet beside it, shard by shard. */

import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { DistilleryError, UsageError } from '../errors.ts';
import { readNpyHeader } from '../store/npy.ts';
import { parquetRows } from './metadata.ts';
import { naturalOrder } from './naturalOrder.ts';

/** Files that belong together, row by row. */
export interface SourceShard {
  /** Folder that paths in the metadata count from. */
  root: string;
  image: string;
  text?: string | undefined;
  metadata?: string | undefined;
  rows: number;
}

export interface EmbeddingSource {
  shards: SourceShard[];
  dim: number;
  /** True when no file needs more than half precision. */
  half: boolean;
}

/**
 * Finds the shards and checks all of them before anything is imported.
 * @throws {DistilleryError} naming the file whose width, shape, dtype or number of rows does not fit.
 */
export async function openShards(sources: readonly string[]): Promise<EmbeddingSource> {
  const all: EmbeddingSource = { shards: [], dim: 0, half: true };
  for (const source of sources) {
    const { shards, dim, half } = await openLayout(source);
    all.dim ||= dim;
    if (dim !== all.dim)
      throw new DistilleryError(`${source} has rows of ${dim} numbers, ${sources[0]!} of ${all.dim}.`);
    all.half &&= half;
    all.shards.push(...shards);
  }
  const odd = all.shards.find((shard) => (shard.text === undefined) !== (all.shards[0]!.text === undefined));
  if (odd)
    throw new DistilleryError(`${odd.image} and ${all.shards[0]!.image}: only one of them has embeddings of texts.`);
  return all;
}

async function openLayout(source: string): Promise<EmbeddingSource> {
  const { images, texts, metadata } = await findFiles(source);
  for (const [kind, files] of [
    ['text_emb', texts],
    ['metadata', metadata],
  ] as const) {
    if (files.length > images.length) {
      throw new DistilleryError(`${source} has ${files.length} files in ${kind}, but ${images.length} in img_emb.`);
    }
  }
  const shards: SourceShard[] = [];
  const root = (await stat(source)).isFile() ? path.dirname(source) : source;
  let dim = 0;
  let half = true;
  for (const [key, image] of images) {
    const shard: SourceShard = {
      root,
      image,
      text: partner(texts, key, image),
      metadata: partner(metadata, key, image),
      rows: 0,
    };
    for (const file of [image, shard.text]) {
      if (file === undefined) continue;
      const { rows, width, dtype } = await readMatrixHeader(file);
      dim ||= width;
      if (width !== dim) throw new DistilleryError(`${file} has rows of ${width} numbers, ${images[0]![1]} of ${dim}.`);
      if (file === image) shard.rows = rows;
      checkRows(file, rows, shard);
      half &&= dtype === '<f2';
    }
    if (shard.metadata !== undefined) checkRows(shard.metadata, await parquetRows(shard.metadata), shard);
    shards.push(shard);
  }
  return { shards, dim, half };
}

/** Files by shard number, in numeric order. */
type Files = [key: string, file: string][];

async function findFiles(source: string): Promise<{ images: Files; texts: Files; metadata: Files }> {
  if ((await stat(source)).isFile()) return { images: [['0', source]], texts: [], metadata: [] };
  const folders = await readdir(source);
  const nested = folders.includes('img_emb');
  const images = await listShards(nested ? path.join(source, 'img_emb') : source, '.npy');
  if (images.length === 0) {
    throw new UsageError(`${source} holds no .npy files, neither in img_emb/ nor itself.`);
  }
  const beside = (folder: string, ending: string) =>
    nested && folders.includes(folder) ? listShards(path.join(source, folder), ending) : [];
  return { images, texts: await beside('text_emb', '.npy'), metadata: await beside('metadata', '.parquet') };
}

async function listShards(folder: string, ending: string): Promise<Files> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(ending) && !name.startsWith('.'));
  // img_emb_007.npy belongs to metadata_7.parquet
  const files: Files = names
    .sort(naturalOrder)
    .map((name) => [
      /(\d+)\D*$/.exec(path.parse(name).name)?.[1]?.replace(/^0+(?=\d)/, '') ?? '',
      path.join(folder, name),
    ]);
  files.sort(([a], [b]) => naturalOrder(a, b));
  const twice = files.find(([key], i) => key === files[i - 1]?.[0]);
  if (twice)
    throw new DistilleryError(
      `${folder} has two files with the shard number "${twice[0]}": the second is ${twice[1]}.`,
    );
  return files;
}

function partner(files: Files, key: string, image: string): string | undefined {
  if (files.length === 0) return undefined;
  const found = files.find(([other]) => other === key)?.[1];
  if (found !== undefined) return found;
  throw new DistilleryError(`${path.dirname(files[0]![1])} has no file with the shard number "${key}" for ${image}.`);
}

async function readMatrixHeader(file: string) {
  const { shape, dtype } = await readNpyHeader(file);
  const [rows, width] = shape;
  if (shape.length !== 2 || rows === undefined || width === undefined || width < 1) {
    throw new DistilleryError(`${file} has shape [${shape.join(', ')}]; rows of one embedding each are expected.`);
  }
  if (!['<f2', '<f4', '<f8'].includes(dtype)) {
    throw new DistilleryError(`${file} holds ${dtype}; embeddings are float16, float32 or float64.`);
  }
  return { rows, width, dtype };
}

function checkRows(file: string, rows: number, shard: SourceShard): void {
  if (rows !== shard.rows) {
    throw new DistilleryError(
      `${file} has ${rows} rows, ${shard.image} has ${shard.rows}: which belong together is not known. Export that shard again.`,
    );
  }
}
