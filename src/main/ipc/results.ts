/** @file Where results come from and go to: dialogs, and the file manager. */

import { dialog, shell } from 'electron';
import type { Params, Reply, Result } from '../../preload/contract.ts';
import type { ServiceProcess } from '../serviceProcess.ts';
import type { OpenWorkspaces } from './workspaces.ts';

type What = Params<'result.choose'>['what'];

const opened: Record<Exclude<What, 'new-folder' | 'new-file'>, Electron.OpenDialogOptions> = {
  'data-folder': { title: 'Pictures to evaluate on: choose a folder', properties: ['openDirectory'] },
  'data-file': { title: 'Pictures to evaluate on: choose a table or a shard', properties: ['openFile'] },
  model: { title: 'Model: choose an open_clip folder', properties: ['openDirectory'] },
  names: {
    title: 'Choose a list of names or prompts',
    properties: ['openFile'],
    filters: [{ name: 'Lists', extensions: ['txt', 'json'] }],
  },
  root: { title: 'Choose the folder of all sets', properties: ['openDirectory'] },
};

export function resultMainHandlers(service: ServiceProcess, workspaces: OpenWorkspaces) {
  return {
    'result.choose': async (
      window: Electron.BrowserWindow,
      { what, name, endings }: Params<'result.choose'>,
    ): Promise<Result<'result.choose'>> => {
      if (what !== 'new-folder' && what !== 'new-file') {
        const { filePaths } = await dialog.showOpenDialog(window, { ...opened[what], buttonLabel: 'Choose' });
        return filePaths[0] ?? null;
      }
      const { filePath, canceled } = await dialog.showSaveDialog(window, {
        title: what === 'new-folder' ? 'Export to a folder: its name' : 'Export to a file',
        buttonLabel: 'Choose',
        ...(name !== null && { defaultPath: name }),
        ...(endings.length > 0 && { filters: [{ name: 'Files of this export', extensions: endings }] }),
      });
      return canceled || filePath === '' ? null : filePath;
    },
    'export.show': async (_: Electron.BrowserWindow, { workspace, job }: Params<'export.show'>): Promise<void> => {
      const { dir } = workspaces.get(workspace);
      const reply: Reply<Result<'exports.list'>> = await service.request('exports.list', { workspace }, dir);
      if (!reply.ok) throw Object.assign(new Error(reply.error.message), { name: reply.error.name });
      // only what an export of this workspace made: the page has no say in the path
      const made = reply.value.find((one) => one.job === job);
      if (!made?.there) throw new Error('What this export made is not there any more.');
      shell.showItemInFolder(made.path);
    },
  };
}
