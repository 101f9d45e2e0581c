/** @file The requests that main answers itself; the types make sure that none is missing. */

import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { app, clipboard, dialog, nativeTheme, shell } from 'electron';
import type { MainChannel, Params, Reply, Result } from '../../preload/contract.ts';
import { runDoctor } from '../doctorProcess.ts';
import type { ServiceProcess } from '../serviceProcess.ts';
import type { Settings } from '../settings.ts';
import { chartHandlers } from './charts.ts';
import { resultMainHandlers } from './results.ts';
import type { OpenWorkspaces } from './workspaces.ts';

export interface MainContext {
  service: ServiceProcess;
  settings: Settings;
  workspaces: OpenWorkspaces;
  /** Folder that the command line named; for the first window only. */
  firstFolder: () => string | null;
  /** Jobs that start from now on go by them. */
  preferencesChanged: () => void;
}

const reportFile = 'report.html';
const pictureExtensions = ['jpg', 'jpeg', 'png', 'webp', 'gif', 'tif', 'tiff', 'heic', 'avif'];

type Handlers = {
  [C in MainChannel]: (window: Electron.BrowserWindow, params: Params<C>) => Result<C> | Promise<Result<C>>;
};

export function mainHandlers({
  service,
  settings,
  workspaces,
  firstFolder,
  preferencesChanged,
}: MainContext): Handlers {
  const closeShown = async (window: Electron.BrowserWindow): Promise<void> => {
    const last = workspaces.close(window.webContents.id);
    if (last) await service.request('service.close', { dir: last.dir });
  };
  return {
    'app.state': (window) => ({
      version: app.getVersion(),
      theme: settings.theme(),
      annotator: settings.annotator(),
      user: systemUser(),
      recent: settings.recent(),
      service: service.state(),
      open: workspaces.of(window.webContents.id)?.dir ?? firstFolder(),
    }),
    'app.setTheme': (_, { theme }) => {
      nativeTheme.themeSource = theme;
      settings.setTheme(theme);
    },
    'app.setAnnotator': (_, { annotator }) => {
      settings.setAnnotator(annotator);
    },
    'settings.get': () => settings.preferences(),
    'settings.set': (_, change) => {
      settings.setPreferences(change);
      preferencesChanged();
      return settings.preferences();
    },
    'doctor.report': (_, { workspace }) =>
      runDoctor(app.getAppPath(), workspace === null ? app.getPath('home') : workspaces.get(workspace).dir),
    'service.restart': () => {
      service.restart();
    },
    'workspace.choose': async (window, { purpose }) => {
      const create = purpose === 'create';
      const { filePaths } = await dialog.showOpenDialog(window, {
        title: create ? 'New workspace: choose an empty folder' : 'Open a workspace folder',
        buttonLabel: create ? 'Create workspace' : 'Open workspace',
        properties: ['openDirectory', 'createDirectory', 'promptToCreate'],
      });
      return filePaths[0] ?? null;
    },
    'workspace.open': async (window, params) => {
      const info = valueOf(await service.request('service.open', params));
      if (workspaces.of(window.webContents.id)?.id !== info.id) await closeShown(window);
      workspaces.open(window.webContents.id, info);
      settings.remember(info.dir);
      window.setTitle(`${info.name} – Distillery`);
      return info;
    },
    'workspace.close': async (window) => {
      window.setTitle('Distillery');
      await closeShown(window);
    },
    'workspace.show': async (_, { workspace, what }) => {
      const { dir } = workspaces.get(workspace);
      const problem = await shell.openPath(what === 'folder' ? dir : path.join(dir, reportFile));
      if (problem !== '') throw new Error(`${what === 'folder' ? dir : reportFile} could not be opened: ${problem}`);
    },
    'workspace.forget': (_, { dir }) => {
      settings.forget(dir);
      return settings.recent();
    },
    'config.choose': async (window) => {
      const { filePaths } = await dialog.showOpenDialog(window, {
        title: 'Run the pipeline of a configuration file',
        buttonLabel: 'Run',
        filters: [{ name: 'Pipeline configuration', extensions: ['yaml', 'yml'] }],
        properties: ['openFile'],
      });
      return filePaths[0] ?? null;
    },
    'source.choose': async (window, { what }) => {
      const { filePaths } = await dialog.showOpenDialog(window, {
        title: what === 'folder' ? 'Import folders of pictures' : 'Import tables, archives or embeddings',
        buttonLabel: 'Choose',
        properties: [what === 'folder' ? 'openDirectory' : 'openFile', 'multiSelections'],
      });
      return filePaths;
    },
    'decisions.target': async (window, { name }) => {
      const { filePath, canceled } = await dialog.showSaveDialog(window, {
        title: 'Export decisions',
        defaultPath: name,
        filters: [{ name: 'Tables', extensions: ['csv', 'jsonl', 'tsv', 'parquet'] }],
      });
      return canceled || filePath === '' ? null : filePath;
    },
    'export.choose': async (window, { what, name }) => {
      const { filePath, canceled } = await dialog.showSaveDialog(window, {
        title: 'Export pictures',
        buttonLabel: 'Choose',
        defaultPath: name,
        ...(what === 'manifest' && { filters: [{ name: 'Tables', extensions: ['csv', 'tsv', 'jsonl', 'parquet'] }] }),
      });
      return canceled || filePath === '' ? null : filePath;
    },
    'teacher.choose': async (window) => {
      const { filePaths } = await dialog.showOpenDialog(window, {
        title: 'Teacher: choose an open_clip folder',
        buttonLabel: 'Choose',
        properties: ['openDirectory'],
      });
      return filePaths[0] ?? null;
    },
    'map.points': async (_, { workspace, map }) => {
      const { dir } = workspaces.get(workspace);
      return readFile(valueOf(await service.request('service.mapPoints', { dir, map })));
    },
    'picture.choose': async (window) => {
      const { filePaths } = await dialog.showOpenDialog(window, {
        title: 'Search by a picture',
        buttonLabel: 'Search',
        filters: [{ name: 'Pictures', extensions: pictureExtensions }],
        properties: ['openFile'],
      });
      return filePaths[0] ?? null;
    },
    ...chartHandlers(service, workspaces),
    ...resultMainHandlers(service, workspaces),
    'clipboard.write': async (_, { text }) => {
      await clipboard.writeText(text);
    },
  };
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return ''; // a user without an entry, as in some containers
  }
}

/** @throws the error of the other process, with its name. */
function valueOf<T>(reply: Reply<T>): T {
  if (reply.ok) return reply.value;
  throw Object.assign(new Error(reply.error.message), { name: reply.error.name });
}
