/** @file A map of a dataset: two coordinates for each picture, so that near vectors lie near each other. */

import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../errors.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import { permutation } from '../random.ts';
import { tf } from '../runtime/backend.ts';
import { imageRows, type RowSource } from '../store/chunkedRows.ts';
import { findEmbeddings, readIds } from '../store/embeddings.ts';
import { readNpy, writeNpy } from '../store/npy.ts';
import { findDataset, latestBalance, timestamp, type Workspace } from '../store/workspace.ts';
import { principalAxes, project, type Axes } from './pca.ts';
import { completeMap, mapFiles, mapId, mapsFolder, readMap, type MapMethod, type StoredMap } from './store.ts';
import { placeAmong, umapLayout } from './umap.ts';

export interface MapOptions {
  dataset: string;
  /** Whose embeddings; that of the latest balance or the only one otherwise. */
  teacher?: string | undefined;
  method?: MapMethod | undefined;
  seed?: number | undefined;
  /** Images that UMAP lays out; the others are placed among them. */
  sample?: number | undefined;
}

export interface MapResult extends StoredMap {
  /** False where it was there already. */
  made: boolean;
  seconds: number;
}

const defaultSample = 20_000;
/** Every one is compared with all: 2048 rows of products with 100,000 are 0.8 GB, and umap-js holds the layout as lists. */
const maximumSample = 100_000;
/** Rows whose positions are one unit of work, a file each until all are there. */
const chunkRows = 65_536;
/** Keeps the choice of rows apart from other choices. */
const CHOICE = 1;

/**
 * Makes the map unless it is there; stopped, the same command goes on with the parts that are done.
 * @throws {UsageError} when the dataset is not embedded, or too small for UMAP. @throws {CancelledError}
 */
export async function run(workspace: Workspace, options: MapOptions, context: StageContext): Promise<MapResult> {
  const started = performance.now();
  const { method = 'pca', seed = 0, sample = defaultSample } = options;
  if (!Number.isInteger(sample) || sample < 1) throw new UsageError(`--sample ${sample} is not a number of images.`);
  if (sample > maximumSample) {
    throw new UsageError(
      `--sample ${sample} is too many: at most ${maximumSample} images are laid out, since each is compared with all of them in memory. The others are placed among them.`,
    );
  }
  const dataset = await findDataset(workspace, options.dataset);
  const teacher = options.teacher ?? (await latestBalance(workspace, dataset.id))?.teacher;
  const set = await findEmbeddings(workspace, dataset.name, teacher);
  const id = mapId(set, dataset.name, method === 'pca' ? { method } : { method, seed, sample });
  const there = await readMap(workspace, id);
  const seconds = () => (performance.now() - started) / 1000;
  if (there) return { ...there, made: false, seconds: seconds() };
  const source = imageRows(set);
  if (source.count === 0) throw new UsageError(`The dataset "${dataset.name}" has no embedded pictures.`);
  const dir = path.join(mapsFolder(workspace), id);
  const axes = await storedAxes(dir, source, context);
  let laidOut = source.count;
  if (method === 'pca') await storePositions(dir, source, (rows) => project(rows, axes), context);
  else laidOut = await storeUmap(dir, source, { axes, seed, wanted: Math.min(sample, source.count) }, context);
  await writeNpy(path.join(dir, mapFiles.ids), await readIds(set), [source.count]);
  await joinChunks(dir, source.count);
  const record = {
    ...{ dataset: dataset.name, teacher: set.manifest.teacher, method, seed, images: source.count, laidOut },
    ...(method === 'pca' && { explained: [...axes.explained] }),
    finishedAt: timestamp(),
  };
  await completeMap(workspace, id, record);
  await removeParts(dir);
  return { id, ...record, made: true, seconds: seconds() };
}

/** The layout of the chosen rows, then the others among them. */
async function storeUmap(
  dir: string,
  source: RowSource,
  { axes, seed, wanted }: { axes: Axes; seed: number; wanted: number },
  context: StageContext,
): Promise<number> {
  const { chosen, rows } = distinct(
    await gather(source, permutation(source.count, seed, CHOICE).slice(0, wanted).sort(), context),
    source.dim,
  );
  const laidOut = chosen.length;
  const layout = await once(path.join(dir, 'part-layout.npy'), [laidOut, 2], () =>
    umapLayout(rows, project(rows, axes), seed, context),
  );
  const among = tf.tensor2d(rows, [laidOut, source.dim]);
  try {
    const place = (some: Float32Array, from: number): Float32Array => {
      const positions = placeAmong(among, layout, some);
      const end = from + some.length / source.dim;
      for (let at = lowerBound(chosen, from); at < laidOut && chosen[at]! < end; at++) {
        positions.set(layout.subarray(2 * at, 2 * at + 2), 2 * (chosen[at]! - from));
      }
      return positions;
    };
    await storePositions(dir, source, place, context);
    return laidOut;
  } finally {
    among.dispose();
  }
}

