/** @file Embeddings that another tool made: their rows become the set "imported", their metadata the samples. */

import { stat } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../errors.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import { storeAgreement } from '../quality/agreement.ts';
import { shownSources } from '../sourceText.ts';
import { appendShard, embeddingFolder, openEmbeddings, saveManifest, type EmbeddingSet } from '../store/embeddings.ts';
import type { Workspace } from '../store/workspace.ts';
import type { ColumnOptions, Columns } from '../tables/columns.ts';
import { cleanCaption, itemOfRow, uidOf, type Item } from './item.ts';
import { parquetColumns, readMetadata } from './metadata.ts';
import { insertSamples, nextPosition, openDataset, writing, type Dataset, type NewSample } from './samples.ts';
import { openShards, type EmbeddingSource, type SourceShard } from './shards.ts';
import type { Source } from './sources.ts';

/** Rows that are stored together: one shard of the workspace, what a crash can lose. */
const chunkRows = 16_384;

/** Rows `from` to `to` of a source shard; `position` is the first one's row in the whole source. */
interface Chunk {
  shard: SourceShard;
  from: number;
  to: number;
  position: number;
}

type Rows = Float16Array | Float32Array;

export interface EmbeddingOptions extends ColumnOptions {
  /** Of .npz files: the model whose arrays are imported, such as `l14` for l14_img and l14_txt; else the widest. */
  embeddingKey?: string | undefined;
}

/**
 * Imports embeddings with the captions and paths of their metadata; pictures need not exist.
 * Run again, it goes on after the last complete chunk.
 */
export async function importEmbeddings(
  input: { workspace: Workspace; source: string; sources: readonly Source[]; dataset: string },
  options: EmbeddingOptions,
  context: StageContext,
): Promise<{ dataset: Dataset; added: number; repaired: number }> {
  const { workspace, source } = input;
  const found = await openShards(
    input.sources.map((one) => one.path),
    options.embeddingKey,
  );
  const chunks = planChunks(found.shards);
  const total = chunks.at(-1) ? end(chunks.at(-1)!) : 0;
  if (total === 0) throw new UsageError(`${shownSources(source)} holds no embeddings: its files have no rows.`);
  const metadata = found.shards[0]?.metadata;
  const columns = metadata === undefined ? {} : await parquetColumns(metadata, options);
  const chosen = { ...columns, ...(found.key !== undefined && { embeddingKey: found.key }) };
  const dataset = openDataset(workspace, input.dataset, { source, format: 'embeddings', columns: chosen });
  const set = await openSet(workspace, dataset, found);
  const done = resume(workspace, dataset, set, chunks);
  const first = nextPosition(workspace, dataset);
  let reading: { shard: SourceShard; items: AsyncGenerator<Item> } | undefined;
  const close = async (): Promise<void> => {
    await reading?.items.return(undefined);
    await reading?.shard.image.close();
    await reading?.shard.text?.close();
  };
  try {
    for (const chunk of chunks.slice(done)) {
      if (chunk.shard !== reading?.shard) {
        await close();
        reading = { shard: chunk.shard, items: readItems(chunk.shard, columns, chunk.from) };
      }
      await importChunk(workspace, dataset, set, found, chunk, reading.items);
      context.onProgress({ stage: 'import', done: end(chunk), total, unit: 'embeddings' });
      await checkpoint(context);
    }
  } finally {
    await close();
  }
  set.manifest.complete = true;
  await saveManifest(set);
  return { dataset, added: total - first, repaired: 0 };
}

function planChunks(shards: readonly SourceShard[]): Chunk[] {
  const chunks: Chunk[] = [];
  let position = 0;
  for (const shard of shards) {
    for (let from = 0; from < shard.image.rows; from += chunkRows) {
      chunks.push({ shard, from, to: Math.min(from + chunkRows, shard.image.rows), position: position + from });
    }
    position += shard.image.rows;
  }
  return chunks;
}

const end = (chunk: Chunk): number => chunk.position + chunk.to - chunk.from;

