/** @file Which members of a group are chosen: one is current, where the keys act, and any number are selected. */

import type { DecisionKind, GroupDetail, ReviewMember } from '../../preload/contract.ts';

export interface Selection {
  /** Index of the current member. */
  current: number;
  /** Where a range began. */
  anchor: number;
  selected: ReadonlySet<number>;
}

export const nothingSelected = (current = 0): Selection => ({ current, anchor: current, selected: new Set() });

/** A group begins at the image that stays, so that one key confirms it. */
export const selectionOf = (members: readonly ReviewMember[]): Selection =>
  nothingSelected(
    Math.max(
      0,
      members.findIndex(({ keep }) => keep),
    ),
  );

/** Goes to a member; `extend` selects everything from where the range began. */
export function moveTo(selection: Selection, to: number, members: readonly ReviewMember[], extend: boolean): Selection {
  const current = Math.min(Math.max(to, 0), members.length - 1);
  if (!extend) return { ...selection, current, anchor: current };
  const [from, until] = [Math.min(selection.anchor, current), Math.max(selection.anchor, current)];
  const range = members.slice(from, until + 1).map(({ sample }) => sample);
  return { ...selection, current, selected: selection.selected.union(new Set(range)) };
}

export function toggle(selection: Selection, at: number, members: readonly ReviewMember[]): Selection {
  const member = members[at];
  if (!member) return selection;
  return { current: at, anchor: at, selected: selection.selected.symmetricDifference(new Set([member.sample])) };
}

export const selectAll = (selection: Selection, members: readonly ReviewMember[]): Selection => ({
  ...selection,
  selected: new Set(members.map(({ sample }) => sample)),
});

/** Pictures side by side: the first selected ones; otherwise the current one, beside the one that stays. */
export function comparedOf({ current, selected }: Selection, members: readonly ReviewMember[]): ReviewMember[] {
  if (selected.size > 0) return members.filter(({ sample }) => selected.has(sample)).slice(0, mostCompared);
  const kept = members.findIndex(({ keep }) => keep);
  return members.filter((_, at) => at === current || at === kept);
}

const mostCompared = 4;

/**
 * Samples that a decision is about: the selected ones, or the current one. "Not duplicates" needs two and more, and is
 * about the whole group (told as an empty list) when none is selected; a split leaves some. Undefined where it makes no
 * sense.
 */
export function targetsOf(
  kind: DecisionKind,
  { current, selected }: Selection,
  { members, group }: Pick<GroupDetail, 'members' | 'group'>,
): number[] | undefined {
  if (kind === 'not-duplicates') return selected.size === 1 ? undefined : [...selected];
  const member = members[current];
  const targets = selected.size > 0 ? [...selected] : member && [member.sample];
  return kind === 'split' && targets && targets.length >= group.size ? undefined : targets;
}
