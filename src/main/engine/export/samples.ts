/** @file Samples of a dataset in their order, in pages, with what the latest balance says of each. */

import { checkpoint, type StageContext } from '../progress.ts';
import type { Workspace } from '../store/workspace.ts';

export interface ExportedSample {
  id: number;
  path: string;
  file: string | null;
  caption: string;
  /** Null without a duplicate, or without a balance. */
  groupId: number | null;
  distance: number | null;
  /** 1, or 0 where a balance removed it; null without a group and not removed. */
  keep: number | null;
}

type Member = Pick<ExportedSample, 'id' | 'groupId' | 'distance' | 'keep'>;
const alone = { groupId: null, distance: null, keep: null };

const pageSize = 5000;

/** Usable samples, ascending by id. Pages, because a cursor would keep the database from being written to. */
export async function* readSamples(
  workspace: Workspace,
  datasetId: number,
  balanceId: number | undefined,
  context: StageContext,
): AsyncGenerator<ExportedSample[]> {
  const page = workspace.sqlite.prepare<
    [number, number, number],
    Pick<ExportedSample, 'id' | 'path' | 'file' | 'caption'>
  >(
    `SELECT id, path, file, caption FROM samples
     WHERE dataset_id = ? AND status = 'ok' AND id > ? ORDER BY id LIMIT ?`,
  );
  // apart from the page: joined to it, all members would be gathered anew for every page
  const members = workspace.sqlite.prepare<[number, number, number], Member>(
    `SELECT m.sample_id AS id, m.group_id AS groupId, m.distance, m.keep
     FROM members m CROSS JOIN duplicate_groups g ON g.id = m.group_id
     WHERE m.sample_id BETWEEN ? AND ? AND g.balance_id = ?`,
  );
  const removals = workspace.sqlite
    .prepare<[number, number, number], number>(
      'SELECT sample_id FROM removals WHERE sample_id BETWEEN ? AND ? AND balance_id = ?',
    )
    .pluck();
  const total = workspace.sqlite
    .prepare(`SELECT count(*) FROM samples WHERE dataset_id = ? AND status = 'ok'`)
    .pluck()
    .get(datasetId) as number;
  let last = 0;
  let done = 0;
  for (;;) {
    const samples = page.all(datasetId, last, pageSize);
    if (samples.length === 0) return;
    const [first, end] = [samples[0]!.id, samples.at(-1)!.id];
    const found = balanceId === undefined ? [] : members.all(first, end, balanceId);
    const byId = new Map(found.map((member) => [member.id, member]));
    const removed = new Set(balanceId === undefined ? [] : removals.all(first, end, balanceId));
    yield samples.map((sample) => {
      const exported = { ...alone, ...sample, ...byId.get(sample.id) };
      return removed.has(sample.id) ? { ...exported, keep: 0 } : exported;
    });
    last = end;
    done += samples.length;
    context.onProgress({ stage: 'export', done, total, unit: 'images' });
    await checkpoint(context);
  }
}