async function openSet(workspace: Workspace, dataset: Dataset, found: EmbeddingSource): Promise<EmbeddingSet> {
  const dir = embeddingFolder(workspace, dataset.name, 'imported');
  const existing = await openEmbeddings(dir);
  const modalities: ('image' | 'text')[] = found.shards.some((shard) => shard.text) ? ['image', 'text'] : ['image'];
  // rows that were there before the dataset was are of another one
  if (existing && nextPosition(workspace, dataset) > 0) {
    const { dim, modalities: before } = existing.manifest;
    if (dim === found.dim && before?.length === modalities.length) return existing;
    throw new UsageError(
      `The dataset "${dataset.name}" has embeddings of width ${dim} (${before?.join(', ')}), its source now has ${found.dim} (${modalities.join(', ')}). Choose another name with --dataset.`,
    );
  }
  const manifest = {
    teacher: 'imported',
    fingerprint: 'imported',
    modalities,
    dim: found.dim,
    complete: false,
    shards: [],
  };
  return { dir, manifest };
}

/** How many chunks are complete; takes back samples whose rows were not written before a crash. */
function resume(workspace: Workspace, dataset: Dataset, set: EmbeddingSet, chunks: readonly Chunk[]): number {
  const stored = nextPosition(workspace, dataset);
  const { shards, complete } = set.manifest;
  const last = chunks[shards.length - 1];
  const covered = last ? end(last) : 0;
  if (shards.length > chunks.length || (complete && covered !== stored)) {
    throw new UsageError(
      `The source of "${dataset.name}" had ${stored} embeddings and has changed since. Choose another name with --dataset.`,
    );
  }
  // after a power failure the database may lack its last rows while the files have them
  while (shards.length > 0 && end(chunks[shards.length - 1]!) > stored) shards.pop();
  const keep = chunks[shards.length]?.position ?? stored;
  workspace.sqlite.prepare('DELETE FROM samples WHERE dataset_id = ? AND position >= ?').run(dataset.id, keep);
  set.manifest.complete = false;
  return shards.length;
}

async function importChunk(
  workspace: Workspace,
  dataset: Dataset,
  set: EmbeddingSet,
  found: EmbeddingSource,
  { shard, from, to, position }: Chunk,
  items: AsyncIterator<Item>,
): Promise<void> {
  const image = await shard.image.read(from, to, found.half);
  const text = await shard.text?.read(from, to, found.half);
  const samples: NewSample[] = [];
  for (let row = 0; row < to - from; row++) {
    const { value } = (await items.next()) as IteratorYieldResult<Item>;
    const reason = problemOf(image, found.dim, row, 'image') ?? (text && problemOf(text, found.dim, row, 'text'));
    samples.push({
      item: value,
      inspection: {
        width: null,
        height: null,
        bytes: null,
        hash: null,
        modified: null,
        measures: null,
        reason: reason ?? null,
      },
    });
  }
  const ids = writing(workspace, dataset, () => insertSamples(workspace, dataset, position, samples));
  const kept = samples.flatMap(({ inspection }, row) => (inspection.reason === null ? [row] : []));
  const stored = {
    ids: Int32Array.from(kept, (row) => ids[row]!),
    image: takeRows(image, found.dim, kept),
    text: text && takeRows(text, found.dim, kept),
  };
  if (stored.text) storeAgreement(workspace, stored.ids, stored.image, stored.text);
  await appendShard(set, stored);
}

function problemOf(rows: Rows, dim: number, row: number, kind: string): string | undefined {
  let squares = 0;
  for (let i = row * dim; i < (row + 1) * dim; i++) squares += rows[i]! * rows[i]!;
  if (squares === 0) return `${kind} embedding is zero`;
  return Number.isFinite(squares) ? undefined : `${kind} embedding is not finite`;
}

function takeRows(rows: Rows, dim: number, kept: readonly number[]): Rows {
  if (kept.length * dim === rows.length) return rows;
  const taken =
    rows instanceof Float16Array ? new Float16Array(kept.length * dim) : new Float32Array(kept.length * dim);
  for (const [i, row] of kept.entries()) taken.set(rows.subarray(row * dim, (row + 1) * dim), i * dim);
  return taken;
}

/** Items of a shard from row `from` on; endless where there is no metadata. */
async function* readItems(shard: SourceShard, columns: Columns, from: number): AsyncGenerator<Item> {
  let row = from;
  const unnamed = () => `${path.basename(shard.image.name)}#${row++}`;
  if (shard.metadata !== undefined) {
    for await (const { image, caption, label, uid } of readMetadata(shard.metadata, columns, from)) {
      const named = itemOfRow(shard.root, image, caption, label);
      const here = named.file !== null && (await stat(named.file).catch(() => undefined))?.isFile();
      const name = unnamed();
      yield { ...named, path: named.path || name, file: here ? named.file : null, uid: uidOf(uid), problem: undefined };
    }
    return;
  }
  for (;;) yield { path: unnamed(), file: null, caption: cleanCaption(''), label: null };
}
