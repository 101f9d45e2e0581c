/** @file Samples to embed, by their position; those that cannot be embedded are marked. */

import type { PictureColumns } from '../pictureSource.ts';
import type { Workspace } from '../store/workspace.ts';

export interface Sample extends PictureColumns {
  id: number;
  position: number;
  path: string;
  caption: string;
  hash: string | null;
  status: 'ok' | 'skipped';
  reason: string | null;
}

/** The kind of reason that this stage gives; the detail follows after `: `. */
export const embedReason = 'cannot be embedded';

/** True for what was imported well, whether or not this stage marked it since: the answer does not change by embedding. */
export const isEmbeddable = ({ status, reason }: Sample): boolean =>
  status === 'ok' || (reason?.startsWith(`${embedReason}: `) ?? false);

const pageSize = 2000;

/** All samples with from <= position < end, skipped ones too: they hold their place, so that shards never shift. */
export function* samplesBetween(workspace: Workspace, datasetId: number, from: number, end: number): Generator<Sample> {
  const page = workspace.sqlite.prepare<[number, number, number, number], Sample>(
    `SELECT id, position, path, file, offset, length, encoding, caption, hash, status, reason FROM samples
     WHERE dataset_id = ? AND position >= ? AND position < ? ORDER BY position LIMIT ?`,
  );
  for (let next = from; ;) {
    const samples = page.all(datasetId, next, end, pageSize);
    yield* samples;
    if (samples.length < pageSize) return;
    next = samples.at(-1)!.position + 1;
  }
}

/** The position after the last sample. */
export function endPosition(workspace: Workspace, datasetId: number): number {
  return workspace.sqlite
    .prepare('SELECT coalesce(max(position) + 1, 0) FROM samples WHERE dataset_id = ?')
    .pluck()
    .get(datasetId) as number;
}

/** Marks samples as skipped, with the reason of each, in one transaction. */
export function markSkipped(workspace: Workspace, problems: ReadonlyMap<number, string>): void {
  const update = workspace.sqlite.prepare(`UPDATE samples SET status = 'skipped', reason = ? WHERE id = ?`);
  const markAll = workspace.sqlite.transaction(() => {
    for (const [id, problem] of problems) update.run(`${embedReason}: ${problem}`, id);
  });
  markAll.immediate();
}

/** How many samples this stage has marked. */
export function countSkipped(workspace: Workspace, datasetId: number): number {
  return workspace.sqlite
    .prepare(`SELECT count(*) FROM samples WHERE dataset_id = ? AND status = 'skipped' AND reason LIKE ?`)
    .pluck()
    .get(datasetId, `${embedReason}: %`) as number;
}
