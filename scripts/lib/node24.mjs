/** @file Runs a program in the foreground: with our input and output, stopped when we are. */

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';
import { inProject, nodeBinary, projectDir } from './paths.mjs';

/** Tells the command line that its launcher holds the other end of its channel. */
export const launchedVariable = 'DISTILLERY_LAUNCHED';

/**
 * Becomes bin/distillery.mjs on Node 24, as far as the shell can tell.
 * In a session of its own it gets each signal once, from us; and it ends when its channel to us closes, so that even
 * SIGKILL to us leaves nothing running.
 * @param {string[]} args
 * @returns {Promise<number>} exit code
 */
export function runDistillery(args) {
  const child = spawn(nodeBinary, [inProject('bin/distillery.mjs'), ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    detached: true,
    env: { ...withOurBinaries(), [launchedVariable]: '1' },
  });
  return ended(child, (signal) => child.kill(signal));
}

/**
 * Runs a tool that shares our terminal, so Ctrl-C reaches it and what it started without our help.
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} env added to ours
 * @returns {Promise<number>} exit code
 */
export function runTool(command, args, env = {}) {
  const child = spawn(command, args, { cwd: projectDir, stdio: 'inherit', env: { ...withOurBinaries(), ...env } });
  return ended(child, (signal) => {
    if (signal !== 'SIGINT') child.kill(signal);
  });
}

/** Our environment with node_modules/.bin, and so Node 24, first in PATH. */
export function withOurBinaries() {
  return { ...process.env, PATH: `${inProject('node_modules/.bin')}${path.delimiter}${process.env.PATH ?? ''}` };
}

/** Exit code, or as shells have it 128 and the number of the signal that ended the child; we outlive it. */
function ended(child, pass) {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, pass);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      for (const name of signals) process.removeListener(name, pass);
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}
