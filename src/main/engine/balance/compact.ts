/** @file Which parts of a merge tree have a diameter within a limit. */

import { checkpoint, type StageContext } from '../progress.ts';
import type { ChunkedRows } from '../store/chunkedRows.ts';
import { squaredDistance } from '../vectors.ts';
import { ballOf, enclose, type Ball } from './ball.ts';
import { gather } from './gather.ts';
import { EXACT_MEMBERS, GATHER_BYTES } from './measures.ts';
import type { MergeTree } from './mergeTree.ts';

/**
 * 1 by edge where the part that it made has a diameter of at most `limit` `[edges]`. Parts of up to `exact` images are
 * measured pair by pair, each pair once, at the part that brought it together. Larger ones pass where a ball around them is
 * small enough; it is built from the balls of their parts, so that no vector is needed twice.
 */
export async function compactParts(
  rows: ChunkedRows,
  tree: MergeTree,
  limit: number,
  context: StageContext,
  { exact = EXACT_MEMBERS, budgetBytes = GATHER_BYTES } = {},
): Promise<Uint8Array> {
  const { images, parent, start, size } = tree;
  const compact = new Uint8Array(tree.larger.length);
  const units = unitsOf(tree, exact);
  const slotOfRow = Int32Array.from({ length: images }, (_, row) => (parent[row] === -1 ? -1 : start[row]!));
  const atOnce = Math.max(1, Math.floor(budgetBytes / (4 * rows.dim)));
  const pending: { node: number; ball: Ball }[] = [];
  for (let first = 0; first < units.length;) {
    const from = start[units[first]!]!;
    const endOf = (at: number): number => start[units[at]!]! + size[units[at]!]!;
    let end = first + 1;
    while (end < units.length && endOf(end) - from <= atOnce) end++;
    const vectors = await gather(rows, slotOfRow, [from, endOf(end - 1)], () => checkpoint(context));
    for (; first < end; first++) {
      const unit = units[first]!;
      const own = vectors.subarray((start[unit]! - from) * rows.dim, (endOf(first) - from) * rows.dim);
      const ball = ballOf(own, rows.dim);
      if (2 * ball.radius > limit) measureParts(tree, unit, own, rows.dim, limit, compact);
      else markAll(tree, unit, compact);
      mergeUp(tree, pending, { node: unit, ball }, limit, compact);
      if (size[unit]! > 100) await checkpoint(context);
    }
    context.onProgress({ stage: 'measure parts', done: first, total: units.length, unit: 'parts' });
  }
  return compact;
}

/** The largest parts of at most `exact` rows, by their place; rows without a group are none. */
function unitsOf({ parent, start, size }: MergeTree, exact: number): Int32Array {
  const isUnit = (node: number): boolean => {
    const above = parent[node]!;
    if (size[node]! > exact) return false;
    return above === -1 ? size[node]! > 1 : size[above]! > exact;
  };
  return Int32Array.from(parent.keys())
    .filter(isUnit)
    .sort((a, b) => start[a]! - start[b]!);
}

function markAll(tree: MergeTree, node: number, compact: Uint8Array): void {
  const open = [node];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    if (part < tree.images) continue;
    compact[part - tree.images] = 1;
    open.push(tree.larger[part - tree.images]!, tree.smaller[part - tree.images]!);
  }
}

/** Below a unit: a part is compact when both children are, and each pair across them is near enough. */
function measureParts(
  tree: MergeTree,
  unit: number,
  vectors: Float32Array,
  dim: number,
  limit: number,
  compact: Uint8Array,
): void {
  const { images, larger, smaller, start, size } = tree;
  const within = limit * limit * (1 + Number.EPSILON * 4);
  const isNear = (i: number, j: number): boolean =>
    Math.sqrt(squaredDistance(vectors, i, vectors, j, dim, within)) <= limit;
  const across = (a: number, b: number): boolean => {
    const [fromA, fromB] = [start[a]! - start[unit]!, start[b]! - start[unit]!];
    for (let i = fromA; i < fromA + size[a]!; i++) {
      for (let j = fromB; j < fromB + size[b]!; j++) if (!isNear(i, j)) return false;
    }
    return true;
  };
  const isCompact = (node: number): boolean => node < images || compact[node - images] === 1;
  const measure = (node: number): void => {
    if (node < images) return;
    const [a, b] = [larger[node - images]!, smaller[node - images]!];
    measure(a);
    measure(b);
    compact[node - images] = isCompact(a) && isCompact(b) && across(a, b) ? 1 : 0;
  };
  measure(unit);
}

/** Units come in their order, so the two last balls belong together as soon as they have the same parent. */
function mergeUp(
  { images, parent }: MergeTree,
  pending: { node: number; ball: Ball }[],
  last: { node: number; ball: Ball },
  limit: number,
  compact: Uint8Array,
): void {
  for (let node = parent[last.node]!; node !== -1; node = parent[node]!) {
    const before = pending.at(-1);
    if (before === undefined || parent[before.node] !== node) {
      pending.push(last);
      return;
    }
    pending.pop();
    last = { node, ball: enclose(before.ball, last.ball) };
    compact[node - images] = 2 * last.ball.radius <= limit ? 1 : 0;
  }
}
