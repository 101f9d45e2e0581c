/** @file The definition of balance in plain loops, and what the database holds of it. */

import type { Workspace } from '../../../src/main/engine/store/workspace.ts';
import { squaredDistance } from '../../../src/main/engine/vectors.ts';

export interface NaiveBalance {
  pairs: [number, number][];
  /** Members ascending, groups by their lowest member. */
  groups: number[][];
  keepers: number[];
}

/** PAPER 1, literally: all distances, k nearest of each, pairs within beta, components, nearest to the centroid. */
export function naiveBalance(rows: Float32Array, dim: number, beta: number, k: number): NaiveBalance {
  const images = rows.length / dim;
  const distance = (i: number, j: number) => Math.sqrt(squaredDistance(rows, i, rows, j, dim));
  const near = Array.from({ length: images }, (_, i) =>
    Array.from({ length: images }, (_, j) => j)
      .filter((j) => j !== i)
      .sort((a, b) => distance(i, a) - distance(i, b) || a - b)
      .slice(0, k)
      .filter((j) => distance(i, j) <= beta),
  );
  const pairs: [number, number][] = [];
  const component = Array.from({ length: images }, (_, i) => i);
  for (let i = 0; i < images; i++) {
    for (let j = i + 1; j < images; j++) {
      if (!near[i]!.includes(j) && !near[j]!.includes(i)) continue;
      pairs.push([i, j]);
      const [from, to] = [Math.max(component[i]!, component[j]!), Math.min(component[i]!, component[j]!)];
      for (let m = 0; m < images; m++) if (component[m] === from) component[m] = to;
    }
  }
  const groups = [...new Set(component)]
    .map((root) => component.flatMap((other, member) => (other === root ? [member] : [])))
    .filter((members) => members.length > 1)
    .sort((a, b) => a[0]! - b[0]!);
  return { pairs, groups, keepers: groups.map((members) => naiveKeeper(rows, dim, members)) };
}

function naiveKeeper(rows: Float32Array, dim: number, members: number[]): number {
  const centroid = new Float64Array(dim);
  for (const member of members) for (let t = 0; t < dim; t++) centroid[t]! += rows[member * dim + t]!;
  for (let t = 0; t < dim; t++) centroid[t]! /= members.length;
  const distances = members.map((member) =>
    Math.sqrt(centroid.reduce((sum, value, t) => sum + (rows[member * dim + t]! - value) ** 2, 0)),
  );
  return members[distances.indexOf(Math.min(...distances))]!;
}

/** Groups as the database has them: samples (as rows), ascending, with the kept one. */
export function storedGroups(workspace: Workspace, balanceId: number): { members: number[]; keeper: number }[] {
  const rows = workspace.sqlite
    .prepare<[number], { group_id: number; sample_id: number; keep: number }>(
      `SELECT group_id, sample_id, keep FROM members JOIN duplicate_groups ON duplicate_groups.id = group_id
       WHERE balance_id = ? ORDER BY group_id, sample_id`,
    )
    .all(balanceId);
  const groups = Map.groupBy(rows, (row) => row.group_id);
  return [...groups.values()].map((members) => ({
    members: members.map((row) => row.sample_id - 1),
    // -1 where none is kept
    keeper: (members.find((row) => row.keep === 1)?.sample_id ?? 0) - 1,
  }));
}
