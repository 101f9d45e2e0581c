/** @file Searches the chunks that a pass still lacks. */

import { runOnDevices } from '../devices/pool.ts';
import { usableMemory } from '../memoryBudget.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import { usesGpu } from '../runtime/backend.ts';
import { ChunkedRows, type RowSource } from '../store/chunkedRows.ts';
import type { ChunkWorkerSetup } from './chunkWorker.ts';
import { collectorFor } from './collectors.ts';
import { NeighbourSearch, workOf } from './neighbours.ts';
import type { Pass } from './pass.ts';

type Advance = (compared: number) => void;

export interface Rows {
  /** Cut as the pass's manifest says. */
  rows: ChunkedRows;
  /** Where workers find them: folders of one set of embeddings, or of two whose rows follow each other. */
  embeddings: readonly string[];
  /** One worker process each; none or one: here. */
  devices?: readonly string[] | undefined;
}

/** Rows of chunks that are kept: two of 256 MB, and beside a GPU, which is done sooner than they are read, an eighth of the memory. */
const HELD_BYTES = usesGpu() ? Math.max(1 << 29, usableMemory() / 8) : 1 << 29;

export const rowsToSearch = (source: RowSource, chunkRows: number): ChunkedRows =>
  new ChunkedRows(source, chunkRows, HELD_BYTES);

/** Completes a pass. */
export async function searchMissing(pass: Pass, where: Rows, context: StageContext): Promise<void> {
  if (pass.missing.length === 0) return;
  const advance = progressOf(pass, where.rows, context);
  if (where.devices && where.devices.length > 1) await searchOnDevices(pass, where, advance, context);
  else await searchHere(pass, where.rows, advance, context);
}

async function searchHere(pass: Pass, rows: ChunkedRows, advance: Advance, context: StageContext): Promise<void> {
  const search = await NeighbourSearch.create(rows, pass.manifest.beta, { border: pass.border });
  try {
    for (const chunk of pass.missing) {
      await searchChunk(search, pass, chunk, async (compared) => {
        advance(compared);
        await checkpoint(context);
      });
    }
  } finally {
    search.dispose();
  }
}

async function searchOnDevices(
  pass: Pass,
  { embeddings, devices = [] }: Rows,
  advance: Advance,
  context: StageContext,
): Promise<void> {
  const units = pass.missing;
  await runOnDevices(
    {
      // a worker without a chunk would start in vain
      devices: devices.slice(0, units.length),
      worker: new URL('./chunkWorker.ts', import.meta.url),
      setup: { embeddings: [...embeddings], pass: pass.dir } satisfies ChunkWorkerSetup,
      units,
      onProgress: advance,
      onDone: (chunk) => pass.noteSaved(chunk),
    },
    context,
  );
}

/** One unit of work: a chunk's pairs, searched and saved. */
export async function searchChunk(
  search: NeighbourSearch,
  pass: Pass,
  chunk: number,
  afterPanel: (compared: number) => Promise<void>,
): Promise<void> {
  const collector = collectorFor(pass.manifest);
  await search.searchChunk(chunk, collector.add.bind(collector), afterPanel);
  await pass.save(chunk, collector);
}

/** Reports pairs that were compared, as the share of all images that they stand for. */
function progressOf(pass: Pass, rows: ChunkedRows, { onProgress }: StageContext): Advance {
  const missing = new Set(pass.missing);
  let [total, done] = [0, 0];
  for (let chunk = 0; chunk < pass.chunks; chunk++) {
    const work = workOf(rows, chunk, pass.border);
    total += work;
    if (!missing.has(chunk)) done += work;
  }
  const { images, across } = pass.manifest;
  const stage = across === undefined ? 'compare images' : 'look for leaks';
  const searched = across ?? images;
  return (compared) => {
    done += compared;
    onProgress({ stage, done: Math.round((searched * done) / total), total: searched, unit: 'images' });
  };
}
