/** @file Keys of the window: one table, for the handler, the help and the hints on buttons. */

import type { MenuCommand } from '../../preload/contract.ts';
import type { View } from '../state/session.ts';
import { accepts, isMac, leaves, opens, plain, redoes, shifted, undoes, withMod } from './keys.ts';

const mod = isMac ? '⌘' : 'Ctrl';

interface Shortcut {
  command: MenuCommand;
  /** The only view that it works in. */
  where?: View;
  /** As the person reads it. */
  keys: string;
  what: string;
  matches: (event: KeyboardEvent) => boolean;
}

const inDuplicates = (entries: Omit<Shortcut, 'where'>[]): Shortcut[] =>
  entries.map((entry) => ({ ...entry, where: 'duplicates' }));

const inBrowse = (entries: Omit<Shortcut, 'where'>[]): Shortcut[] =>
  entries.map((entry) => ({ ...entry, where: 'browse' }));

export const shortcuts: Shortcut[] = [
  { command: 'workspace.create', keys: `${mod} N`, what: 'New workspace', matches: withMod('n') },
  { command: 'workspace.open', keys: `${mod} O`, what: 'Open a workspace', matches: withMod('o') },
  { command: 'workspace.close', keys: `${mod} Shift W`, what: 'Close the workspace', matches: withMod('w', true) },
  { command: 'job.start', keys: `${mod} Enter`, what: 'Start the demo', matches: withMod('enter') },
  { command: 'job.cancel', keys: `${mod} Shift K`, what: 'Stop the running job', matches: withMod('k', true) },
  { command: 'settings.show', keys: `${mod} ,`, what: 'Settings', matches: withMod(',') },
  { command: 'doctor.show', keys: `${mod} Shift D`, what: 'What this machine has', matches: withMod('d', true) },
  { command: 'view.overview', keys: '1', what: 'Overview', matches: plain('1') },
  { command: 'view.browse', keys: '2', what: 'Browse', matches: plain('2') },
  { command: 'view.duplicates', keys: '3', what: 'Duplicates', matches: plain('3') },
  { command: 'view.clusters', keys: '4', what: 'Clusters', matches: plain('4') },
  { command: 'view.data', keys: '5', what: 'Data', matches: plain('5') },
  { command: 'view.runs', keys: '6', what: 'Runs', matches: plain('6') },
  { command: 'view.results', keys: '7', what: 'Results: evaluate, export', matches: plain('7') },
  ...inBrowse([
    { command: 'browse.search', keys: '/', what: 'Search', matches: plain('/') },
    { command: 'browse.open', keys: 'Enter', what: 'Look closer at the picture', matches: opens },
    { command: 'browse.all', keys: 'A', what: 'Select all that pass the filter', matches: plain('a') },
    { command: 'browse.none', keys: 'Esc', what: 'Select none, then close the panel', matches: leaves },
    { command: 'browse.keep', keys: 'K', what: 'Keep the selected pictures', matches: plain('k') },
    { command: 'browse.remove', keys: 'R', what: 'Remove the selected pictures', matches: plain('r', 'delete') },
    { command: 'browse.undo', keys: 'U', what: 'Undo the last decision', matches: undoes },
    { command: 'browse.export', keys: 'E', what: 'Export the selected pictures', matches: plain('e') },
    { command: 'browse.larger', keys: '+', what: 'Larger pictures', matches: plain('+', '=') },
    { command: 'browse.smaller', keys: '-', what: 'Smaller pictures', matches: plain('-') },
  ]),
  ...inDuplicates([
    { command: 'review.accept', keys: 'Enter', what: 'Accept what stays, and on to the next', matches: accepts },
    { command: 'review.keep', keys: 'K', what: 'Keep only the selected pictures', matches: plain('k') },
    { command: 'review.remove', keys: 'R', what: 'Remove the selected pictures', matches: plain('r', 'delete') },
    { command: 'review.split', keys: 'S', what: 'Split the selected off from the rest', matches: plain('s') },
    { command: 'review.cut', keys: 'X', what: 'Cut the weakest link', matches: plain('x') },
    { command: 'review.apart', keys: 'D', what: 'Not duplicates: the selected, or all', matches: plain('d') },
    { command: 'review.defer', keys: 'L', what: 'Later: put the group off', matches: plain('l') },
    { command: 'review.rule', keys: 'B', what: 'Decide many groups by a rule', matches: plain('b') },
    { command: 'review.agreement', keys: 'G', what: 'Agreement of two reviewers', matches: plain('g') },
    { command: 'decision.undo', keys: 'U', what: 'Undo the last decision', matches: undoes },
    { command: 'decision.redo', keys: 'Shift U', what: 'Redo what was undone', matches: redoes },
    { command: 'group.previousUndecided', keys: 'Shift J', what: 'Previous undecided group', matches: shifted('j') },
    { command: 'group.nextUndecided', keys: 'J', what: 'Next undecided group', matches: plain('j') },
    { command: 'group.next', keys: 'N', what: 'Next group', matches: plain('n') },
    { command: 'group.previous', keys: 'P', what: 'Previous group', matches: plain('p') },
    { command: 'members.all', keys: 'A', what: 'Select all pictures of the group', matches: plain('a') },
    { command: 'members.none', keys: 'Esc', what: 'Select none', matches: plain('escape') },
    { command: 'members.compare', keys: 'V', what: 'Look closer: up to four side by side', matches: plain('v') },
  ]),
  { command: 'clusters.map', where: 'clusters', keys: 'M', what: 'Map, or sizes', matches: plain('m') },
  { command: 'help', keys: '?', what: 'Show these keys', matches: ({ key }) => key === '?' || key === 'F1' },
];

/** Held down, these go on. */
export const repeated: MenuCommand[] = ['group.next', 'group.previous'];

export const keysOf = (command: MenuCommand): string | undefined =>
  shortcuts.find((shortcut) => shortcut.command === command)?.keys;
