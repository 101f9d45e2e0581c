/** @file Programs and libraries of the operating system: what is missing, and apt-get where that can be used. */

import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { capture, run } from '../lib/process.mjs';

/**
 * What each part needs: how to see that it is there, and its package on Debian and Ubuntu (newer name first).
 * @typedef {{ program?: string, library?: string, pythonModule?: string, fonts?: true, packages: string[] }} Need
 * @type {Record<'engine' | 'window' | 'tests' | 'bench', Need[]>}
 */
export const needs = {
  engine: [
    { program: 'g++', packages: ['g++'] },
    { pythonModule: 'pip', packages: ['python3-pip'] },
  ],
  window: [
    { library: 'libgtk-3.so.0', packages: ['libgtk-3-0t64', 'libgtk-3-0'] },
    { library: 'libnss3.so', packages: ['libnss3'] },
    { library: 'libasound.so.2', packages: ['libasound2t64', 'libasound2'] },
    { library: 'libgbm.so.1', packages: ['libgbm1'] },
    { library: 'libXss.so.1', packages: ['libxss1'] },
    { library: 'libXtst.so.6', packages: ['libxtst6'] },
    { library: 'libnotify.so.4', packages: ['libnotify4'] },
    { library: 'libatk-bridge-2.0.so.0', packages: ['libatk-bridge2.0-0t64', 'libatk-bridge2.0-0'] },
    { library: 'libdrm.so.2', packages: ['libdrm2'] },
    { library: 'libxkbcommon.so.0', packages: ['libxkbcommon0'] },
    { library: 'libcups.so.2', packages: ['libcups2t64', 'libcups2'] },
    { fonts: true, packages: ['fonts-dejavu-core'] },
  ],
  tests: [
    { program: 'xvfb-run', packages: ['xvfb'] },
    { program: 'xauth', packages: ['xauth'] },
  ],
  bench: [{ pythonModule: 'ensurepip', packages: ['python3-venv'] }],
};

/**
 * Installs what is missing where we are root and there is apt-get; else says what to type and goes on, because a
 * full cache may do without, and the step that cannot will say so.
 * @param {Need[]} wanted
 * @param {(line: string) => void} log
 */
export async function installSystemPackages(wanted, log) {
  const missing = await findMissing(wanted);
  if (missing.length === 0) return { note: '', changed: false };
  if (!hasProgram('apt-get')) {
    log(`missing: ${missing.map(describe).join(', ')}. Install them with your package manager.`);
    return { note: `${missing.length} missing`, changed: true };
  }
  if (process.getuid?.() !== 0) {
    const names = missing.map((need) => need.packages.at(-1)).join(' ');
    log(`missing: ${missing.map(describe).join(', ')}. Type: sudo apt-get install --no-install-recommends ${names}`);
    return { note: `${missing.length} missing`, changed: true };
  }
  const names = await aptInstall(missing);
  return { note: names.join(' '), changed: true };
}

/** @param {Need[]} wanted */
export async function findMissing(wanted) {
  const libraries = wanted.some((need) => need.library) ? await knownLibraries() : undefined;
  const found = await Promise.all(
    wanted.map(async (need) => {
      if (need.program) return hasProgram(need.program);
      if (need.library) return libraries === undefined || libraries.has(need.library);
      if (need.fonts) return hasFonts();
      return hasPythonModule(need.pythonModule);
    }),
  );
  return wanted.filter((_, index) => !found[index]);
}

const describe = (need) =>
  need.program ?? need.library ?? (need.pythonModule ? `${need.pythonModule} for Python 3` : 'fonts');

export function hasProgram(name, searchPath = process.env.PATH ?? '') {
  return searchPath.split(path.delimiter).some((dir) => {
    try {
      accessSync(path.join(dir, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

async function hasPythonModule(name) {
  const find = `import sys, importlib.util; sys.exit(importlib.util.find_spec('${name}') is None)`;
  const tries = await Promise.all(['python3', '/usr/bin/python3'].map((python) => capture(python, ['-c', find])));
  return tries.some(({ code }) => code === 0);
}

/** Sonames that the loader knows, or undefined where it cannot be asked. */
async function knownLibraries() {
  const ldconfig = ['/sbin/ldconfig', '/usr/sbin/ldconfig'].find((file) => existsSync(file));
  if (!ldconfig) return undefined;
  const { code, stdout } = await capture(ldconfig, ['-p']);
  if (code !== 0) return undefined;
  return new Set(stdout.split('\n').flatMap((line) => (line.includes('x86-64') ? [line.trim().split(' ')[0]] : [])));
}

function hasFonts() {
  try {
    return readdirSync('/usr/share/fonts').length > 0;
  } catch {
    return false;
  }
}

async function aptInstall(missing) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const todo = 'Install them yourself, then try again.';
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  await run('apt-get', ['update', '-qq', ...wait], 'Check the network and /etc/apt/sources.list, then try again.', {
    env,
  });
  const names = await Promise.all(missing.map((need) => firstKnown(need.packages)));
  await run('apt-get', ['install', '-qq', '-y', '--no-install-recommends', ...wait, ...names], todo, { env });
  return names;
}

/** The first name that this release has as a real package. */
async function firstKnown(names) {
  for (const name of names.slice(0, -1)) {
    const { code } = await capture('apt-cache', ['show', '--no-all-versions', name]);
    if (code === 0) return name;
  }
  return names.at(-1);
}
