/** @file One window: sandboxed, shown when it has something to show, and never led anywhere else. */

import path from 'node:path';
import { app, BrowserWindow, nativeTheme, session } from 'electron';
import { isOwnPage, pageUrl } from './protocol.ts';

/** The page's own colours, so that no white flash comes before it. */
const backgrounds = { light: '#f6f7f8', dark: '#131519' };

/** The page comes from the disk in less than a second. */
const loadWithinMs = 15_000;
const withoutGpu = 'disable-gpu';

export function createWindow(outDir: string): Electron.BrowserWindow {
  const window = new BrowserWindow({
    width: 1360,
    height: 860,
    minWidth: 900,
    minHeight: 560,
    show: false,
    title: 'Distillery',
    backgroundColor: nativeTheme.shouldUseDarkColors ? backgrounds.dark : backgrounds.light,
    autoHideMenuBar: true,
    webPreferences: {
      preload: path.join(outDir, 'preload', 'index.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
    },
  });
  window.once('ready-to-show', () => {
    window.show();
  });
  stayHome(window);
  recoverPage(window);
  relaunchWhereStalled(window);
  void window.loadURL(process.env['ELECTRON_RENDERER_URL'] ?? pageUrl);
  return window;
}

function stayHome({ webContents }: BrowserWindow): void {
  webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
  webContents.on('will-attach-webview', (event) => {
    event.preventDefault();
  });
  const keep = (details: { url: string; preventDefault: () => void }): void => {
    if (!isOwnPage(details.url)) details.preventDefault();
  };
  webContents.on('will-navigate', keep);
  webContents.on('will-redirect', keep);
}

/** A renderer can wait for ever for a GPU process that failed to start, and so does the next one: begin anew without. */
function relaunchWhereStalled(window: Electron.BrowserWindow): void {
  if (app.commandLine.hasSwitch(withoutGpu)) return;
  const stalled = setTimeout(() => {
    console.error('The page does not come up; starting again without the GPU.');
    app.relaunch({ args: [...process.argv.slice(1), `--${withoutGpu}`] });
    app.exit();
  }, loadWithinMs);
  const loaded = (): void => {
    clearTimeout(stalled);
  };
  window.webContents.once('did-finish-load', loaded);
  window.once('closed', loaded);
}

/** A crashed page is loaded again; one that crashes at once stays down. */
function recoverPage(window: Electron.BrowserWindow): void {
  let crashedAt = -Infinity;
  window.webContents.on('render-process-gone', (_, { reason }) => {
    const now = performance.now();
    if (reason !== 'clean-exit' && now - crashedAt > 10_000) window.webContents.reload();
    crashedAt = now;
  });
}

/** For all windows: no permission is ever granted, and nothing is fetched from outside. */
export function lockSession(): void {
  const { defaultSession } = session;
  defaultSession.setPermissionRequestHandler((_, __, answer) => {
    answer(false);
  });
  defaultSession.setPermissionCheckHandler(() => false);
  defaultSession.setDevicePermissionHandler(() => false);
  const development = process.env['ELECTRON_RENDERER_URL'];
  defaultSession.webRequest.onBeforeRequest(({ url }, answer) => {
    const { protocol, host } = new URL(url);
    const own = ['app:', 'image:', 'devtools:', 'data:', 'blob:'].includes(protocol);
    answer({ cancel: !own && (development === undefined || host !== new URL(development).host) });
  });
}
