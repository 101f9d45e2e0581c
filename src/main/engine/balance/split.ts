/** @file Groups that are too wide or too large are cut at their weakest links. */

import type { StageContext } from '../progress.ts';
import type { ChunkedRows } from '../store/chunkedRows.ts';
import { compactParts } from './compact.ts';
import { filterEdges, type Forest } from './forest.ts';
import { mergeTree } from './mergeTree.ts';
import type { SizeLimits } from './options.ts';

export interface Split {
  /** Without the edges that were cut. */
  forest: Forest;
  /** Groups that were cut. */
  groups: number;
  /** Edges that were cut. */
  edges: number;
}

/**
 * As long as a part exceeds a limit, its longest edge is cut (of equally long ones the last by rows), which leaves
 * two parts.
 */
export async function splitGroups(
  rows: ChunkedRows,
  forest: Forest,
  { maxDiameter, maxGroupSize = Infinity }: SizeLimits,
  context: StageContext,
  bounds: { exact?: number; budgetBytes?: number } = {},
): Promise<Split> {
  if (maxDiameter === undefined && maxGroupSize === Infinity) return { forest, groups: 0, edges: 0 };
  const images = rows.count;
  const tree = mergeTree(forest, images);
  const compact = maxDiameter === undefined ? undefined : await compactParts(rows, tree, maxDiameter, context, bounds);
  const fits = (edge: number): boolean => tree.size[images + edge]! <= maxGroupSize && compact?.[edge] !== 0;
  const cut = new Uint8Array(forest.distance.length);
  let [groups, edges] = [0, 0];
  // parents before children: a part is looked at only where the part above it was cut
  for (let edge = cut.length - 1; edge >= 0; edge--) {
    const above = tree.parent[images + edge]!;
    const isPart = above === -1 || cut[above - images] === 1;
    if (!isPart || fits(edge)) continue;
    cut[edge] = 1;
    edges++;
    if (above === -1) groups++;
  }
  return { forest: filterEdges(forest, (edge) => cut[edge] === 0), groups, edges };
}
