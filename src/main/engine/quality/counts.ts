/** @file How many images have which flag, with examples. */

import type { Workspace } from '../store/workspace.ts';
import { findFlagged, hasFlag } from './flags.ts';
import { flagNames, thresholdsOf, type FlagName, type Thresholds, type ThresholdsInput } from './options.ts';

export interface FlagExample {
  sampleId: number;
  /** As it was imported. */
  path: string;
  caption: string;
  width: number | null;
  height: number | null;
  brightness: number | null;
  contrast: number | null;
  sharpness: number | null;
  agreement: number | null;
}

export interface QualityCounts {
  /** Usable ones of the dataset. */
  images: number;
  /** With at least one flag. */
  flagged: number;
  /** Images that no flag can find for want of numbers: never measured at import, never embedded. */
  notMeasured: { picture: number; agreement: number };
  thresholds: Thresholds;
  flags: Record<FlagName, { count: number; examples: FlagExample[] }>;
}

const shown = 5;

/**
 * Counts the flags of a dataset; one pass over its samples (docs/quality.md has the seconds).
 * @throws {UsageError} for a threshold out of range.
 */
export function qualityCounts(
  workspace: Workspace,
  datasetId: number,
  given: ThresholdsInput = {},
  examples = shown,
): QualityCounts {
  const { sqlite } = workspace;
  const thresholds = thresholdsOf(given);
  const balanceId = sqlite.prepare('SELECT max(id) FROM balances WHERE dataset_id = ?').pluck().get(datasetId) as
    number | null;
  const { ids, bits } = findFlagged(workspace, { datasetId, balanceId: balanceId ?? undefined, thresholds });
  const { images, pictures, agreements } = sqlite
    .prepare<[number], { images: number; pictures: number; agreements: number }>(
      `SELECT count(*) AS images, count(brightness) AS pictures, count(agreement) AS agreements
       FROM samples WHERE dataset_id = ? AND status = 'ok'`,
    )
    .get(datasetId)!;
  const select = sqlite.prepare<[number], FlagExample>(
    `SELECT id AS sampleId, path, caption, width, height, brightness, contrast, sharpness, agreement
     FROM samples WHERE id = ?`,
  );
  const countOf = (name: FlagName) => {
    const first: FlagExample[] = [];
    let count = 0;
    for (const [at, its] of bits.entries()) {
      if (!hasFlag(its, name)) continue;
      if (count++ < examples) first.push(select.get(ids[at]!)!);
    }
    return { count, examples: first };
  };
  const flags = Object.fromEntries(flagNames.map((name) => [name, countOf(name)])) as QualityCounts['flags'];
  const notMeasured = { picture: images - pictures, agreement: images - agreements };
  return { images, flagged: ids.length, notMeasured, thresholds, flags };
}
