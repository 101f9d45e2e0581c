/** @file Which rows of the embeddings are clustered: those of kept images without an unwanted flag. */

import { createHash } from 'node:crypto';
import type { StageContext } from '../progress.ts';
import { findLeftOut, type LeftOutRecord } from '../quality/leftOut.ts';
import type { Exclusion } from '../quality/options.ts';
import { removedSamples, type Workspace } from '../store/workspace.ts';

export interface WhichRows {
  /** Ascending, as the others. */
  kept: Int32Array;
  others: Int32Array;
  /** sha256 of `kept`, hexadecimal. */
  fingerprint: string;
  leftOut: LeftOutRecord;
}

/** @param ids sample of each row; without a balance all count as kept */
export async function whichRows(
  workspace: Workspace,
  ids: Int32Array,
  { datasetId, balanceId }: { datasetId: number; balanceId: number | undefined },
  exclusion: Exclusion,
  context: StageContext,
): Promise<WhichRows> {
  const removed = balanceId === undefined ? new Set<number>() : await removedSamples(workspace, balanceId);
  const { ids: flagged, record } = findLeftOut(workspace, { datasetId, balanceId }, exclusion, context);
  const unwanted = new Set(flagged);
  const kept: number[] = [];
  const others: number[] = [];
  let leftOut = 0;
  for (const [row, id] of ids.entries()) {
    if (!removed.has(id) && !unwanted.has(id)) {
      kept.push(row);
      continue;
    }
    others.push(row);
    if (!removed.has(id)) leftOut++;
  }
  const rows = Int32Array.from(kept);
  return {
    kept: rows,
    others: Int32Array.from(others),
    fingerprint: createHash('sha256').update(rows).digest('hex'),
    leftOut: record.without ? { ...record, leftOut } : {},
  };
}
