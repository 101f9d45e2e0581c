/** @file Which members of a group stay: protected ones and human decisions first, then the keep rule. */

/** What a person last said of one image. */
export type Verdict = 'keep' | 'remove';

/**
 * Rank of a member: `KEPT` stays in any case (protected, or kept by the balance before an incremental one), `REMOVED`
 * goes in any case, and from 1 on it is the order in which the keep rule would take them.
 */
export const KEPT = 0;
export const REMOVED = -1;

/**
 * Sets `keep` `[n]` to 1 for the members that stay. A verdict goes before the rank. Where anybody stays in any case, all
 * others go; otherwise the first by rank stays. Nobody stays where all are removed in any case.
 */
export function chooseKept(
  ranks: ArrayLike<number>,
  verdictOf: (at: number) => Verdict | undefined,
  keep: Uint8Array,
): void {
  let first = -1;
  let decided = false;
  for (let at = 0; at < ranks.length; at++) {
    const verdict = verdictOf(at);
    const stays = verdict === 'keep' || (verdict !== 'remove' && ranks[at] === KEPT);
    keep[at] = stays ? 1 : 0;
    decided ||= stays;
    if (verdict === undefined && ranks[at]! > 0 && (first < 0 || ranks[at]! < ranks[first]!)) first = at;
  }
  if (!decided && first >= 0) keep[first] = 1;
}
