/** @file Main, as a list of what happens at the start. It owns windows and processes; it computes nothing and opens no database. */

import { existsSync } from 'node:fs';
import path from 'node:path';
import { app, BrowserWindow, nativeTheme } from 'electron';
import type { EventName, Payload } from '../preload/contract.ts';
import { routeRequests, sendEvent } from './ipc/router.ts';
import { openWorkspaces, type OpenWorkspaces } from './ipc/workspaces.ts';
import { setMenu } from './menu.ts';
import type { PictureRequest } from './pictureUrl.ts';
import { registerSchemes, serveSchemes } from './protocol.ts';
import { startService, type ServiceProcess } from './serviceProcess.ts';
import { openSettings } from './settings.ts';
import { createWindow, lockSession } from './window.ts';

const outDir = path.join(import.meta.dirname, '..');

// Electron's own dialog would hold up every window until somebody answers it
process.on('uncaughtException', (error) => {
  console.error(error);
});
registerSchemes();
if (!hasGpu()) app.disableHardwareAcceleration();
app.on('window-all-closed', () => {
  app.quit();
});
// not awaited here: an ES module that waits for `ready` at its top keeps it from coming
void app.whenReady().then(start);

/** Where there is none, looking for it costs time, and sometimes the renderer waits for it in vain. */
function hasGpu(): boolean {
  return process.platform !== 'linux' || existsSync('/dev/dri') || existsSync('/dev/nvidia0');
}

function start(): void {
  const settings = openSettings(path.join(app.getPath('userData'), 'settings.json'));
  nativeTheme.themeSource = settings.theme();
  const workspaces = openWorkspaces();
  const service = startService(
    app.getAppPath(),
    (state) => {
      broadcast('service.state', state);
    },
    (event, payload) => {
      forward(workspaces, event, payload);
    },
  );
  app.on('will-quit', service.stop);

  lockSession();
  serveSchemes(path.join(outDir, 'renderer'), (request) => pictureFile(service, workspaces, request));
  routeRequests({ service, settings, workspaces, firstFolder: takeFirstFolder });
  setMenu();
  createWindow(outDir);
}

/** `--workspace=DIR` of the command line, once. */
function takeFirstFolder(): string | null {
  const folder = app.commandLine.getSwitchValue('workspace');
  app.commandLine.removeSwitch('workspace');
  return folder === '' ? null : path.resolve(folder);
}

function broadcast<E extends EventName>(event: E, payload: Payload<E>): void {
  for (const window of BrowserWindow.getAllWindows()) sendEvent(window, event, payload);
}

/** Events of a workspace go to the windows that show it. */
function forward(workspaces: OpenWorkspaces, event: EventName, payload: unknown): void {
  const { workspace } = payload as { workspace: string };
  const shown = workspaces.windowsOf(workspace);
  for (const window of BrowserWindow.getAllWindows()) {
    if (shown.includes(window.webContents.id)) sendEvent(window, event, payload as Payload<typeof event>);
  }
}

async function pictureFile(
  service: ServiceProcess,
  workspaces: OpenWorkspaces,
  { workspace, sample, size }: PictureRequest,
): Promise<string | undefined> {
  const info = workspaces.find(workspace);
  if (!info) return undefined;
  const reply = await service.request('service.picture', { dir: info.dir, sample, size });
  return reply.ok ? reply.value : undefined;
}
