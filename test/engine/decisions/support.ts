/** @file A small balanced data set for tests of decisions, and what the database says of it. */

import { run, type BalanceOptions } from '../../../src/main/engine/balance/run.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import type { Workspace } from '../../../src/main/engine/store/workspace.ts';
import { DATASET, workspaceWith } from '../support/vectors.ts';

export const balance = (workspace: Workspace, options: BalanceOptions) =>
  run({ workspace, dataset: DATASET }, options, silentContext());

/** Unit rows on a circle, in degrees. */
export const circle = (...degrees: number[]): Float32Array =>
  Float32Array.from(degrees.flatMap((a) => [Math.cos((a * Math.PI) / 180), Math.sin((a * Math.PI) / 180)]));

/** 10 degrees are 0.174. */
export const beta = 0.18;

/** Groups 1 (samples 1 to 4, a chain whose links grow), 2 (5 and 6) and 3 (7 to 9); sample 10 is alone. */
export async function balancedRing(): Promise<Workspace> {
  const workspace = await workspaceWith(circle(0, 9, 18.5, 28.5, 90, 95, 150, 155, 162, 240), 2);
  await balance(workspace, { beta });
  return workspace;
}

export const keptIn = ({ sqlite }: Workspace, group: number): number[] =>
  sqlite
    .prepare<[number], number>('SELECT sample_id FROM members WHERE group_id = ? AND keep = 1 ORDER BY sample_id')
    .pluck()
    .all(group);

/** All that decisions change in the latest balance. */
export function snapshot({ sqlite }: Workspace): unknown {
  const all = (sql: string): unknown[] => sqlite.prepare(sql).raw().all();
  return {
    members: all('SELECT group_id, sample_id, keep FROM members ORDER BY 1, 2'),
    removals: all('SELECT balance_id, sample_id, reason FROM removals ORDER BY 1, 2'),
    balances: all('SELECT id, kept, removed FROM balances'),
    groups: all('SELECT id, review FROM duplicate_groups ORDER BY 1'),
  };
}

/** Members of the groups of the latest balance, ascending; groups by their lowest member. */
export function groupsOf({ sqlite }: Workspace): number[][] {
  const rows = sqlite
    .prepare<[], { group: number; sample: number }>(
      `SELECT group_id AS "group", sample_id AS sample FROM members JOIN duplicate_groups g ON g.id = group_id
       WHERE balance_id = (SELECT max(id) FROM balances) ORDER BY group_id, sample_id`,
    )
    .all();
  return [...Map.groupBy(rows, ({ group }) => group).values()].map((own) => own.map(({ sample }) => sample));
}
