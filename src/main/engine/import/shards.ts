/** @file Which files of embeddings belong together, row by row: layouts of clip-retrieval and DataComp, or bare arrays. */

import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { DistilleryError, UsageError } from '../errors.ts';
import { Matrix, placeOfFile, type ArrayPlace } from './matrix.ts';
import { parquetRows } from './metadata.ts';
import { naturalOrder } from './naturalOrder.ts';
import { findArrays } from './npzArrays.ts';

export interface SourceShard {
  /** Folder that paths in the metadata count from. */
  root: string;
  image: Matrix;
  text?: Matrix | undefined;
  metadata?: string | undefined;
}

export interface EmbeddingSource {
  shards: SourceShard[];
  dim: number;
  /** True when no file needs more than half precision. */
  half: boolean;
  /** Which arrays of .npz files these are. */
  key?: string | undefined;
}

/** What a shard is made of, before its files are looked into. */
export interface ShardFiles {
  image: ArrayPlace;
  text?: ArrayPlace | undefined;
  metadata?: string | undefined;
}

/**
 * Finds the shards and checks all of them before anything is imported; `key` names arrays of .npz files.
 * @throws {DistilleryError} naming the file whose width, shape, dtype or number of rows does not fit.
 */
export async function openShards(sources: readonly string[], key?: string): Promise<EmbeddingSource> {
  const shards: SourceShard[] = [];
  let chosen: string | undefined;
  for (const source of sources) {
    const isFile = (await stat(source)).isFile();
    const root = isFile ? path.dirname(source) : source;
    const found = await findFiles(source, isFile, chosen ?? key);
    chosen ??= found.key;
    for (const files of found.files) {
      const shard = await openShard(root, files);
      checkShard(shard, shards[0] ?? shard);
      shards.push(shard);
    }
  }
  if (key !== undefined && chosen === undefined) {
    throw new UsageError(`--embedding-key names arrays of .npz files; ${sources[0]!} has none.`);
  }
  const half = shards.every(({ image, text }) => image.half && (text?.half ?? true));
  return { shards, dim: shards[0]?.image.width ?? 0, half, key: chosen };
}

async function openShard(root: string, { image, text, metadata }: ShardFiles): Promise<SourceShard> {
  const shard: SourceShard = { root, image: await Matrix.open(image), metadata };
  if (text !== undefined) {
    shard.text = await Matrix.open(text);
    checkRows(shard.text.name, shard.text.rows, shard);
  }
  if (metadata !== undefined) checkRows(metadata, await parquetRows(metadata), shard);
  return shard;
}

function checkShard({ image, text, metadata }: SourceShard, first: SourceShard): void {
  for (const one of [image, text]) {
    if (one && one.width !== first.image.width) {
      throw new DistilleryError(
        `${one.name} has rows of ${one.width} numbers, ${first.image.name} of ${first.image.width}.`,
      );
    }
  }
  const [here, there] = [image.name, first.image.name];
  if ((text === undefined) !== (first.text === undefined)) {
    throw new DistilleryError(`${here} and ${there}: only one of them has embeddings of texts.`);
  }
  if ((metadata === undefined) !== (first.metadata === undefined)) {
    throw new DistilleryError(`${here} and ${there}: only one of them has metadata.`);
  }
}

function checkRows(file: string, rows: number, { image }: SourceShard): void {
  if (rows !== image.rows) {
    throw new DistilleryError(
      `${file} has ${rows} rows, ${image.name} has ${image.rows}: which belong together is not known. Export that shard again.`,
    );
  }
}

async function findFiles(
  source: string,
  isFile: boolean,
  key: string | undefined,
): Promise<{ files: ShardFiles[]; key?: string | undefined }> {
  if (isFile && !/\.npz$/i.test(source)) return { files: [{ image: await placeOfFile(source) }] };
  const names = isFile ? [path.basename(source)] : await readdir(source);
  const npz = names.filter((name) => /\.npz$/i.test(name) && !name.startsWith('.')).sort(naturalOrder);
  if (npz.length > 0) return findArrays(isFile ? path.dirname(source) : source, npz, key);
  return { files: await findNumbered(source, names) };
}

/** clip-retrieval: img_emb/*.npy, with text_emb/*.npy and metadata/*.parquet beside it where there are any. */
async function findNumbered(source: string, names: readonly string[]): Promise<ShardFiles[]> {
  const nested = names.includes('img_emb');
  const images = await listShards(nested ? path.join(source, 'img_emb') : source, '.npy');
  if (images.length === 0) {
    throw new UsageError(`${source} holds no .npy or .npz files, neither in img_emb/ nor itself.`);
  }
  const beside = async (folder: string, ending: string): Promise<Files> => {
    const files = nested && names.includes(folder) ? await listShards(path.join(source, folder), ending) : [];
    if (files.length <= images.length) return files;
    throw new DistilleryError(`${source} has ${files.length} files in ${folder}, but ${images.length} in img_emb.`);
  };
  const [texts, metadata] = [await beside('text_emb', '.npy'), await beside('metadata', '.parquet')];
  return Promise.all(
    images.map(async ([number, image]) => {
      const text = partner(texts, number, image);
      return {
        image: await placeOfFile(image),
        text: text === undefined ? undefined : await placeOfFile(text),
        metadata: partner(metadata, number, image),
      };
    }),
  );
}

/** Files by shard number, in numeric order. */
type Files = [key: string, file: string][];

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
