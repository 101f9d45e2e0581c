/** @file Searches the chunks that a pass still lacks. */

import { checkpoint, type StageContext } from '../progress.ts';
import type { ChunkedRows } from '../store/chunkedRows.ts';
import { collectorFor } from './collectors.ts';
import { NeighbourSearch, workOf } from './neighbours.ts';
import type { Pass } from './pass.ts';

/** Completes a pass over rows that are cut as its manifest says. */
export async function searchMissing(pass: Pass, rows: ChunkedRows, context: StageContext): Promise<void> {
  const { missing } = pass;
  if (missing.length === 0) return;
  const advance = progressOf(pass, rows, context);
  const search = await NeighbourSearch.create(rows, pass.manifest.beta, { border: pass.border });
  try {
    for (const chunk of missing) {
      await searchChunk(search, pass, chunk, async (compared) => {
        advance(compared);
        await checkpoint(context);
      });
    }
  } finally {
    search.dispose();
  }
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
function progressOf(pass: Pass, rows: ChunkedRows, { onProgress }: StageContext): (compared: number) => void {
  const missing = new Set(pass.missing);
  let [total, done] = [0, 0];
  for (let chunk = 0; chunk < pass.chunks; chunk++) {
    const work = workOf(rows, chunk, pass.border);
    total += work;
    if (!missing.has(chunk)) done += work;
  }
  const { images } = pass.manifest;
  return (compared) => {
    done += compared;
    onProgress({ stage: 'compare images', done: Math.round((images * done) / total), total: images, unit: 'images' });
  };
}
