/** @file Main, as a list of what happens at the start. It owns windows and processes; it computes nothing and opens no database. */

import { existsSync } from 'node:fs';
import path from 'node:path';
import { app, BrowserWindow, nativeTheme } from 'electron';
import type { EventName, Payload, Preferences, WorkspaceInfo } from '../preload/contract.ts';
import { openBackground } from './background.ts';
import { guardClosing, runningJob } from './closing.ts';
import { environmentOf } from './engine/devices/names.ts';
import { routeRequests, sendEvent } from './ipc/router.ts';
import { openWorkspaces, type OpenWorkspaces } from './ipc/workspaces.ts';
import { setMenu } from './menu.ts';
import type { EvaluationPictureRequest, PictureRequest, PreviewRequest } from './pictureUrl.ts';
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
const firstFolder = folderOf(process.argv, process.cwd());
// a second start opens a window of the first: the settings have one owner, and a job in the background its icon
if (app.requestSingleInstanceLock({ folder: firstFolder })) {
  // not awaited here: an ES module that waits for `ready` at its top keeps it from coming
  void app.whenReady().then(start);
} else {
  app.quit();
}

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
      if (state.state === 'running') setEnvironment();
      broadcast('service.state', state);
    },
    (event, payload) => {
      forward(workspaces, event, payload);
      background.told(event, payload);
    },
  );
  app.on('will-quit', service.stop);
  const setEnvironment = (): void => {
    void service.request('service.environment', { variables: environmentOfJobs(settings.preferences()) });
  };
  const leave = ({ id, dir }: WorkspaceInfo): void => {
    if (workspaces.windowsOf(id).length === 0) void service.request('service.close', { dir });
  };

  /** Of the window that opens next. */
  let folder = firstFolder;
  const open = (dir: string | null): void => {
    folder = dir;
    const window = createWindow(outDir);
    const { id } = window.webContents;
    guardClosing(window, { service, settings, workspaces, background });
    window.on('closed', () => {
      const last = workspaces.close(id);
      if (last && !background.follows(last.id)) leave(last);
    });
  };
  const background = openBackground({
    isRunning: async (workspace) => (await runningJob(service, workspace)) !== undefined,
    open,
    leave,
  });
  app.on('window-all-closed', () => {
    if (!background.busy()) app.quit();
  });
  app.on('second-instance', (_, __, ___, data) => {
    open((data as { folder: string | null }).folder);
  });

  lockSession();
  serveSchemes(path.join(outDir, 'renderer'), {
    file: (request) => pictureFile(service, workspaces, request),
    evaluation: (request) => evaluationFile(service, workspaces, request),
    preview: (request) => previewPicture(service, request),
  });
  const takeFolder = (): string | null => {
    const taken = folder;
    folder = null;
    return taken;
  };
  routeRequests({ service, settings, workspaces, firstFolder: takeFolder, preferencesChanged: setEnvironment });
  setMenu(() => {
    open(null);
  });
  open(firstFolder);
}

/** `--workspace=DIR` of a command line. */
function folderOf(argv: readonly string[], cwd: string): string | null {
  const option = '--workspace=';
  const named = argv.findLast((word) => word.startsWith(option))?.slice(option.length);
  return named ? path.resolve(cwd, named) : null;
}

const environmentOfJobs = ({ device, memoryBytes }: Preferences): Record<string, string> => ({
  ...environmentOf(device),
  ...(memoryBytes !== null && { DISTILLERY_MEMORY: String(memoryBytes) }),
});

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

async function evaluationFile(
  service: ServiceProcess,
  workspaces: OpenWorkspaces,
  { workspace, evaluation, picture }: EvaluationPictureRequest,
): Promise<string | undefined> {
  const info = workspaces.find(workspace);
  if (!info) return undefined;
  const reply = await service.request('service.evaluationPicture', { dir: info.dir, evaluation, picture });
  return reply.ok ? reply.value : undefined;
}

async function previewPicture(service: ServiceProcess, request: PreviewRequest): Promise<Buffer | undefined> {
  const reply = await service.request('service.previewPicture', request);
  return reply.ok && reply.value !== null ? Buffer.from(reply.value, 'base64') : undefined;
}
