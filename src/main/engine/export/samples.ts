/** @file Samples of a dataset in their order, in pages, with what the latest balance says of each. */

import { pictureOf, type PictureSource } from '../pictureSource.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import type { Schema } from '../store/schema.ts';
import type { Workspace } from '../store/workspace.ts';

/** Columns of the table that exports read. */
const columns = [
  'id',
  'path',
  'file',
  'offset',
  'length',
  'encoding',
  'parts',
  'caption',
  'label',
  'uid',
  'bytes',
  'hash',
] as const;
type Stored = { id: number } & Pick<Schema['samples'], Exclude<(typeof columns)[number], 'id'>>;

export interface ExportedSample extends Omit<Stored, 'file' | 'offset' | 'length' | 'encoding'> {
  /** Where the picture's bytes lie; null where only its embedding exists. */
  picture: PictureSource | null;
  /** Absolute; null for a picture inside an archive. */
  ownFile: string | null;
  /** Null without a duplicate, or without a balance. */
  groupId: number | null;
  distance: number | null;
  /** 1, or 0 where a balance removed it; null without a group and not removed. */
  keep: number | null;
}

type Member = Pick<ExportedSample, 'id' | 'groupId' | 'distance' | 'keep'>;
const alone = { groupId: null, distance: null, keep: null };

const pageSize = 5000;

/**
 * Usable samples, ascending by id from the one behind `after`. Pages, because a cursor would keep the database from
 * being written to.
 */
export async function* readSamples(
  workspace: Workspace,
  datasetId: number,
  balanceId: number | undefined,
  context: StageContext,
  after = 0,
): AsyncGenerator<ExportedSample[]> {
  const page = workspace.sqlite.prepare<[number, number, number], Stored>(
    `SELECT ${columns.join(', ')} FROM samples
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
  let last = after;
  let done = 0;
  for (;;) {
    const samples = page.all(datasetId, last, pageSize);
    if (samples.length === 0) return;
    const [first, end] = [samples[0]!.id, samples.at(-1)!.id];
    const found = balanceId === undefined ? [] : members.all(first, end, balanceId);
    const byId = new Map(found.map((member) => [member.id, member]));
    const removed = new Set(balanceId === undefined ? [] : removals.all(first, end, balanceId));
    yield samples.map((sample) => {
      const exported = { ...alone, ...withPicture(workspace.dir, sample), ...byId.get(sample.id) };
      return removed.has(sample.id) ? { ...exported, keep: 0 } : exported;
    });
    last = end;
    done += samples.length;
    context.onProgress({ stage: 'export', done, total, unit: 'images' });
    await checkpoint(context);
  }
}

function withPicture(dir: string, { file, offset, length, encoding, ...sample }: Stored) {
  const picture = pictureOf(dir, { file, offset, length, encoding });
  return { ...sample, picture, ownFile: typeof picture === 'string' ? picture : null };
}
