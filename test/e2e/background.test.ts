/**
 * @file npm test -- --e2e background: the window is closed while a job goes on. The application stays for it, a second start brings
 * a window back, the end is told, and then the application ends too. What a desktop draws of tray and notification is not seen here.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  answerClosing,
  answerDialogs,
  newWorkspace,
  rowsIn,
  startApplication,
  type Application,
} from './application.ts';
import { writeTinyPipeline } from './seed.ts';

let window: Application;
let workspace: string;

beforeAll(async () => {
  window = await startApplication();
  workspace = path.join(window.root, 'first');
  mkdirSync(path.join(window.root, 'tiny'));
  const config = await writeTinyPipeline(path.join(window.root, 'tiny'), 1_000_000);
  await newWorkspace(window, workspace);
  await answerDialogs(window, config);
  await window.page.getByRole('button', { name: 'Start', exact: true }).click();
  await window.page.getByRole('group', { name: 'Start' }).getByRole('button', { name: 'Pipeline of a config' }).click();
  await window.page.getByRole('img', { name: /Loss curves over/ }).waitFor();
  // there is no daemon here that shows them
  await window.app.evaluate(({ Notification }) => {
    const told: string[] = [];
    Object.assign(globalThis, { told });
    Notification.isSupported = () => true;
    Notification.prototype.show = function (this: Electron.Notification) {
      told.push(this.title);
    };
    process.on('exit', () => {
      console.log(`told: ${told.join()}`);
    });
  });
});
afterAll(() => {
  rmSync(window.root, { recursive: true, force: true });
});

const job = (): { state: string; pid: number } =>
  rowsIn<{ state: string; pid: number }>(workspace, 'SELECT state, pid FROM jobs ORDER BY id DESC')[0]!;

const windows = (): Promise<number> => window.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length);

async function closeWindow(): Promise<void> {
  await answerClosing(window, 'Keep it running');
  await window.app.evaluate(({ BrowserWindow }) => {
    BrowserWindow.getAllWindows()[0]!.close();
  });
  await expect.poll(windows).toBe(0);
}

test('the application stays without a window while the job goes on', async () => {
  await closeWindow();
  expect(job().state).toBe('running');
  process.kill(job().pid, 0);
  expect(window.app.process().exitCode).toBeNull();
});

test('a second start ends itself and brings the window back, with the job', async () => {
  const first = window.app.process();
  const opened = window.app.waitForEvent('window');
  const second = spawn(first.spawnfile, first.spawnargs.slice(1).concat(`--workspace=${workspace}`), {
    stdio: 'ignore',
  });
  const [code] = (await once(second, 'exit')) as [number | null];
  expect(code).toBe(0);
  const page = await opened;
  await page.getByRole('list', { name: 'Jobs' }).getByText('Pipeline pipeline.yaml').waitFor();
  await page.getByRole('button', { name: 'Stop', exact: true }).waitFor();
  expect(job().state).toBe('running');
});

test('the end of the job is told, and the application ends', async () => {
  await closeWindow();
  const words: string[] = [];
  window.app.on('console', (message) => words.push(message.text()));
  window.app.process().stdout?.on('data', (data: Buffer) => words.push(data.toString()));
  const closed = window.app.waitForEvent('close', { timeout: 40_000 });
  process.kill(job().pid, 'SIGINT');
  await expect.poll(() => job().state).toBe('cancelled');
  await closed;
  expect(words.join('')).toContain('told: Pipeline pipeline.yaml was stopped');
});
