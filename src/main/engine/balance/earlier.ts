/** @file The balance before this one: what it looked at, what it decided, and with which options. */

import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { exclusionShape } from '../quality/options.ts';
import { latestBalance, removedSamples, type Workspace } from '../store/workspace.ts';
import { EARLIER_KEPT, EARLIER_REMOVED } from './fates.ts';
import { keepRule, type BalanceOptions } from './options.ts';

/** Options that a balance stored and an incremental one takes over. */
const storedSchema = z.object({
  topK: z.union([z.int().positive(), z.literal('all')]).optional(),
  keep: keepRule.optional(),
  maxDiameter: z.number().optional(),
  maxGroupSize: z.number().optional(),
  ...exclusionShape,
});

export interface EarlierBalance {
  id: number;
  teacher: string;
  /** With `beta` as it was given or found. */
  options: BalanceOptions;
  /** 1 for the rows that it looked at `[images]`; undefined where an older version did not store them. */
  lookedAt: (sampleIds: Int32Array) => Uint8Array | undefined;
}

export async function earlierBalance(workspace: Workspace, datasetId: number): Promise<EarlierBalance | undefined> {
  const balance = await latestBalance(workspace, datasetId);
  if (!balance) return undefined;
  const options = storedSchema.safeParse(JSON.parse(balance.options)).data ?? {};
  return {
    id: balance.id,
    teacher: balance.teacher,
    options: { ...options, beta: balance.beta },
    lookedAt: (sampleIds) => lookedAt(workspace, balance, sampleIds),
  };
}

function lookedAt(
  { sqlite }: Workspace,
  { id, images }: { id: number; images: number },
  sampleIds: Int32Array,
): Uint8Array | undefined {
  const runs = sqlite
    .prepare<[number], { first: number; last: number }>(
      'SELECT first, last FROM balance_samples WHERE balance_id = ? ORDER BY first',
    )
    .all(id);
  if (runs.length === 0 && images > 0) return undefined;
  const marks = new Uint8Array(sampleIds.length);
  let run = 0;
  for (const [row, sample] of sampleIds.entries()) {
    while (run < runs.length && runs[run]!.last < sample) run++;
    if (run < runs.length && runs[run]!.first <= sample) marks[row] = 1;
  }
  return marks;
}

/**
 * What the earlier balance did with each row `[images]`, as in fates.ts.
 * @throws {UsageError} where there is none, or an older version made it.
 */
export async function earlierFates(
  workspace: Workspace,
  dataset: string,
  earlier: EarlierBalance | undefined,
  sampleIds: Int32Array,
): Promise<Uint8Array> {
  const lookedAtRows = earlier?.lookedAt(sampleIds);
  if (!earlier || !lookedAtRows) {
    const why = earlier ? 'was made by an older version' : 'is missing';
    throw new UsageError(
      `--incremental goes on from an earlier balance of "${dataset}", which ${why}. Run once without it: distillery balance --dataset ${dataset}`,
    );
  }
  const removed = await removedSamples(workspace, earlier.id);
  return lookedAtRows.map((known, row) => {
    if (known === 0) return 0;
    return removed.has(sampleIds[row]!) ? EARLIER_REMOVED : EARLIER_KEPT;
  });
}
