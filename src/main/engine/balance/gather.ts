/** @file Rows in another order than the file's: each chunk that is needed is read once. */

import type { ChunkedRows } from '../store/chunkedRows.ts';

/** Visits the rows whose slot is in [from, to), in the order of rows, so that sums do not depend on the chunks. */
export async function forEachSlot(
  rows: ChunkedRows,
  slotOfRow: Int32Array,
  [from, to]: readonly [number, number],
  visit: (vectors: Float32Array, start: number, slot: number) => void,
  afterChunk: () => Promise<void>,
): Promise<void> {
  const isIn = (slot: number): boolean => slot >= from && slot < to;
  for (let chunk = 0; chunk < rows.chunks; chunk++) {
    const range = rows.range(chunk);
    if (!slotOfRow.subarray(range.from, range.to).some(isIn)) continue;
    const vectors = await rows.get(chunk);
    for (let row = range.from; row < range.to; row++) {
      const slot = slotOfRow[row]!;
      if (isIn(slot)) visit(vectors, (row - range.from) * rows.dim, slot);
    }
    await afterChunk();
  }
}

/** The rows whose slot is in [from, to), by slot: `[to - from, dim]`. */
export async function gather(
  rows: ChunkedRows,
  slotOfRow: Int32Array,
  [from, to]: readonly [number, number],
  afterChunk: () => Promise<void>,
): Promise<Float32Array> {
  const { dim } = rows;
  const gathered = new Float32Array((to - from) * dim);
  const copy = (vectors: Float32Array, start: number, slot: number): void => {
    gathered.set(vectors.subarray(start, start + dim), (slot - from) * dim);
  };
  await forEachSlot(rows, slotOfRow, [from, to], copy, afterChunk);
  return gathered;
}
