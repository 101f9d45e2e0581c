/** @file Runs other programs and says clearly what went wrong. */

import { spawn } from 'node:child_process';
import { projectDir } from './paths.mjs';

/** A failure with what is missing and, on its second line, what to do. */
export class SetupError extends Error {
  constructor(what, todo) {
    super(`${what}\n${todo}`);
  }
}

/**
 * Runs a program to its end and collects what it prints.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, input?: string, fds?: number[] }} options
 *   `env` is added to ours; `fds` are inherited from descriptor 3 on.
 * @returns {Promise<{ code: number, stdout: string, output: string }>} code 127 where there is no such program;
 *   `output` is stdout and stderr as they came.
 */
export function capture(command, args, { cwd = projectDir, env = {}, input, fds = [] } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...fds],
    });
    let stdout = '';
    let output = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
      output += chunk;
    });
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ code: 127, stdout, output: output + error.message }));
    child.on('close', (code, signal) =>
      resolve({ code: code ?? 128, stdout, output: signal ? output + signal : output }),
    );
    if (input !== undefined) child.stdin.on('error', () => undefined).end(input);
  });
}

/** Like `capture`, but a failure throws what `describe` makes of the last lines. */
export async function run(command, args, todo, options = {}) {
  const result = await capture(command, args, options);
  if (result.code === 127) throw new SetupError(`The program ${command} is missing or does not start.`, todo);
  if (result.code !== 0) {
    const last = result.output.trim().split('\n').slice(-12).join('\n    ');
    throw new SetupError(`\`${[command, ...args].join(' ')}\` failed (${result.code}):\n    ${last}`, todo);
  }
  return result;
}
