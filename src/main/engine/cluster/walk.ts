/** @file Ways through the rows of a set: all of them in order, or chosen ones. */

import { checkpoint, type StageContext } from '../progress.ts';
import type { ChunkedRows } from '../store/chunkedRows.ts';

/** Visits every row in order, whatever the chunks. */
export async function forEachRow(
  rows: ChunkedRows,
  visit: (vectors: Float32Array, localRow: number, row: number) => void,
  context: StageContext,
): Promise<void> {
  for (let chunk = 0; chunk < rows.chunks; chunk++) {
    const { from, to } = rows.range(chunk);
    const vectors = await rows.get(chunk);
    for (let row = from; row < to; row++) visit(vectors, row - from, row);
    await checkpoint(context);
  }
}

/** Copies chosen rows, ascending, `[chosen, dim]`. */
export async function gather(rows: ChunkedRows, chosen: Uint32Array): Promise<Float32Array> {
  const { dim, chunkRows } = rows;
  const result = new Float32Array(chosen.length * dim);
  let at = 0;
  while (at < chosen.length) {
    const chunk = Math.floor(chosen[at]! / chunkRows);
    const { from, to } = rows.range(chunk);
    const vectors = await rows.get(chunk);
    for (; at < chosen.length && chosen[at]! < to; at++) {
      const start = (chosen[at]! - from) * dim;
      result.set(vectors.subarray(start, start + dim), at * dim);
    }
  }
  return result;
}
