/** @file Keys of the window: one table, for the handler, the help and the hints on buttons. */

import { useEffect } from 'react';
import type { MenuCommand } from '../../preload/contract.ts';
import { on } from '../api/api.ts';
import {
  decidePictures,
  selectAllPictures,
  selectNoPicture,
  setZoom,
  showDetail,
  showExport,
  undoInBrowse,
  useBrowse,
} from '../state/browse.ts';
import {
  attempt,
  chooseWorkspace,
  closeWorkspace,
  showHelp,
  showPage,
  showView,
  useSession,
  type View,
} from '../state/session.ts';
import {
  acceptGroup,
  decideSelected,
  deferGroup,
  redoDecision,
  stepUndecided,
  undoDecision,
} from '../state/decisions.ts';
import { selectMembers, showComparison, showDialog, stepGroup } from '../state/duplicates.ts';
import { togglePart } from '../state/map.ts';
import { startJob, stopRunning } from '../state/workspace.ts';

const isMac = navigator.userAgent.includes('Mac');
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

const withMod =
  (key: string, shift = false) =>
  (event: KeyboardEvent) =>
    (isMac ? event.metaKey : event.ctrlKey) && event.shiftKey === shift && event.key.toLowerCase() === key;

/** A letter or digit alone, unless somebody writes. */
const plain =
  (...keys: string[]) =>
  ({ key, ctrlKey, metaKey, altKey, target }: KeyboardEvent) =>
    !ctrlKey && !metaKey && !altKey && keys.includes(key.toLowerCase()) && !isWriting(target, key);

/** Also above an open dialog whose focus went with a button: Escape is the dialog's then. */
const isWriting = (target: EventTarget | null, key: string): boolean => {
  if (document.querySelector('dialog[open]') !== null) return true;
  if (!(target instanceof HTMLElement)) return false;
  const field = target.closest('input, textarea, select');
  // these take spaces and arrows, no letters
  const ticked = field !== null && /^(checkbox|radio|range)$/.test(field.getAttribute('type') ?? '');
  return ticked ? key === ' ' || key.length > 1 : field !== null;
};

const undoes = (event: KeyboardEvent): boolean =>
  (plain('u')(event) && !event.shiftKey) || (withMod('z')(event) && !isWriting(event.target, event.key));

const redoes = (event: KeyboardEvent): boolean =>
  shifted('u')(event) || ((withMod('z', true)(event) || withMod('y')(event)) && !isWriting(event.target, event.key));

const shifted =
  (key: string) =>
  (event: KeyboardEvent): boolean =>
    event.shiftKey && plain(key)(event);

/** A button or a link that has the focus keeps its Enter. */
const accepts = (event: KeyboardEvent): boolean =>
  plain('enter')(event) &&
  !(event.target instanceof HTMLElement && event.target.closest('button, a, summary') !== null);

/** Where the pictures have the focus: a button keeps its Enter. */
const opens = (event: KeyboardEvent): boolean =>
  plain('enter')(event) && !(event.target instanceof HTMLElement && event.target.closest('button') !== null);

/** What lies open above the pictures is closed by the browser. */
const leaves = (event: KeyboardEvent): boolean =>
  plain('escape')(event) && document.querySelector(':popover-open') === null;

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
const repeated: MenuCommand[] = ['group.next', 'group.previous'];

export const keysOf = (command: MenuCommand): string | undefined =>
  shortcuts.find((shortcut) => shortcut.command === command)?.keys;

function carryOut(command: MenuCommand): void {
  switch (command) {
    case 'workspace.create':
      attempt(chooseWorkspace('create'));
      break;
    case 'workspace.open':
      attempt(chooseWorkspace('open'));
      break;
    case 'workspace.close':
      attempt(closeWorkspace());
      break;
    case 'job.start':
      if (useSession.getState().workspace) attempt(startJob({ kind: 'demo', quick: true }));
      break;
    case 'job.cancel':
      attempt(stopRunning());
      break;
    case 'settings.show':
      showPage('settings');
      break;
    case 'doctor.show':
      showPage('doctor');
      break;
    case 'view.overview':
      showView('overview');
      break;
    case 'view.browse':
      showView('browse');
      break;
    case 'view.duplicates':
      showView('duplicates');
      break;
    case 'view.clusters':
      showView('clusters');
      break;
    case 'view.data':
      showView('data');
      break;
    case 'view.results':
      showView('results');
      break;
    case 'view.runs':
      showView('runs');
      break;
    case 'review.accept':
      attempt(acceptGroup());
      break;
    case 'browse.search':
      document.getElementById('browse-search')?.focus();
      break;
    case 'browse.open':
      showDetail(true);
      break;
    case 'browse.all':
      selectAllPictures();
      break;
    case 'browse.none':
      selectNoPicture();
      break;
    case 'browse.keep':
      attempt(decidePictures('keep'));
      break;
    case 'browse.remove':
      attempt(decidePictures('remove'));
      break;
    case 'browse.undo':
      attempt(undoInBrowse());
      break;
    case 'browse.export':
      showExport(true);
      break;
    case 'browse.larger':
      setZoom(useBrowse.getState().zoom + 1);
      break;
    case 'browse.smaller':
      setZoom(useBrowse.getState().zoom - 1);
      break;
    case 'review.keep':
      attempt(decideSelected('keep-only'));
      break;
    case 'review.split':
      attempt(decideSelected('split'));
      break;
    case 'review.cut':
      showDialog('cut');
      break;
    case 'review.defer':
      attempt(deferGroup());
      break;
    case 'review.rule':
      showDialog('rule');
      break;
    case 'review.agreement':
      showDialog('agreement');
      break;
    case 'decision.redo':
      attempt(redoDecision());
      break;
    case 'group.nextUndecided':
      attempt(stepUndecided(1));
      break;
    case 'group.previousUndecided':
      attempt(stepUndecided(-1));
      break;
    case 'review.remove':
      attempt(decideSelected('remove'));
      break;
    case 'review.apart':
      attempt(decideSelected('not-duplicates'));
      break;
    case 'decision.undo':
      attempt(undoDecision());
      break;
    case 'group.next':
      attempt(stepGroup(1));
      break;
    case 'group.previous':
      attempt(stepGroup(-1));
      break;
    case 'members.all':
      selectMembers(true);
      break;
    case 'members.compare':
      showComparison(true);
      break;
    case 'members.none':
      selectMembers(false);
      break;
    case 'clusters.map':
      togglePart();
      break;
    case 'help':
      showHelp(!useSession.getState().helpShown);
      break;
  }
}

/** Commands from keys and from the menu. */
export function useCommands(): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const { view } = useSession.getState();
      const shortcut = shortcuts.find(({ where = view, matches }) => where === view && matches(event));
      if (!shortcut || (event.repeat && !repeated.includes(shortcut.command))) return;
      event.preventDefault();
      carryOut(shortcut.command);
    };
    window.addEventListener('keydown', press);
    const stop = on('menu.command', ({ command }) => {
      const { view } = useSession.getState();
      const elsewhere = shortcuts.some((shortcut) => shortcut.command === command && (shortcut.where ?? view) !== view);
      if (!elsewhere) carryOut(command);
    });
    return () => {
      window.removeEventListener('keydown', press);
      stop();
    };
  }, []);
}
