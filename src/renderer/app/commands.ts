/** @file What the commands of keys and of the menu do. */

import { useEffect } from 'react';
import type { MenuCommand } from '../../preload/contract.ts';
import { on } from '../api/api.ts';
import { selectAllPictures, selectNoPicture, setZoom, showDetail, showExport, useBrowse } from '../state/browse.ts';
import { decidePictures, undoInBrowse } from '../state/browseDecisions.ts';
import {
  attempt,
  chooseWorkspace,
  closeWorkspace,
  showHelp,
  showPage,
  showView,
  useSession,
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
import { repeated, shortcuts } from './shortcuts.ts';

const actions: Record<MenuCommand, () => void> = {
  'workspace.create': () => {
    attempt(chooseWorkspace('create'));
  },
  'workspace.open': () => {
    attempt(chooseWorkspace('open'));
  },
  'workspace.close': () => {
    attempt(closeWorkspace());
  },
  'job.start': () => {
    if (useSession.getState().workspace) attempt(startJob({ kind: 'demo', quick: true }));
  },
  'job.cancel': () => {
    attempt(stopRunning());
  },
  'settings.show': () => {
    showPage('settings');
  },
  'doctor.show': () => {
    showPage('doctor');
  },
  'view.overview': () => {
    showView('overview');
  },
  'view.browse': () => {
    showView('browse');
  },
  'view.duplicates': () => {
    showView('duplicates');
  },
  'view.clusters': () => {
    showView('clusters');
  },
  'view.data': () => {
    showView('data');
  },
  'view.results': () => {
    showView('results');
  },
  'view.runs': () => {
    showView('runs');
  },
  'browse.search': () => {
    document.getElementById('browse-search')?.focus();
  },
  'browse.open': () => {
    showDetail(true);
  },
  'browse.all': () => {
    selectAllPictures();
  },
  'browse.none': () => {
    selectNoPicture();
  },
  'browse.keep': () => {
    attempt(decidePictures('keep'));
  },
  'browse.remove': () => {
    attempt(decidePictures('remove'));
  },
  'browse.undo': () => {
    attempt(undoInBrowse());
  },
  'browse.export': () => {
    showExport(true);
  },
  'browse.larger': () => {
    setZoom(useBrowse.getState().zoom + 1);
  },
  'browse.smaller': () => {
    setZoom(useBrowse.getState().zoom - 1);
  },
  'review.accept': () => {
    attempt(acceptGroup());
  },
  'review.keep': () => {
    attempt(decideSelected('keep-only'));
  },
  'review.remove': () => {
    attempt(decideSelected('remove'));
  },
  'review.apart': () => {
    attempt(decideSelected('not-duplicates'));
  },
  'review.split': () => {
    attempt(decideSelected('split'));
  },
  'review.cut': () => {
    showDialog('cut');
  },
  'review.defer': () => {
    attempt(deferGroup());
  },
  'review.rule': () => {
    showDialog('rule');
  },
  'review.agreement': () => {
    showDialog('agreement');
  },
  'decision.redo': () => {
    attempt(redoDecision());
  },
  'group.nextUndecided': () => {
    attempt(stepUndecided(1));
  },
  'group.previousUndecided': () => {
    attempt(stepUndecided(-1));
  },
  'decision.undo': () => {
    attempt(undoDecision());
  },
  'group.next': () => {
    attempt(stepGroup(1));
  },
  'group.previous': () => {
    attempt(stepGroup(-1));
  },
  'members.all': () => {
    selectMembers(true);
  },
  'members.compare': () => {
    showComparison(true);
  },
  'members.none': () => {
    selectMembers(false);
  },
  'clusters.map': () => {
    togglePart();
  },
  help: () => {
    showHelp(!useSession.getState().helpShown);
  },
};

/** Commands from keys and from the menu. */
export function useCommands(): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const { view } = useSession.getState();
      const shortcut = shortcuts.find(({ where = view, matches }) => where === view && matches(event));
      if (!shortcut || (event.repeat && !repeated.includes(shortcut.command))) return;
      event.preventDefault();
      actions[shortcut.command]();
    };
    window.addEventListener('keydown', press);
    const stop = on('menu.command', ({ command }) => {
      const { view } = useSession.getState();
      const elsewhere = shortcuts.some((shortcut) => shortcut.command === command && (shortcut.where ?? view) !== view);
      if (!elsewhere) actions[command]();
    });
    return () => {
      window.removeEventListener('keydown', press);
      stop();
    };
  }, []);
}
