/** @file Starts the command line as a job that outlives the window, and reads what it said. */

import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { jobVariable } from '../jobs.ts';
import { timestamp, type Workspace } from '../store/workspace.ts';

const commandLine = path.join(import.meta.dirname, '../../../../bin/distillery.mjs');
/** How often the starter says that its child lives, so that one busy for long does not count as dead. */
const vouchMs = 5000;
/** Read of a log in one go; of a longer one only the end is shown. */
const logBytes = 256 * 1024;

/** What jobs get beside the environment of the service: the settings of the window. */
let environment: Record<string, string> = {};

export function setJobEnvironment(variables: Record<string, string>): void {
  environment = variables;
}

/**
 * Runs the process of a job whose row is there, in its own session: it survives the service and the window, and is found
 * again by its row. `onEnd` is called once the process is gone and its row says how it ended.
 */
export function runJob(workspace: Workspace, id: number, command: readonly string[], onEnd: () => void): void {
  const { sqlite } = workspace;
  const log = path.join('jobs', `${id}.ndjson`);
  mkdirSync(path.join(workspace.dir, 'jobs'), { recursive: true });
  const output = openSync(path.join(workspace.dir, log), 'w');
  const argv = [commandLine, ...command, '--workspace', workspace.dir, '--json'];
  const child = spawn(process.execPath, argv, {
    detached: true,
    stdio: ['ignore', output, output],
    env: { ...process.env, ...environment, [jobVariable]: String(id) },
  });
  closeSync(output);
  sqlite.prepare('UPDATE jobs SET pid = ?, log = ? WHERE id = ?').run(child.pid ?? 0, log, id);
  child.unref();

  const write = (sql: string, ...values: (string | number | null)[]): void => {
    // the workspace may be closed while the job goes on
    if (sqlite.open) sqlite.prepare(`UPDATE jobs SET ${sql} AND state = 'running'`).run(...values);
  };
  const vouching = setInterval(() => {
    write('heartbeat_at = ? WHERE id = ?', timestamp(), id);
  }, vouchMs).unref();
  const end = (state: 'done' | 'cancelled' | 'failed', error: string | null): void => {
    clearInterval(vouching);
    // only where the job did not say it itself
    write('state = ?, error = ?, finished_at = ? WHERE id = ?', state, error, timestamp(), id);
    onEnd();
  };
  child.on('error', (error) => {
    end('failed', `The job could not be started: ${error.message}`);
  });
  child.on('exit', (code, signal) => {
    if (code === 0) end('done', null);
    else if (code === 130 || signal === 'SIGINT') end('cancelled', null);
    else
      void lastWords(workspace, log).then((words) => {
        end('failed', words ?? `The process ended by ${signal ?? `exit code ${code ?? '?'}`}.`);
      });
  });
}

/** What a process printed before it died, when that was not progress. */
async function lastWords(workspace: Workspace, log: string): Promise<string | undefined> {
  const { lines } = await readLog(workspace, log, 0).catch(() => ({ lines: [] }));
  return lines.slice(-8).join('\n') || undefined;
}

/** Whole lines for people from byte `from` of a log on, and the offset after them; progress is left out. */
export async function readLog(
  workspace: Workspace,
  log: string,
  from: number,
): Promise<{ lines: string[]; next: number }> {
  const handle = await open(path.join(workspace.dir, log), 'r');
  try {
    const { size } = await handle.stat();
    const start = Math.max(from, size - logBytes);
    const buffer = Buffer.alloc(Math.max(0, size - start));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
    const whole = buffer.subarray(0, bytesRead).lastIndexOf(10) + 1;
    const lines = buffer
      .toString('utf8', 0, whole)
      .split('\n')
      .slice(start > from ? 1 : 0);
    return { lines: lines.flatMap(spoken), next: start + whole };
  } finally {
    await handle.close();
  }
}

/** `{"log": ...}` is speech, other JSON is progress or a result, anything else came from a library or a crash. */
function spoken(line: string): string[] {
  if (line.trim() === '') return [];
  if (!line.startsWith('{')) return [line];
  try {
    const value = JSON.parse(line) as { log?: unknown; error?: unknown };
    const text = value.log ?? value.error;
    return typeof text === 'string' ? [text] : [];
  } catch {
    return [line];
  }
}