/** First place in ascending numbers that holds `value` or more. */
function lowerBound(numbers: Uint32Array, value: number): number {
  const found = numbers.findIndex((number) => number >= value);
  return found === -1 ? numbers.length : found;
}

interface ChosenRows {
  /** Their numbers, ascending. */
  chosen: Uint32Array;
  /** `[m, d]` */
  rows: Float32Array;
}

/** One of each set of equal rows: enough copies have no neighbours but each other, and would drift off as an island. */
function distinct({ chosen, rows }: ChosenRows, dim: number): ChosenRows {
  const seen = new Set<string>();
  const kept: number[] = [];
  for (let at = 0; at < chosen.length; at++) {
    const bytes = new Uint8Array(rows.buffer, rows.byteOffset + at * dim * 4, dim * 4);
    const key = hash('sha1', bytes);
    if (seen.has(key)) continue;
    seen.add(key);
    rows.copyWithin(kept.length * dim, at * dim, (at + 1) * dim);
    kept.push(chosen[at]!);
  }
  return { chosen: Uint32Array.from(kept), rows: rows.subarray(0, kept.length * dim) };
}

async function gather(source: RowSource, chosen: Uint32Array, context: StageContext): Promise<ChosenRows> {
  const { dim } = source;
  const rows = new Float32Array(chosen.length * dim);
  for (let at = 0; at < chosen.length;) {
    const first = chosen[at]!;
    const some = await source.read(first, Math.min(first + 4096, source.count));
    for (; at < chosen.length && chosen[at]! < first + 4096; at++) {
      const start = (chosen[at]! - first) * dim;
      rows.set(some.subarray(start, start + dim), at * dim);
    }
    context.onProgress({ stage: 'map: choose', done: at, total: chosen.length, unit: 'images' });
    await checkpoint(context);
  }
  return { chosen, rows };
}

async function storedAxes(dir: string, source: RowSource, context: StageContext): Promise<Axes> {
  const { dim } = source;
  const numbers = await once(path.join(dir, 'part-axes.npy'), [3 * dim + 2], async () => {
    const { mean, directions, explained } = await principalAxes(source, context);
    return Float64Array.from([...mean, ...directions, ...explained]);
  });
  return {
    mean: numbers.slice(0, dim),
    directions: numbers.slice(dim, 3 * dim),
    explained: numbers.slice(3 * dim),
  };
}

const chunkFile = (dir: string, chunk: number): string => path.join(dir, `part-positions-${chunk}.npy`);

/** `place` gives the positions `[n, 2]` of rows `[n, d]` that begin with row `from`. */
async function storePositions(
  dir: string,
  source: RowSource,
  place: (rows: Float32Array, from: number) => Float32Array,
  context: StageContext,
): Promise<void> {
  const { count } = source;
  for (let chunk = 0; chunk * chunkRows < count; chunk++) {
    const from = chunk * chunkRows;
    const to = Math.min(from + chunkRows, count);
    if (existsSync(chunkFile(dir, chunk))) continue;
    const positions = new Float32Array(2 * (to - from));
    for (let start = from; start < to; start += 8192) {
      const end = Math.min(start + 8192, to);
      positions.set(place(await source.read(start, end), start), 2 * (start - from));
      context.onProgress({ stage: 'map: place', done: end, total: count, unit: 'images' });
      await checkpoint(context);
    }
    await writeNpy(chunkFile(dir, chunk), positions, [to - from, 2]);
  }
}

async function joinChunks(dir: string, count: number): Promise<void> {
  const positions = new Float32Array(2 * count);
  for (let chunk = 0; chunk * chunkRows < count; chunk++) {
    positions.set((await readNpy(chunkFile(dir, chunk))).data as Float32Array, 2 * chunk * chunkRows);
  }
  await writeNpy(path.join(dir, mapFiles.positions), positions, [count, 2]);
}

async function removeParts(dir: string): Promise<void> {
  for (const name of await readdir(dir)) if (name.startsWith('part-')) await rm(path.join(dir, name));
}

/** The array of a file that is there, else what `make` gives, which is then there. */
async function once<A extends Float32Array | Float64Array>(
  file: string,
  shape: readonly number[],
  make: () => Promise<A>,
): Promise<A> {
  if (existsSync(file)) return (await readNpy(file)).data as A;
  const made = await make();
  await writeNpy(file, made, shape);
  return made;
}
