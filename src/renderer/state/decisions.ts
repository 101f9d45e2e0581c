/** @file What a person does to groups of duplicates: decides, puts off, cuts, takes back, goes to what is undecided. */

import type { Decided, DecisionKind } from '../../preload/contract.ts';
import { request } from '../api/api.ts';
import {
  chooseGroup,
  detailSettled,
  refreshDuplicates,
  reloadDetail,
  showDialog,
  useDuplicates,
} from './duplicates.ts';
import { formatCount } from './format.ts';
import { nothingSelected, targetsOf } from './selection.ts';
import { notify, requireAnnotator } from './session.ts';

const { getState: get, setState: set } = useDuplicates;

let deciding = false;

/** One decision at a time: a key that is pressed twice decides once. */
async function oneAtATime(work: () => Promise<void>): Promise<void> {
  if (deciding) return;
  deciding = true;
  try {
    // the group that was just turned to, and not the one before
    await detailSettled();
    await work();
  } finally {
    deciding = false;
  }
}

/** The workspace and who decides in it; undefined when nobody gave a name. */
async function author(): Promise<{ workspace: string; annotator: string } | undefined> {
  const { workspace } = get();
  const annotator = workspace === null ? null : await requireAnnotator();
  return workspace === null || annotator === null ? undefined : { workspace, annotator };
}

/** Decides on the selected members, or on the current one. */
export function decideSelected(kind: DecisionKind): Promise<void> {
  return oneAtATime(async () => {
    const { detail, selection } = get();
    const targets = detail && targetsOf(kind, selection, detail);
    const by = targets && (await author());
    if (!detail || !targets || !by) return;
    const { id: group, size } = detail.group;
    // no list is needed for all of a large group
    const samples = targets.length === size ? [] : targets;
    await show(group, await request('decide', { ...by, group, kind, samples }));
  });
}

/** Confirms the pictures that stay now, and goes on. */
export function acceptGroup(): Promise<void> {
  return oneAtATime(async () => {
    const by = await author();
    const { detail } = get();
    if (!detail || !by) return;
    await request('decision.accept', { ...by, group: detail.group.id });
    await goOn(`Accepted ${pictures(detail.group.kept)} of ${formatCount(detail.group.size)}.`);
  });
}

/** Puts the group off, and goes on. */
export function deferGroup(): Promise<void> {
  return oneAtATime(async () => {
    const by = await author();
    const { detail } = get();
    if (!detail || !by) return;
    await request('decide', { ...by, group: detail.group.id, kind: 'defer', samples: [] });
    await goOn('Put off: it comes back when no other group is left.');
  });
}

/** @param distance null: only the weakest link */
export function cutGroup(distance: number | null): Promise<void> {
  return oneAtATime(async () => {
    const by = await author();
    const { detail } = get();
    if (!detail || !by) return;
    const group = detail.group.id;
    const decided = await request('decision.cut', { ...by, group, distance });
    showDialog(null);
    await show(group, decided);
  });
}

/** Takes back the last decision and turns to the group that it was about. */
export const undoDecision = (): Promise<void> => turn('decision.undo', 'Undone');
/** Restores what was taken back last. */
export const redoDecision = (): Promise<void> => turn('decision.redo', 'Restored');

function turn(channel: 'decision.undo' | 'decision.redo', word: string): Promise<void> {
  return oneAtATime(async () => {
    const by = await author();
    if (!by) return;
    const { kind, count, group } = await request(channel, { ...by, dataset: get().dataset });
    set({ shown: 'groups' });
    if (group === null || group === get().chosen) await reloadDetail();
    else await chooseGroup(group);
    set({ outcome: `${word}: ${verbs[kind]} ${pictures(count)}.` });
  });
}

/** The undecided group after (1) or before (-1) the chosen one, as the list is sorted. */
export async function stepUndecided(step: 1 | -1): Promise<void> {
  if (!(await toUndecided(step))) set({ outcome: 'All groups are decided.' });
}

async function toUndecided(step: 1 | -1): Promise<boolean> {
  const { workspace, balance, order, descending, minSize, chosen } = get();
  if (workspace === null) return true;
  const query = { workspace, balance, order, descending, minSize, from: chosen, step };
  const next = await request('groups.undecided', query);
  if (next !== null) await chooseGroup(next);
  return next !== null;
}

/** After a decision that ends a group. */
async function goOn(outcome: string): Promise<void> {
  await reloadDetail();
  const more = await toUndecided(1);
  set({ outcome: more ? outcome : `${outcome} All groups are decided.` });
}

/** What was decided on a group; who has turned to another one meanwhile stays there. */
async function show(group: number, decided: Decided): Promise<void> {
  const { chosen, selection } = get();
  if (chosen !== group) return;
  set({ selection: nothingSelected(selection.current) });
  await reloadDetail();
  set({ outcome: outcomeOf(decided) });
}

/** Writes all decisions on the dataset where the person says. */
export async function exportDecisions(): Promise<void> {
  const { workspace, dataset } = get();
  const out = workspace === null ? null : await request('decisions.target', { name: 'decisions.csv' });
  if (workspace === null || out === null) return;
  const { path, rows } = await request('decisions.export', { workspace, dataset, out });
  notify('info', `${formatCount(rows)} rows of decisions in ${path}`);
}

/** Adds decisions of a table that the person names. */
export async function importDecisions(): Promise<void> {
  const { workspace, dataset } = get();
  const [file] = workspace === null ? [] : await request('source.choose', { what: 'files' });
  if (workspace === null || file === undefined) return;
  const { imported, skipped, unknownSamples } = await request('decisions.import', { workspace, dataset, file });
  const unknown = unknownSamples > 0 ? ` ${formatCount(unknownSamples)} pictures are not in this dataset.` : '';
  await refreshDuplicates();
  notify('info', `${formatCount(imported)} decisions imported, ${formatCount(skipped)} known already.${unknown}`);
}

const verbs: Record<DecisionKind, string> = {
  keep: 'keep',
  'keep-only': 'keep',
  remove: 'remove',
  'not-duplicates': 'no duplicates among',
  split: 'split off',
  defer: 'put off',
};
const pictures = (count: number): string => `${formatCount(count)} picture${count === 1 ? '' : 's'}`;

/** What a decision did, in words. */
export function outcomeOf({ kind, count, atOnce, emptied }: Decided): string {
  const done = {
    keep: `Kept ${pictures(count)}.`,
    'keep-only': `Kept ${pictures(count)}.`,
    remove: `Removed ${pictures(count)}.`,
    'not-duplicates': `Marked ${pictures(count)} as no duplicates of each other.`,
    split: `Split off ${pictures(count)}.`,
    defer: `Put off ${pictures(count)}.`,
  }[kind];
  if (!atOnce) return `${done} It counts when balance runs again.`;
  return emptied.length > 0 ? `${done} No picture of this group stays.` : done;
}
