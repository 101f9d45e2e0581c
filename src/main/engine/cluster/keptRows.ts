/** @file Some rows of a set, as if they were all. */

import type { RowSource } from '../store/chunkedRows.ts';

/** Rows of the source that one read covers at most: few chosen ones may lie far apart. */
const SPAN = 16384;

/** The `chosen` rows (ascending) of a source, numbered from 0. */
export function chosenRows(source: RowSource, chosen: Int32Array | Uint32Array): RowSource {
  if (chosen.length === source.count) return source;
  const { dim } = source;
  return {
    count: chosen.length,
    dim,
    read: async (from, to) => {
      const rows = new Float32Array((to - from) * dim);
      let at = from;
      while (at < to) {
        const first = chosen[at]!;
        let end = at + 1;
        while (end < to && chosen[end]! < first + SPAN) end++;
        const all = await source.read(first, chosen[end - 1]! + 1);
        for (; at < end; at++) {
          const start = (chosen[at]! - first) * dim;
          rows.set(all.subarray(start, start + dim), (at - from) * dim);
        }
      }
      return rows;
    },
  };
}
