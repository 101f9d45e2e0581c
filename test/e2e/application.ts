/** @file Starts the built application with a profile of its own, and what tests do to it from outside. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { _electron, type ElectronApplication, type Page } from 'playwright';

const projectDir = path.join(import.meta.dirname, '../..');

/** Arguments of Electron that start the application with a profile of its own. */
export function startArguments(profile: string, gpu: boolean, workspace?: string): string[] {
  return [
    '--no-sandbox',
    // a virtual screen has no GPU, and looking for one sometimes hangs
    ...(gpu ? [] : ['--disable-gpu']),
    `--user-data-dir=${profile}`,
    projectDir,
    ...(workspace === undefined ? [] : [`--workspace=${workspace}`]),
  ];
}

export interface Application {
  app: ElectronApplication;
  page: Page;
  /** Empty folder of this start; removed by `close`. */
  root: string;
  close: () => Promise<void>;
}

/**
 * @param workspace folder that the command line names
 * @param root of an earlier start, to go on with its profile
 * @param gpu there may be one
 */
export async function startApplication(
  workspace?: string,
  root = mkdtempSync(path.join(tmpdir(), 'distillery-window-')),
  gpu = false,
): Promise<Application> {
  // null: the theme is the application's own matter
  const args = startArguments(path.join(root, 'profile'), gpu, workspace);
  const app = await _electron.launch({ args, colorScheme: null });
  const page = await app.firstWindow();
  page.setDefaultTimeout(40_000);
  await page.getByRole('main').waitFor();
  // a job that runs must not hold up the end of a test; whoever tests the question gives another answer
  await answerClosing({ app }, 'Keep it running');
  const close = async (): Promise<void> => {
    await app.close();
    rmSync(root, { recursive: true, force: true });
  };
  return { app, page, root, close };
}

/** Makes a workspace by the key. */
export async function newWorkspace(window: Application, dir: string): Promise<void> {
  await answerDialogs(window, dir);
  await window.page.keyboard.press('Control+n');
  await window.page.getByRole('heading', { name: 'This workspace is empty' }).waitFor();
}

/** What a workspace's database holds, beside the application that has it open. */
export function rowsIn<T>(dir: string, sql: string): T[] {
  const database = new Database(path.join(dir, 'workspace.sqlite'), { readonly: true });
  try {
    return database.prepare<[], T>(sql).all();
  } finally {
    database.close();
  }
}

/** Answers the next dialogs for a folder or a file as a person would. */
export async function answerDialogs({ app }: Application, file: string): Promise<void> {
  await app.evaluate(({ dialog }, chosen) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [chosen] });
  }, file);
}

/** Answers the question what becomes of a job when its window closes. */
export async function answerClosing(
  { app }: Pick<Application, 'app'>,
  button: string,
  remember = false,
): Promise<void> {
  await app.evaluate(
    ({ dialog }, answer) => {
      const show = (_: unknown, { buttons }: Electron.MessageBoxOptions) => {
        (globalThis as { asked?: number }).asked = ((globalThis as { asked?: number }).asked ?? 0) + 1;
        return Promise.resolve({ response: buttons!.indexOf(answer.button), checkboxChecked: answer.remember });
      };
      dialog.showMessageBox = show as typeof dialog.showMessageBox;
    },
    { button, remember },
  );
}

/** How often that question was put. */
export const askedToClose = ({ app }: Application): Promise<number> =>
  app.evaluate(() => (globalThis as { asked?: number }).asked ?? 0);

/** Kills the service without a warning. */
export function killService({ app }: Application): void {
  const main = app.process().pid!;
  const children = readFileSync(`/proc/${main}/task/${main}/children`, 'utf8').trim().split(' ').map(Number);
  const service = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('engine/service.ts'));
  if (service === undefined) throw new Error('No service runs.');
  process.kill(service, 'SIGKILL');
}

/** Status of an address as main's protocol handlers answer it. */
export const statusOf = ({ app }: Application, url: string): Promise<number> =>
  app.evaluate(async ({ net }, address) => (await net.fetch(address)).status, url);

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Rules of accessibility that are broken on the page, and where. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const found = await (
      globalThis as unknown as {
        axe: { run: () => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      }
    ).axe.run();
    return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 120)}`));
  });
}
