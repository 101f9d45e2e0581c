/** @file Which images have which flag: conditions on the columns of samples, the one place that defines them. */

import type { Workspace } from '../store/workspace.ts';
import { flagNames, type FlagName, type Thresholds } from './options.ts';

const usable = `FROM samples WHERE dataset_id = :dataset AND status = 'ok'`;
const removedBy = `
  SELECT sample_id FROM members JOIN duplicate_groups AS g ON g.id = group_id WHERE balance_id = :balance AND NOT keep
  UNION ALL SELECT sample_id FROM removals WHERE balance_id = :balance`;

/** What was not measured is null, and null raises no flag. */
const conditions: Record<FlagName, string> = {
  'too-small': 'min(width, height) < :minSide',
  'odd-aspect': 'max(width, height) > :maxAspect * min(width, height)',
  blurred: 'sharpness < :minSharpness',
  dark: 'brightness < :minBrightness',
  bright: 'brightness > :maxBrightness',
  uniform: 'contrast < :minContrast',
  // of equal files one stays: what the latest balance keeps, else the first
  copy: `id IN (SELECT id FROM (
    SELECT id, row_number() OVER (PARTITION BY hash ORDER BY id IN (${removedBy}), id) AS nth ${usable} AND hash IN (
      SELECT hash FROM samples WHERE dataset_id = :dataset AND hash IS NOT NULL GROUP BY hash HAVING count(*) > 1
    )) WHERE nth > 1)`,
  'no-caption': `trim(caption) = ''`,
  boilerplate: `caption IN (SELECT caption ${usable} AND trim(caption) <> '' GROUP BY caption HAVING count(*) > :maxRepeats)`,
  disagreement: 'agreement < :minAgreement',
};

/** Flagged images of a dataset, by ascending id. */
export interface Flagged {
  ids: Int32Array; // [n]
  /** Bit i stands for `flagNames[i]`; never 0. */
  bits: Uint16Array; // [n]
}

export interface FlagQuery {
  datasetId: number;
  /** The balance whose choice among equal files counts. */
  balanceId: number | undefined;
  thresholds: Thresholds;
}

/** Looks at all usable samples of the dataset for the given flags. */
export function findFlagged(
  { sqlite }: Workspace,
  { datasetId, balanceId, thresholds }: FlagQuery,
  flags: readonly FlagName[] = flagNames,
): Flagged {
  const terms = flags.map((name) => `(((${conditions[name]}) IS TRUE) << ${flagNames.indexOf(name)})`);
  const found = sqlite
    .prepare<[object], [id: number, bits: number]>(
      // materialised: a subquery is merged into its parent, and all conditions computed twice
      `WITH looked AS MATERIALIZED (SELECT id, ${terms.join(' | ')} AS bits ${usable})
       SELECT id, bits FROM looked WHERE bits ORDER BY id`,
    )
    .raw()
    .iterate({
      ...thresholds,
      minAgreement: thresholds.minAgreement ?? null,
      dataset: datasetId,
      balance: balanceId ?? null,
    });
  const ids: number[] = [];
  const bits: number[] = [];
  for (const [id, its] of found) {
    ids.push(id);
    bits.push(its);
  }
  return { ids: Int32Array.from(ids), bits: Uint16Array.from(bits) };
}

export const hasFlag = (bits: number, name: FlagName): boolean => ((bits >> flagNames.indexOf(name)) & 1) === 1;

export const flagsOf = (bits: number): FlagName[] => flagNames.filter((name) => hasFlag(bits, name));
