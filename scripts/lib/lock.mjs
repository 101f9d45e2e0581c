/** @file Locks between set-ups that run at the same time, kept by the kernel: they end with their process, however it ends. */

import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { cacheDir } from './paths.mjs';
import { SetupError, capture } from './process.mjs';

/**
 * Runs `work` while nobody else holds the lock `name`.
 * The lock belongs to the open file, so flock(1) may take it for us on an inherited descriptor, and a child that
 * inherits `fd` keeps it: what a killed set-up left running is waited for as well.
 * @param {string} name
 * @param {(fd: number) => Promise<T>} work
 * @param {(line: string) => void} log told when we have to wait
 * @template T
 */
export async function withLock(name, work, log = () => undefined) {
  const file = path.join(cacheDir(), 'locks', `${name}.lock`);
  mkdirSync(path.dirname(file), { recursive: true });
  const fd = openSync(file, 'a');
  try {
    const first = await capture('flock', ['--nonblock', '3'], { fds: [fd] });
    if (first.code === 127) throw new SetupError('The program flock is missing.', 'Install the package util-linux.');
    if (first.code !== 0) {
      log(`waiting for another set-up (${name})`);
      const second = await capture('flock', ['3'], { fds: [fd] });
      if (second.code !== 0)
        throw new SetupError(`Could not lock ${file}: ${second.output}`, 'Is its folder writable?');
    }
    return await work(fd);
  } finally {
    closeSync(fd);
  }
}
