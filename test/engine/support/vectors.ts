/** @file Workspaces with given embeddings, and rows with copies, near-copies and ties. */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { randomStream } from '../../../src/main/engine/random.ts';
import type { RowSource } from '../../../src/main/engine/store/chunkedRows.ts';
import {
  appendShard,
  countRows,
  normaliseRows,
  openEmbeddings,
  saveManifest,
  type EmbeddingSet,
} from '../../../src/main/engine/store/embeddings.ts';
import { openWorkspace, type Workspace } from '../../../src/main/engine/store/workspace.ts';

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
  await addDataset(workspace, DATASET, rows, dim, { shardRows });
  return workspace;
}

/** One more data set; its sample ids follow those that are there. */
export async function addDataset(
  { dir, sqlite }: Workspace,
  name: string,
  rows: Float32Array | Float16Array,
  dim: number,
  { shardRows = 100, fingerprint = 'f' } = {},
): Promise<void> {
  const { lastInsertRowid: id } = sqlite
    .prepare(`INSERT INTO datasets (name, source, format, imported_at, complete) VALUES (?, '', '', '', 1)`)
    .run(name);
  const insert = sqlite.prepare(
    `INSERT INTO samples (dataset_id, position, path, caption, status) VALUES (?, ?, ?, '', 'ok')`,
  );
  const lastId = sqlite.prepare('SELECT coalesce(max(id), 0) FROM samples').pluck().get() as number;
  sqlite.transaction(() => {
    for (let i = 0; i < rows.length / dim; i++) insert.run(id, i, `${i}.jpg`);
  })();
  const folder = path.join(dir, 'embeddings', name, 'teacher');
  mkdirSync(folder, { recursive: true });
  const set: EmbeddingSet = {
    dir: folder,
    manifest: { teacher: 'teacher', fingerprint, modalities: ['image'], dim, complete: false, shards: [] },
  };
  await putRows(set, rows, 0, shardRows, lastId);
}

/** As after an import of more images and their embedding: `rows` `[m, dim]` in new shards behind the others. */
export async function appendRows(
  { dir, sqlite }: Workspace,
  rows: Float32Array | Float16Array,
  { shardRows = 100 } = {},
): Promise<void> {
  const set = (await openEmbeddings(path.join(dir, 'embeddings', DATASET, 'teacher')))!;
  const before = countRows(set);
  const insert = sqlite.prepare(
    `INSERT INTO samples (dataset_id, position, path, caption, status) VALUES (1, ?, ?, '', 'ok')`,
  );
  sqlite.transaction(() => {
    for (let i = before; i < before + rows.length / set.manifest.dim; i++) insert.run(i, `${i}.jpg`);
  })();
  await putRows(set, rows, before, shardRows);
}

async function putRows(
  set: EmbeddingSet,
  rows: Float32Array | Float16Array,
  before: number,
  shardRows: number,
  lastId = 0,
): Promise<void> {
  const { dim } = set.manifest;
  for (let from = 0; from * dim < rows.length; from += shardRows) {
    const to = Math.min(from + shardRows, rows.length / dim);
    const ids = Int32Array.from({ length: to - from }, (_, i) => lastId + before + from + i + 1);
    await appendShard(set, { ids, image: rows.slice(from * dim, to * dim) });
  }
  set.manifest.complete = true;
  await saveManifest(set);
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
