/** @file Some rows of a set, as if they were all. */

import type { RowSource } from '../store/chunkedRows.ts';

/** The `chosen` rows (ascending) of a source, numbered from 0. */
export function chosenRows(source: RowSource, chosen: Int32Array): RowSource {
  if (chosen.length === source.count) return source;
  const { dim } = source;
  return {
    count: chosen.length,
    dim,
    read: async (from, to) => {
      const rows = new Float32Array((to - from) * dim);
      if (from === to) return rows;
      const first = chosen[from]!;
      const all = await source.read(first, chosen[to - 1]! + 1);
      for (let at = from; at < to; at++) {
        const start = (chosen[at]! - first) * dim;
        rows.set(all.subarray(start, start + dim), (at - from) * dim);
      }
      return rows;
    },
  };
}
