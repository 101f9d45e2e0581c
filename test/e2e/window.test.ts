/** @file npm test -- --e2e: from the start screen to a finished pipeline in the real window, and what goes wrong on the way. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerDialogs, killService, newWorkspace, rowsIn, startApplication, type Application } from './application.ts';
import { writeTinyPipeline } from './seed.ts';

describe('a first workspace', () => {
  let window: Application;
  let workspace: string;
  let config: string;

  beforeAll(async () => {
    window = await startApplication();
    workspace = path.join(window.root, 'first');
    mkdirSync(path.join(window.root, 'tiny'));
    config = await writeTinyPipeline(path.join(window.root, 'tiny'));
  });
  afterAll(() => window.close());

  test('begins with what to do', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'New workspace' }).waitFor();
    await page.getByText('None yet. A workspace is a folder').waitFor();
  });

  test('says why a folder cannot be opened', async () => {
    const { page, root } = window;
    const open = page.getByRole('button', { name: 'Open workspace' });
    const plain = path.join(root, 'plain');
    mkdirSync(plain);
    await answerDialogs(window, plain);
    await open.click();
    await page.getByRole('alert').getByText('is not a workspace').waitFor();
    await page.getByRole('button', { name: 'Create one here' }).waitFor();

    const file = path.join(root, 'file.txt');
    writeFileSync(file, 'text');
    await answerDialogs(window, file);
    await open.click();
    await page.getByRole('alert').getByText('is a file').waitFor();

    const newer = path.join(root, 'newer');
    mkdirSync(newer);
    new Database(path.join(newer, 'workspace.sqlite')).pragma('user_version = 999');
    await answerDialogs(window, newer);
    await open.click();
    await page.getByRole('alert').getByText('Update Distillery to open it').waitFor();

    const broken = path.join(root, 'broken');
    mkdirSync(broken);
    writeFileSync(path.join(broken, 'workspace.sqlite'), 'not a database'.repeat(100));
    await answerDialogs(window, broken);
    await open.click();
    await page.getByRole('alert').getByText('cannot be opened').waitFor();
  });

  test('never makes a workspace among the files of others', async () => {
    const { page, root } = window;
    await answerDialogs(window, path.join(root, 'tiny'));
    await page.getByRole('button', { name: 'New workspace' }).click();
    await page.getByRole('alert').getByText('is not empty').waitFor();
  });

  test('is made by a key and says what to do next', async () => {
    const { page } = window;
    await newWorkspace(window, workspace);
    expect(await page.getByRole('list', { name: 'Pipeline' }).getByText('not yet').count()).toBeGreaterThan(0);
  });

  test('runs a pipeline: progress, curves, groups with pictures, done', async () => {
    const { page } = window;
    await answerDialogs(window, config);
    await page.getByRole('button', { name: 'Run a configuration' }).click();
    await page.getByRole('progressbar').waitFor();
    await page.getByRole('img', { name: /Loss curves over \d+ steps/ }).waitFor();
    await page.getByText('Done', { exact: true }).waitFor();
    await page.getByRole('img', { name: 'Loss curves over 40 steps' }).waitFor();

    const pipeline = page.getByRole('list', { name: 'Pipeline' });
    for (const value of ['19 kept', '4 clusters', '40 of 40 steps']) {
      await pipeline.getByText(value).waitFor();
    }
    expect(await page.getByText('Looking for the beta').count()).toBe(1);
    const group = page.getByRole('list', { name: 'Duplicate groups' }).getByRole('listitem').first();
    await group.getByText('kept').waitFor();
    const loaded = (element: HTMLElement | SVGElement): boolean => (element as HTMLImageElement).naturalWidth > 0;
    await expect.poll(() => group.getByRole('img').first().evaluate(loaded)).toBe(true);
  });

  test('switches loss terms off and on', async () => {
    const { page } = window;
    const term = page.getByRole('button', { name: /^cluster/ });
    expect(await term.getAttribute('aria-pressed')).toBe('true');
    await term.click();
    expect(await term.getAttribute('aria-pressed')).toBe('false');
    await page.getByRole('button', { name: 'Log scale' }).click();
    // also with nothing left to draw
    const terms = page.getByRole('group', { name: 'Loss terms' }).getByRole('button', { pressed: true });
    while ((await terms.count()) > 0) await terms.first().click();
    await page.getByRole('button', { name: 'Log scale' }).click();
    await term.click();
    expect(await terms.count()).toBe(1);
  });

  test('opens the folder of the workspace with the system', async () => {
    const { app, page } = window;
    await app.evaluate(({ shell }) => {
      shell.openPath = (file) => Promise.resolve(`no program for ${file}`);
    });
    await page.getByRole('button', { name: 'Open the folder' }).click();
    await page.getByRole('alert').getByText(`no program for ${workspace}`).waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    expect(await page.getByRole('button', { name: 'Report' }).count()).toBe(0);
  });

  test('follows a job that a terminal started, through a dying service, and cancels it', async () => {
    const { page } = window;
    const long = path.join(path.dirname(config), 'long.yaml');
    writeFileSync(
      long,
      'dataset: shapes\ndistill: { student: micro-32-small, batch: 8, max-steps: 1000000, epochs: 1000000 }\n',
    );
    const terminal = spawn(process.execPath, ['bin/distillery.mjs', 'run', long, '--workspace', workspace], {
      stdio: 'ignore',
    });
    const ended = once(terminal, 'exit');
    await page.getByText('Its output is in its terminal.').waitFor();
    await page.getByRole('progressbar').waitFor();
    await page.getByRole('img', { name: /Loss curves over \d+ steps/ }).waitFor();

    killService(window);
    await page.getByRole('alert').getByText('The service stopped and is being restarted.').waitFor();
    await page.getByText('The service is back.').waitFor();
    const curve = page.getByRole('img', { name: /Loss curves over/ });
    const before = await curve.getAttribute('aria-label');
    await expect.poll(() => curve.getAttribute('aria-label')).not.toBe(before);

    await page.keyboard.press('Control+Shift+K');
    await page.getByText('Stopped', { exact: true }).waitFor();
    expect(await ended).toEqual([130, null]);
  });

  test('is open again after a reload, and among the recent ones after it was closed', async () => {
    const { page } = window;
    await page.reload();
    await page.getByRole('list', { name: 'Pipeline' }).getByText('24 images').first().waitFor();
    await page.keyboard.press('Control+Shift+w');
    await page.getByRole('button', { name: new RegExp(`^first`) }).click();
    await page.getByRole('list', { name: 'Pipeline' }).getByText('24 images').first().waitFor();
  });

  test('gives up on a service that keeps dying, and starts it when asked', async () => {
    const { page } = window;
    const restart = page.getByRole('button', { name: 'Restart the service' });
    for (let crash = 0; crash < 6 && (await restart.count()) === 0; crash++) {
      // the notice of one crash may still stand when the next one is the last
      const killedOrDown = async (): Promise<boolean> => tryKill(window) || (await restart.count()) > 0;
      await expect.poll(killedOrDown).toBe(true);
      await page.getByRole('alert').filter({ hasText: 'service' }).waitFor();
    }
    await page.getByText('The service does not run.').waitFor();
    await restart.click();
    await restart.waitFor({ state: 'detached' });
    await page.getByRole('list', { name: 'Pipeline' }).getByText('24 images').first().waitFor();
  });
});

test('a job goes on without its window, and the next window finds and cancels it', async () => {
  const first = await startApplication();
  const workspace = mkdtempSync(path.join(tmpdir(), 'distillery-lasting-'));
  let second: Application | undefined;
  try {
    const config = await writeTinyPipeline(`${workspace}-tiny`, 1_000_000);
    await answerDialogs(first, workspace);
    await first.page.keyboard.press('Control+n');
    await answerDialogs(first, config);
    await first.page.getByRole('button', { name: 'Run a configuration' }).click();
    await first.page.getByRole('img', { name: /Loss curves over/ }).waitFor();
    // waits for all that holds the window's files
    await first.close();

    second = await startApplication(workspace);
    const { page } = second;
    await page.getByText('Running', { exact: true }).waitFor();
    const curve = page.getByRole('img', { name: /Loss curves over/ });
    const before = await curve.getAttribute('aria-label');
    await expect.poll(() => curve.getAttribute('aria-label')).not.toBe(before);
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByText('Stopped', { exact: true }).waitFor();
  } finally {
    await first.close().catch(() => undefined);
    await second?.close();
    await endJobs(workspace);
    rmSync(workspace, { recursive: true, force: true });
    rmSync(`${workspace}-tiny`, { recursive: true, force: true });
  }
});

/** Jobs go on without a window, also those of a test that failed. */
async function endJobs(dir: string): Promise<void> {
  if (!existsSync(path.join(dir, 'workspace.sqlite'))) return;
  const running = rowsIn<{ pid: number }>(dir, "SELECT pid FROM jobs WHERE state = 'running'").map(({ pid }) => pid);
  const lives = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  for (const pid of running) if (lives(pid)) process.kill(pid, 'SIGKILL');
  await expect.poll(() => running.some(lives)).toBe(false);
}

function tryKill(window: Application): boolean {
  try {
    killService(window);
    return true;
  } catch {
    return false;
  }
}
