/** @file The application without a window while a job goes on: an icon in the tray where there is one, a notification at the end. */

import { app, BrowserWindow, Menu, nativeImage, Notification, Tray } from 'electron';
import type { EventName, Job, WorkspaceInfo } from '../preload/contract.ts';
import { jobTitle } from '../preload/jobTitle.ts';

const lookEveryMs = 3000;

export interface Background {
  /** Somebody asked for the end of the whole application. */
  quitting: () => boolean;
  /** It does not end after all. */
  stay: () => void;
  /** Tells the end of the jobs of this workspace; no more than that when the application itself ends. */
  follow: (workspace: WorkspaceInfo) => void;
  follows: (id: string) => boolean;
  /** It follows something, so the application stays without a window. */
  busy: () => boolean;
  /** An event of the service. */
  told: (event: EventName, payload: unknown) => void;
}

interface BackgroundContext {
  isRunning: (workspace: WorkspaceInfo) => Promise<boolean>;
  open: (dir: string) => void;
  /** Nobody looks at the workspace any more. */
  leave: (workspace: WorkspaceInfo) => void;
}

export function openBackground({ isRunning, open, leave }: BackgroundContext): Background {
  const followed = new Map<string, WorkspaceInfo>();
  /** Those that had nothing to run at the last look: the end of a job, or the start of the next, may be told in between. */
  const idle = new Set<string>();
  let quitting = false;
  let tray: Tray | undefined;
  app.on('before-quit', () => {
    quitting = true;
  });

  const look = async (): Promise<void> => {
    for (const workspace of followed.values()) {
      const { id } = workspace;
      if (await isRunning(workspace)) idle.delete(id);
      else if (!idle.has(id)) idle.add(id);
      else {
        idle.delete(id);
        followed.delete(id);
        leave(workspace);
      }
    }
    if (followed.size > 0) return;
    clearInterval(timer);
    timer = undefined;
    tray?.destroy();
    tray = undefined;
    if (BrowserWindow.getAllWindows().length === 0) app.quit();
  };
  let timer: NodeJS.Timeout | undefined;

  return {
    quitting: () => quitting,
    stay: () => {
      quitting = false;
    },
    follow: (workspace) => {
      if (quitting) return;
      followed.set(workspace.id, workspace);
      timer ??= setInterval(() => void look(), lookEveryMs);
      tray ??= makeTray();
      tray?.setContextMenu(
        Menu.buildFromTemplate([
          ...Array.from(followed.values(), ({ name, dir }) => ({
            label: `Open ${name}`,
            click: () => {
              open(dir);
            },
          })),
          { type: 'separator' },
          { role: 'quit', label: 'Quit Distillery (jobs go on)' },
        ]),
      );
    },
    follows: (id) => followed.has(id),
    busy: () => followed.size > 0,
    told: (event, payload) => {
      if (event !== 'job.finished') return;
      const { workspace, job } = payload as { workspace: string; job: Job };
      const info = followed.get(workspace);
      if (!info || !Notification.isSupported()) return;
      const words = { done: 'is done', failed: 'failed', cancelled: 'was stopped', running: 'runs' };
      const note = new Notification({
        title: `${jobTitle(job.command)} ${words[job.state]}`,
        body: job.error ?? info.name,
      });
      note.on('click', () => {
        open(info.dir);
      });
      note.show();
    },
  };
}

/** Undefined where the system has no such place. */
function makeTray(): Tray | undefined {
  try {
    const tray = new Tray(drop());
    tray.setToolTip('Distillery: a job goes on');
    return tray;
  } catch {
    return undefined;
  }
}

/** The mark, drawn: a drop, 32 pixels wide and high. */
function drop(): Electron.NativeImage {
  const side = 32;
  const pixels = Buffer.alloc(side * side * 4);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [dx, dy] = [x - 15.5, y - 20];
      // a circle below, and a cone that ends at the top
      const half = y < 20 ? (9 * (y - 2)) / 18 : Math.sqrt(Math.max(0, 81 - dy * dy));
      if (y >= 2 && Math.abs(dx) <= half) pixels.set([0x16, 0x4a, 0xa8, 0xff], (y * side + x) * 4);
    }
  }
  return nativeImage.createFromBitmap(pixels, { width: side, height: side });
}
