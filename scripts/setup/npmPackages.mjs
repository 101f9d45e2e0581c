/** @file The packages of package-lock.json, installed by npm when something is missing. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { requireRoom } from '../lib/disk.mjs';
import { inProject, projectDir, trustSystem } from '../lib/paths.mjs';
import { SetupError, run } from '../lib/process.mjs';

/**
 * @param {string} nodeDir folder of Node 24's program: npm leaves out optional packages, among them compiled
 *   ones that we need, whose `engines` do not include the Node that it runs on
 * @param {number} lockFd the lock of this checkout, which npm keeps should we be killed
 */
export async function installPackages(nodeDir, lockFd) {
  const lock = JSON.parse(await readFile(inProject('package-lock.json'), 'utf8'));
  const count = Object.keys(lock.packages).length - 1;
  const reason = await whyIncomplete(lock, projectDir);
  if (reason === undefined) return { note: `${count} packages`, changed: false };
  await requireRoom(projectDir, 0.8e9, 'npm packages');
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const PATH = `${nodeDir}${path.delimiter}${process.env.PATH ?? ''}`;
  const todo =
    'Check that npm is installed and the network, or name a mirror in .npmrc (docs/setup.md), then try again.';
  await run('npm', args, todo, { fds: [lockFd], env: { PATH, ...trustSystem } });
  const still = await whyIncomplete(lock, projectDir);
  if (still)
    throw new SetupError(`npm ci left node_modules incomplete: ${still}.`, 'Remove node_modules and try again.');
  return { note: `${count} packages, because ${reason}`, changed: true };
}

/**
 * Why node_modules is not what the lock file says, or undefined where it is.
 * npm writes node_modules/.package-lock.json last, so a list of installed packages means that it came to its end.
 * @param {{ packages: Record<string, { version?: string, optional?: boolean, link?: boolean, os?: string[], cpu?: string[], libc?: string[] }> }} lock
 * @param {string} dir
 */
export async function whyIncomplete(lock, dir) {
  const read = (...names) => readFile(path.join(dir, ...names), 'utf8').then(JSON.parse, () => undefined);
  const installed = await read('node_modules/.package-lock.json');
  if (!installed) return 'node_modules is not complete';
  const reasons = await Promise.all(
    Object.entries(lock.packages).map(async ([name, wanted]) => {
      if (name === '' || wanted.link) return undefined;
      if (wanted.optional && !installed.packages[name] && !isForThisPlatform(wanted)) return undefined;
      const there = (await read(name, 'package.json'))?.version;
      if (there === undefined) return `${name} is missing`;
      return there === wanted.version ? undefined : `${name} is ${there} instead of ${wanted.version}`;
    }),
  );
  return reasons.find((reason) => reason !== undefined);
}

/** Made for it by name; what fits everywhere may be left out for the sake of what it belongs to. */
function isForThisPlatform({ os = [], cpu = [], libc = ['glibc'] }) {
  return os.includes('linux') && cpu.includes('x64') && libc.includes('glibc');
}
