/**
 * @file The approximate search: likely neighbours from an index, their distances measured exactly, so that pairs can be
 * missed but none is wrong. First each chunk's images look for theirs (near-00000.npy, sorted by the earlier image), then
 * each chunk of the pass gathers the pairs of its earlier images from all of them, each once.
 */

import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Index } from 'usearch';
import { z } from 'zod';
import { checkpoint, type StageContext } from '../progress.ts';
import type { ChunkedRows, RowSource } from '../store/chunkedRows.ts';
import { writeWhole } from '../store/files.ts';
import { readNpy, writeNpy } from '../store/npy.ts';
import { squaredDistance } from '../vectors.ts';
import { openIndex, searchIndex } from './annIndex.ts';
import { PairList } from './pairs.ts';
import type { Pass } from './pass.ts';

const BATCH = 1024;
/** Products come from bfloat16 numbers, which are off by 2^-8 together; farther ones are not measured. */
const MARGIN = 0.01;
/** Rows that are measured are read together when so few lie between them. */
const GAP_ROWS = 32;
const READ_ROWS = 4096;

const nearSchema = z.object({ starts: z.array(z.int().nonnegative()) });

/** Completes a pass; `folder` has the index. */
export async function searchApproximately(
  pass: Pass,
  rows: ChunkedRows,
  folder: string,
  context: StageContext,
): Promise<void> {
  if (pass.missing.length === 0) return;
  const starts: number[][] = [];
  let index: Index | undefined;
  for (let chunk = 0; chunk < rows.chunks; chunk++) {
    let found = await readStarts(nearFile(pass, chunk, 'json'));
    if (!found) {
      index ??= await openIndex(rows.source, pass.manifest.fingerprint, folder, context);
      found = await saveNear(pass, rows, chunk, await nearPairs(index, pass, rows, chunk, context));
    }
    starts.push(found);
  }
  for (const chunk of pass.missing) {
    await pass.save(chunk, await gather(pass, starts, chunk));
    await checkpoint(context);
  }
  for (let chunk = 0; chunk < rows.chunks; chunk++) {
    for (const ending of ['json', 'npy'] as const) await rm(nearFile(pass, chunk, ending), { force: true });
  }
}

/** Pairs within beta of each image of the chunk and its likely nearest, earlier image first; some come twice. */
async function nearPairs(
  index: Index,
  { manifest: { topK, beta, images } }: Pass,
  rows: ChunkedRows,
  chunk: number,
  context: StageContext,
): Promise<PairList> {
  // one more: an image is its own nearest
  const k = Math.min(images, Number(topK) + 1);
  const { from, to } = rows.range(chunk);
  const { dim } = rows;
  const vectors = await rows.get(chunk);
  const candidates = new PairList();
  for (let start = from; start < to; start += BATCH) {
    const end = Math.min(start + BATCH, to);
    searchIndex(index, vectors.subarray((start - from) * dim, (end - from) * dim), k, (row, other, product) => {
      const image = start + row;
      if (other !== image && product >= 1 - (beta * beta) / 2 - MARGIN) candidates.push(image, other, 0);
    });
    context.onProgress({ stage: 'search index', done: end, total: images, unit: 'images' });
    await checkpoint(context);
  }
  const found = new PairList();
  const limit = beta * beta * (1 + 1e-12);
  await forEachRow(rows.source, candidates, context, (at, other, row) => {
    const [i, j] = [candidates.first[at]!, candidates.second[at]!];
    const distance = Math.sqrt(squaredDistance(vectors, i - from, other, row, dim, limit));
    if (distance <= beta) found.push(Math.min(i, j), Math.max(i, j), distance);
  });
  return found;
}

/** Visits candidates with the vector of their second image, read in the order of the file. */
async function forEachRow(
  source: RowSource,
  { second, length }: PairList,
  context: StageContext,
  visit: (at: number, rows: Float32Array, row: number) => void,
): Promise<void> {
  const order = Uint32Array.from({ length }, (_, at) => at).sort((a, b) => second[a]! - second[b]!);
  for (let at = 0; at < length;) {
    const from = second[order[at]!]!;
    let end = at + 1;
    const isNear = (next: number, last: number) => next - last <= GAP_ROWS && next - from < READ_ROWS;
    while (end < length && isNear(second[order[end]!]!, second[order[end - 1]!]!)) end++;
    const rows = await source.read(from, second[order[end - 1]!]! + 1);
    for (; at < end; at++) visit(order[at]!, rows, second[order[at]!]! - from);
    await checkpoint(context);
  }
}

/** Writes pairs by their earlier image, and where those of each chunk start. */
async function saveNear(pass: Pass, rows: ChunkedRows, chunk: number, found: PairList): Promise<number[]> {
  const order = Uint32Array.from({ length: found.length }, (_, at) => at);
  order.sort((a, b) => found.first[a]! - found.first[b]!);
  const data = new Float64Array(found.length * 3);
  const starts = new Array<number>(rows.chunks + 1).fill(0);
  for (const [to, at] of order.entries()) {
    data.set([found.first[at]!, found.second[at]!, found.distance[at]!], to * 3);
    starts[Math.floor(found.first[at]! / rows.chunkRows) + 1]!++;
  }
  for (let next = 1; next < starts.length; next++) starts[next]! += starts[next - 1]!;
  await writeNpy(nearFile(pass, chunk, 'npy'), data, [found.length, 3]);
  await writeWhole(nearFile(pass, chunk, 'json'), JSON.stringify({ starts }) + '\n');
  return starts;
}

/** All pairs whose earlier image lies in the chunk, each once. */
async function gather(pass: Pass, starts: readonly number[][], chunk: number) {
  const all = new PairList();
  for (const [other, { [chunk]: from, [chunk + 1]: to }] of starts.entries()) {
    const { data } = await readNpy(nearFile(pass, other, 'npy'), from, to);
    const values = data as Float64Array;
    for (let at = 0; at < values.length; at += 3) all.push(values[at]!, values[at + 1]!, values[at + 2]!);
  }
  const pairs = new PairList();
  for (const at of all.nearestFirst()) {
    const [i, j] = [all.first[at]!, all.second[at]!];
    const last = pairs.length - 1;
    if (last < 0 || pairs.first[last] !== i || pairs.second[last] !== j) pairs.push(i, j, all.distance[at]!);
  }
  return { pairs, total: pairs.length };
}

const nearFile = (pass: Pass, chunk: number, ending: 'npy' | 'json'): string =>
  path.join(pass.dir, `near-${String(chunk).padStart(5, '0')}.${ending}`);

async function readStarts(file: string): Promise<number[] | undefined> {
  try {
    return nearSchema.parse(JSON.parse(await readFile(file, 'utf8'))).starts;
  } catch {
    return undefined;
  }
}
