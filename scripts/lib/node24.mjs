/** @file Runs a program in the foreground, on Node 24 or any other, as if it were this process. */

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';
import { inProject, nodeBinary, projectDir } from './paths.mjs';

/** Tells the command line that its launcher holds the other end of its channel. */
export const launchedVariable = 'DISTILLERY_LAUNCHED';

/**
 * Runs Node 24 with our input, output and signals.
 * A child in a session of its own gets each signal once, from us; and bin/distillery.mjs ends when its channel to us
 * closes, so that even SIGKILL to us leaves nothing running.
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, cwd?: string }} options
 * @returns {Promise<number>} exit code; 128 and the signal's number where a signal ended it
 */
export function runInNode24(args, { env = {}, cwd = process.cwd() } = {}) {
  return runForeground(nodeBinary, args, { env: { ...env, [launchedVariable]: '1' }, cwd, stdio: [0, 1, 2, 'ipc'] });
}

/** The same for any program; our node_modules/.bin comes first in its PATH. */
export function runForeground(command, args, { env = {}, cwd = projectDir, stdio = 'inherit' } = {}) {
  const PATH = `${inProject('node_modules/.bin')}${path.delimiter}${process.env.PATH ?? ''}`;
  const child = spawn(command, args, { cwd, stdio, detached: true, env: { ...process.env, PATH, ...env } });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const handlers = signals.map((signal) => [signal, () => child.kill(signal)]);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      for (const [name, handler] of handlers) process.removeListener(name, handler);
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}
