/** @file Samples as the grid and the panel beside it show them. */

import path from 'node:path';
import type { BrowseCell, BrowseDetail } from '../../../../preload/browse.ts';
import { verdictQuery } from '../../decisions/standing.ts';
import { UsageError } from '../../errors.ts';
import type { Workspace } from '../../store/workspace.ts';
import { sampleColumns, sampleView, type SampleRow } from '../samples.ts';
import { latestBalanceId, latestClusteringId } from './latest.ts';
import { readClusters } from './list.ts';

/** A caption is cut here in the grid. */
const shownCaption = 300;

// CROSS: the sample's groups first, not all groups of the balance
const cellColumns = `${sampleColumns}, s.status, s.reason,
  (EXISTS (SELECT 1 FROM removals r WHERE r.balance_id = @balance AND r.sample_id = s.id)
   OR EXISTS (SELECT 1 FROM members m CROSS JOIN duplicate_groups g ON g.id = m.group_id
     WHERE m.sample_id = s.id AND g.balance_id = @balance AND m.keep = 0)) AS removed`;
type CellRow = SampleRow & Pick<BrowseCell, 'status' | 'reason'> & { removed: 0 | 1 };

const cellOf = (row: CellRow, verdict: BrowseCell['verdict']): BrowseCell => ({
  ...sampleView(row),
  status: row.status,
  reason: row.reason,
  removed: row.removed === 1,
  verdict,
});

/** Cells of samples of one dataset, in their order; null for one that is gone. */
export function readCells(workspace: Workspace, dataset: number, ids: readonly number[]): (BrowseCell | null)[] {
  const rows = workspace.sqlite
    .prepare<object, CellRow>(`SELECT ${cellColumns} FROM json_each(@ids) j CROSS JOIN samples s ON s.id = j.value`)
    .all({ ids: JSON.stringify(ids), balance: latestBalanceId(workspace, dataset) ?? null });
  const byId = new Map(rows.map((row) => [row.sample, row]));
  const verdictOf = verdictQuery(workspace);
  return ids.map((id) => {
    const row = byId.get(id);
    if (!row) return null;
    const cell = cellOf(row, verdictOf(id) ?? null);
    return { ...cell, caption: cell.caption.slice(0, shownCaption) };
  });
}

const detailColumns = `${cellColumns}, s.dataset_id AS datasetId, s.position, s.file, s.offset, s.label, s.bytes, s.hash, s.uid,
  s.brightness, s.contrast, s.sharpness, s.agreement,
  (SELECT name FROM datasets d WHERE d.id = s.dataset_id) AS dataset,
  (SELECT reason FROM removals r WHERE r.balance_id = @balance AND r.sample_id = s.id) AS removedFor`;
type DetailRow = CellRow &
  Omit<BrowseDetail, keyof BrowseCell | 'inArchive' | 'group' | 'cluster'> & {
    datasetId: number;
    offset: number | null;
  };

/** All that is known of one sample. @throws {UsageError} for one that is gone */
export async function sampleDetail(workspace: Workspace, sample: number): Promise<BrowseDetail> {
  const { sqlite, dir } = workspace;
  const dataset = sqlite.prepare<[number], number>('SELECT dataset_id FROM samples WHERE id = ?').pluck().get(sample);
  if (dataset === undefined) throw new UsageError(`There is no sample ${sample} any more.`);
  const balance = latestBalanceId(workspace, dataset) ?? null;
  const row = sqlite
    .prepare<object, DetailRow>(`SELECT ${detailColumns} FROM samples s WHERE s.id = @sample`)
    .get({ sample, balance })!;
  const group = sqlite
    .prepare<object, { id: number; size: number; keep: 0 | 1; distance: number }>(
      `SELECT g.id, g.size, m.keep, m.distance FROM members m CROSS JOIN duplicate_groups g ON g.id = m.group_id
       WHERE m.sample_id = @sample AND g.balance_id = @balance`,
    )
    .get({ sample, balance });
  const { position, label, bytes, hash, uid, brightness, contrast, sharpness, agreement, removedFor } = row;
  return {
    ...cellOf(row, verdictQuery(workspace)(sample) ?? null),
    ...{
      dataset: row.dataset,
      position,
      label,
      bytes,
      hash,
      uid,
      brightness,
      contrast,
      sharpness,
      agreement,
      removedFor,
    },
    file: row.file === null ? null : path.resolve(dir, row.file),
    inArchive: row.offset !== null,
    group: group ? { ...group, keep: group.keep === 1 } : null,
    cluster: await clusterOf(workspace, dataset, sample),
  };
}

/** The clustering that was asked about last, `[n]` each. */
let known: { key: string; samples: Float64Array; labels: Float64Array } | undefined;

async function clusterOf(workspace: Workspace, dataset: number, sample: number): Promise<number | null> {
  const clustering = latestClusteringId(workspace, dataset);
  if (clustering === undefined) return null;
  const key = `${workspace.dir}\0${clustering}`;
  if (known?.key !== key) known = { key, ...(await readClusters(workspace, clustering).catch(() => nothing)) };
  return known.labels[known.samples.indexOf(sample)] ?? null;
}

const nothing = { samples: new Float64Array(), labels: new Float64Array() };
