/** @file Workspaces with given embeddings, and the definition of balance computed the slow way. */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { randomStream } from '../../../src/main/engine/random.ts';
import type { RowSource } from '../../../src/main/engine/store/chunkedRows.ts';
import {
  appendShard,
  normaliseRows,
  saveManifest,
  type EmbeddingSet,
} from '../../../src/main/engine/store/embeddings.ts';
import { openWorkspace, type Workspace } from '../../../src/main/engine/store/workspace.ts';
import { squaredDistance } from '../../../src/main/engine/vectors.ts';

export const DATASET = 'set';

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'distillery-'));
  onTestFinished(() => {
    rmSync(dir, { recursive: true, force: true });
  });
  return dir;
}

/** A workspace whose data set has these image embeddings `[n, dim]` in shards; sample ids start at 1. */
export async function workspaceWith(
  rows: Float32Array | Float16Array,
  dim: number,
  { dir = temporaryFolder(), shardRows = 100 } = {},
): Promise<Workspace> {
  const workspace = openWorkspace(dir);
  onTestFinished(workspace.close);
  const { sqlite } = workspace;
  sqlite.exec(
    `INSERT INTO datasets (name, source, format, imported_at, complete) VALUES ('${DATASET}', '', '', '', 1)`,
  );
  const insert = sqlite.prepare(
    `INSERT INTO samples (dataset_id, position, path, caption, status) VALUES (1, ?, ?, '', 'ok')`,
  );
  const images = rows.length / dim;
  sqlite.transaction(() => {
    for (let i = 0; i < images; i++) insert.run(i, `${i}.jpg`);
  })();
  const folder = path.join(workspace.dir, 'embeddings', DATASET, 'teacher');
  mkdirSync(folder, { recursive: true });
  const set: EmbeddingSet = {
    dir: folder,
    manifest: { teacher: 'teacher', fingerprint: 'f', modalities: ['image'], dim, complete: false, shards: [] },
  };
  for (let from = 0; from < images; from += shardRows) {
    const to = Math.min(from + shardRows, images);
    const ids = Int32Array.from({ length: to - from }, (_, i) => from + i + 1);
    await appendShard(set, { ids, image: rows.slice(from * dim, to * dim) });
  }
  set.manifest.complete = true;
  await saveManifest(set);
  return workspace;
}

/** Rows in memory, made unit length. */
export function sourceOf(rows: Float32Array, dim: number): RowSource {
  const unit = rows.slice();
  normaliseRows(unit, dim, (row) => `row ${row}`);
  return { count: rows.length / dim, dim, read: (from, to) => Promise.resolve(unit.slice(from * dim, to * dim)) };
}

/** Unit rows `[n, dim]` around `topics` directions, with exact copies, near-copies and coordinates that make ties. */
export function clusteredRows(images: number, dim: number, seed: number, topics = 5): Float32Array {
  const random = randomStream(seed);
  const rows = new Float32Array(images * dim);
  const coordinate = () => Math.round(random() * 8 - 4) / 4;
  const centres = Float32Array.from({ length: topics * dim }, coordinate);
  for (let i = 0; i < images; i++) {
    const kind = random();
    const row = rows.subarray(i * dim, (i + 1) * dim);
    if (i > 0 && kind < 0.2) {
      const other = Math.floor(random() * i);
      row.set(rows.subarray(other * dim, (other + 1) * dim));
    } else {
      const topic = Math.floor(random() * topics);
      const noise = kind < 0.5 ? 0.5 : 2;
      for (let t = 0; t < dim; t++) row[t] = centres[topic * dim + t]! + (random() < 0.3 ? noise * coordinate() : 0);
    }
    if (row.every((value) => value === 0)) row[0] = 1;
  }
  normaliseRows(rows, dim, (row) => `row ${row}`);
  return rows;
}

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
    keeper: members.find((row) => row.keep === 1)!.sample_id - 1,
  }));
}
