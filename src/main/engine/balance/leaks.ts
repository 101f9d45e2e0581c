/** @file Leaks: images of a dataset that are within beta of an image of another one, as of a test set. Exact, like groups. */

import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../errors.ts';
import type { StageContext } from '../progress.ts';
import { imageRows, rowsAfterRows } from '../store/chunkedRows.ts';
import { openEmbeddings, readIds, type EmbeddingSet } from '../store/embeddings.ts';
import { findDataset, type Workspace } from '../store/workspace.ts';
import { PairList } from './pairs.ts';
import { Pass } from './pass.ts';
import { prefixesOf } from './prefixes.ts';
import { rowsToSearch, searchMissing } from './searchChunks.ts';

export interface Leaks {
  /** Rows of the dataset, ascending. */
  rows: Int32Array;
  /** Sample of the other dataset that is nearest to each; of equally near ones the lowest id. */
  otherIds: Int32Array;
  /** Euclidean, to it. */
  distance: Float64Array;
}

export interface LeakSearch {
  workspace: Workspace;
  dataset: string;
  embeddings: EmbeddingSet;
  /** Name of the other dataset. */
  against: string;
  /** Of the dataset's passes. */
  folder: string;
  chunkRows: number;
  devices?: readonly string[] | undefined;
  context: StageContext;
}

/**
 * Compares all images of the dataset with all of the other one, chunk by chunk in a pass of their own.
 * @throws {UsageError} when the other dataset is not there or has no embeddings of the same teacher.
 */
export async function findLeaks(search: LeakSearch, beta: number): Promise<Leaks> {
  const { embeddings, against, chunkRows, devices, context } = search;
  const other = await embeddingsOf(search);
  const across = (await prefixesOf(embeddings)).at(-1)!;
  const behind = (await prefixesOf(other)).at(-1)!;
  const fingerprint = createHash('sha256').update(`${across.fingerprint} ${behind.fingerprint}`).digest('hex');
  const whole = { images: across.images + behind.images, fingerprint: fingerprint.slice(0, 16) };
  const folder = path.join(search.folder, 'leaks', against);
  const { whole: stored } = await Pass.list(folder, [whole]);
  let pass = stored.find((found) => found.answers(1, beta));
  if (!pass) {
    pass = await Pass.begin(folder, { version: 1, ...whole, chunkRows, topK: 1, beta, across: across.images });
    const rows = rowsToSearch(rowsAfterRows(imageRows(embeddings), imageRows(other)), chunkRows);
    await searchMissing(pass, { rows, embeddings: [embeddings.dir, other.dir], devices }, context);
  }
  const found = new PairList();
  await pass.forEach(beta, found.push.bind(found));
  const order = Uint32Array.from({ length: found.length }, (_, at) => at);
  order.sort((a, b) => found.first[a]! - found.first[b]!);
  const ids = await readIds(other);
  return {
    rows: Int32Array.from(order, (at) => found.first[at]!),
    otherIds: Int32Array.from(order, (at) => ids[found.second[at]! - across.images]!),
    distance: Float64Array.from(order, (at) => found.distance[at]!),
  };
}

/**
 * Writes the leaks of a balance; call inside its transaction. Those whose row is 1 in `removed` `[images]` go, the
 * others are only listed.
 */
export function storeLeaks(
  { sqlite }: Workspace,
  balanceId: number,
  { rows, otherIds, distance }: Leaks,
  sampleIds: Int32Array,
  removed: Uint8Array | undefined,
): void {
  const list = sqlite.prepare(
    'INSERT INTO listed_leaks (balance_id, sample_id, other_id, distance) VALUES (?, ?, ?, ?)',
  );
  const remove = sqlite.prepare(
    `INSERT INTO removals (balance_id, sample_id, reason, other_id, distance) VALUES (?, ?, 'leak', ?, ?)`,
  );
  for (const [at, row] of rows.entries()) {
    const insert = removed?.[row] === 1 ? remove : list;
    insert.run(balanceId, sampleIds[row]!, otherIds[at]!, distance[at]!);
  }
}

export interface LeakExample {
  sampleId: number;
  path: string;
  otherSampleId: number;
  otherPath: string;
  distance: number;
}

/** The nearest leaks, nearest first. */
export function exampleLeaks(
  { sqlite }: Workspace,
  { rows, otherIds, distance }: Leaks,
  sampleIds: Int32Array,
  most = 10,
): LeakExample[] {
  const pathOf = sqlite.prepare<[number], string>('SELECT path FROM samples WHERE id = ?').pluck();
  const order = Uint32Array.from(rows, (_, at) => at).sort((a, b) => distance[a]! - distance[b]! || a - b);
  return Array.from(order.subarray(0, most), (at) => {
    const [sampleId, otherSampleId] = [sampleIds[rows[at]!]!, otherIds[at]!];
    return {
      ...{ sampleId, path: pathOf.get(sampleId) ?? '', otherSampleId, otherPath: pathOf.get(otherSampleId) ?? '' },
      distance: distance[at]!,
    };
  });
}

/** The other dataset's rows of the same teacher, under whatever name. */
async function embeddingsOf({ workspace, dataset, embeddings, against, context }: LeakSearch): Promise<EmbeddingSet> {
  if (against === dataset) {
    throw new UsageError(`--against ${against} is the dataset itself. Name another one, such as a test set.`);
  }
  await findDataset(workspace, against);
  const { teacher, fingerprint, dim } = embeddings.manifest;
  const parent = path.join(workspace.dir, 'embeddings', against);
  const names = await readdir(parent).catch(() => []);
  const sets = await Promise.all(names.sort().map((name) => openEmbeddings(path.join(parent, name))));
  const complete = sets.filter((set) => set?.manifest.complete === true).map((set) => set!);
  const same = complete.find(({ manifest }) => manifest.fingerprint === fingerprint && manifest.dim === dim);
  if (!same) {
    const known = complete.map(({ manifest }) => `${manifest.teacher}, ${manifest.dim} dimensions`).join('; ');
    throw new UsageError(
      `Dataset "${against}" has no embeddings that compare with ${teacher} (${dim} dimensions) of "${dataset}" ` +
        `(there: ${known || 'none'}). Embed both with the same teacher and precision.`,
    );
  }
  if (fingerprint === 'imported') {
    context.log(
      `The embeddings of "${dataset}" and "${against}" were imported; that one teacher made both is up to you.`,
    );
  }
  return same;
}
