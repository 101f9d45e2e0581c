/** @file A window that closes while a job runs: the person says what becomes of the job. */

import { app, dialog } from 'electron';
import type { Job, WorkspaceInfo } from '../preload/contract.ts';
import { jobTitle } from '../preload/jobTitle.ts';
import type { Background } from './background.ts';
import type { OpenWorkspaces } from './ipc/workspaces.ts';
import type { ServiceProcess } from './serviceProcess.ts';
import type { Settings } from './settings.ts';

/** A service that does not answer holds up nobody who wants to leave. */
const answerWithinMs = 3000;

interface ClosingContext {
  service: ServiceProcess;
  settings: Settings;
  workspaces: OpenWorkspaces;
  background: Background;
}

const choices = ['background', 'stop', 'stay'] as const;
type Choice = (typeof choices)[number];

/** Native, so that it works over a page that hangs. */
export function guardClosing(window: Electron.BrowserWindow, context: ClosingContext): void {
  let decided = false;
  window.on('close', (event) => {
    const shown = context.workspaces.of(window.webContents.id);
    if (decided || !shown) return;
    event.preventDefault();
    const quitting = context.background.quitting();
    void mayClose(window, shown, context).then((may) => {
      if (!may) {
        context.background.stay();
        return;
      }
      decided = true;
      // closing was what quitting waited for
      if (quitting) app.quit();
      else if (!window.isDestroyed()) window.close();
    });
  });
}

async function mayClose(
  window: Electron.BrowserWindow,
  shown: WorkspaceInfo,
  { service, settings, workspaces, background }: ClosingContext,
): Promise<boolean> {
  if (workspaces.windowsOf(shown.id).length > 1 && !background.quitting()) return true;
  const running = await runningJob(service, shown);
  if (!running) return true;
  const { onClose } = settings.preferences();
  const choice = onClose === 'ask' ? await ask(window, running, settings) : onClose;
  if (choice === 'stay') return false;
  if (choice === 'stop') await service.request('job.cancel', { workspace: shown.id, id: running.id }, shown.dir);
  else background.follow(shown);
  return true;
}

/** None where the service cannot tell; jobs then go on, as they always do. */
export async function runningJob(service: ServiceProcess, { id, dir }: WorkspaceInfo): Promise<Job | undefined> {
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, answerWithinMs));
  const reply = await Promise.race([service.request('jobs.list', { workspace: id }, dir), late]);
  return reply?.ok ? reply.value.find(({ state }) => state === 'running') : undefined;
}

async function ask(window: Electron.BrowserWindow, { command }: Job, settings: Settings): Promise<Choice> {
  const { response, checkboxChecked } = await dialog.showMessageBox(window, {
    type: 'question',
    title: 'A job runs',
    message: `${jobTitle(command).slice(0, 100)} still runs.`,
    detail: 'It does not need this window: it can go on, and shows up again when the workspace is opened.',
    buttons: ['Keep it running', 'Stop after the current unit', 'Do not close'],
    defaultId: 0,
    cancelId: 2,
    noLink: true,
    checkboxLabel: 'Remember this (see Settings)',
  });
  const choice = choices[response] ?? 'stay';
  if (checkboxChecked && choice !== 'stay') settings.setPreferences({ onClose: choice });
  return choice;
}
