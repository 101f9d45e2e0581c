/** @file The application menu. Its keys are shown here and handled by the page, so that they work the same everywhere. */

import { BrowserWindow, Menu, type MenuItemConstructorOptions } from 'electron';
import type { MenuCommand } from '../preload/contract.ts';
import { sendEvent } from './ipc/router.ts';

export function setMenu(openWindow: () => void): void {
  const item = (label: string, accelerator: string, command: MenuCommand): MenuItemConstructorOptions => ({
    label,
    accelerator,
    registerAccelerator: false,
    click: () => {
      const window = BrowserWindow.getFocusedWindow();
      if (window) sendEvent(window, 'menu.command', { command });
    },
  });
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      {
        label: '&File',
        submenu: [
          item('New workspace…', 'CmdOrCtrl+N', 'workspace.create'),
          item('Open workspace…', 'CmdOrCtrl+O', 'workspace.open'),
          item('Close workspace', 'CmdOrCtrl+Shift+W', 'workspace.close'),
          { type: 'separator' },
          { label: 'New window', click: openWindow },
          item('Settings…', 'CmdOrCtrl+,', 'settings.show'),
          item('Doctor…', 'CmdOrCtrl+Shift+D', 'doctor.show'),
          { type: 'separator' },
          { role: 'quit' },
        ],
      },
      {
        label: '&Job',
        submenu: [
          item('Start the demo', 'CmdOrCtrl+Enter', 'job.start'),
          item('Stop the running job', 'CmdOrCtrl+Shift+K', 'job.cancel'),
        ],
      },
      {
        label: '&Review',
        submenu: [
          item('Accept', 'Enter', 'review.accept'),
          item('Keep', 'K', 'review.keep'),
          item('Remove', 'R', 'review.remove'),
          item('Split off', 'S', 'review.split'),
          item('Cut the weakest link…', 'X', 'review.cut'),
          item('Not duplicates', 'D', 'review.apart'),
          item('Later', 'L', 'review.defer'),
          { type: 'separator' },
          item('Decide by a rule…', 'B', 'review.rule'),
          item('Agreement of two reviewers…', 'G', 'review.agreement'),
          { type: 'separator' },
          item('Undo the last decision', 'U', 'decision.undo'),
          item('Redo', 'Shift+U', 'decision.redo'),
          { type: 'separator' },
          item('Next undecided group', 'J', 'group.nextUndecided'),
          item('Previous undecided group', 'Shift+J', 'group.previousUndecided'),
          item('Next group', 'N', 'group.next'),
          item('Previous group', 'P', 'group.previous'),
          item('Select all pictures', 'A', 'members.all'),
          item('Select none', 'Esc', 'members.none'),
          item('Look closer', 'V', 'members.compare'),
        ],
      },
      { role: 'editMenu' },
      {
        label: '&View',
        submenu: [
          item('Overview', '1', 'view.overview'),
          item('Browse', '2', 'view.browse'),
          item('Duplicates', '3', 'view.duplicates'),
          item('Clusters', '4', 'view.clusters'),
          item('Data', '5', 'view.data'),
          item('Runs', '6', 'view.runs'),
          item('Results', '7', 'view.results'),
          { type: 'separator' },
          { role: 'resetZoom' },
          { role: 'zoomIn' },
          { role: 'zoomOut' },
          { type: 'separator' },
          { role: 'togglefullscreen' },
          { role: 'toggleDevTools' },
        ],
      },
      { label: '&Help', submenu: [item('Keyboard shortcuts', 'F1', 'help')] },
    ]),
  );
}
