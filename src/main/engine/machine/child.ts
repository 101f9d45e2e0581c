/** @file Runs a program for a look at the machine: whatever happens to it, we only hear of it. */

import { execFile } from 'node:child_process';

export interface Outcome {
  ok: boolean;
  stdout: string;
  /** Why it failed, in one line; empty where it did not. */
  reason: string;
}

export function tryProgram(command: string, args: readonly string[], timeoutMs = 60_000): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: timeoutMs }, (error, stdout, stderr) => {
      const lastLine = stderr.trim().split('\n').at(-1) ?? '';
      const ended = error?.signal ? `ended by ${error.signal}` : (error?.message ?? '');
      resolve({ ok: error === null, stdout, reason: error === null ? '' : lastLine || ended });
    });
  });
}
