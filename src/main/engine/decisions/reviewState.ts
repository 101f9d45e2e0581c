/** @file How far the review of a group is, stored with it so that groups can be sorted and counted by it. */

import type { Workspace } from '../store/workspace.ts';

export const OPEN = 0;
export const DEFERRED = 1;
export const DECIDED = 2;

/** That a member of group g has a decision; one about groups counts until a balance has obeyed it. */
const said = (which: string): string => `EXISTS (
  SELECT 1 FROM members m JOIN decision_samples s ON s.sample_id = m.sample_id JOIN decisions d ON d.id = s.decision_id
  WHERE m.group_id = g.id AND d.undone_at IS NULL AND ${which})`;
const decided = said(`(d.kind IN ('keep', 'keep-only', 'remove') OR (d.kind IN ('not-duplicates', 'split')
  AND d.decided_at > (SELECT finished_at FROM balances b WHERE b.id = g.balance_id)))`);
const state = `CASE WHEN ${decided} THEN ${DECIDED} WHEN ${said("d.kind = 'defer'")} THEN ${DEFERRED} ELSE ${OPEN} END`;

/** After a decision was made, taken back or restored: the groups of its samples. */
export function reviewAfter({ sqlite }: Workspace, decision: number): void {
  sqlite
    .prepare(
      `UPDATE duplicate_groups AS g SET review = ${state} WHERE id IN (
         SELECT m.group_id FROM decision_samples s JOIN members m ON m.sample_id = s.sample_id WHERE s.decision_id = ?)`,
    )
    .run(decision);
}

/** For a balance that was just stored. */
export function reviewOfBalance({ sqlite }: Workspace, balance: number): void {
  sqlite
    .prepare(
      `UPDATE duplicate_groups AS g SET review = ${state} WHERE g.balance_id = @balance AND g.id IN (
         SELECT m.group_id FROM decisions d JOIN decision_samples s ON s.decision_id = d.id
         JOIN members m ON m.sample_id = s.sample_id
         WHERE d.dataset_id = (SELECT dataset_id FROM balances WHERE id = @balance) AND d.undone_at IS NULL)`,
    )
    .run({ balance });
}
