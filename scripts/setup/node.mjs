/** @file Node 24: what the install script of the npm package `node` would do, with a cache and a hash. */

import { link, mkdir, rename, rm, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import { cacheEntry } from '../lib/cache.mjs';
import { fetchPackage } from '../lib/npmPackage.mjs';
import { inProject, nodeBinary } from '../lib/paths.mjs';
import { run } from '../lib/process.mjs';
import { node } from './pins.mjs';

/** The program in the cache, before there is a node_modules. */
export async function fetchNode(log) {
  const make = (dir) => fetchPackage(node, dir, ['bin/node', 'LICENSE']);
  const { dir, bytes, made } = await cacheEntry(`node-${node.version}`, node.bytes, make, log);
  return { note: node.version, bytes, changed: made, file: path.join(dir, 'bin/node') };
}

/** Puts the fetched program where npm scripts and the command line find it. */
export async function installNode(file) {
  const changed = !(await sameFile(file, nodeBinary));
  if (changed) {
    await place(file, nodeBinary);
    const { stdout } = await run(
      nodeBinary,
      ['--version'],
      'Distillery needs 64-bit Intel or AMD Linux with glibc 2.28.',
    );
    if (stdout.trim() !== `v${node.version}`) throw new Error(`${nodeBinary} is ${stdout.trim()}.`);
  }
  await linkBinary('node', '../node/bin/node');
  await linkBinary('distillery', '../../bin/distillery.mjs'); // npm links the binaries of dependencies only
  return changed;
}

/** Hard link, or a symbolic one where the cache lies on another disk or belongs to somebody else. */
async function place(from, to) {
  await mkdir(path.dirname(to), { recursive: true });
  const beside = `${to}.${process.pid}`;
  await link(from, beside).catch(() => symlink(from, beside));
  await rename(beside, to);
}

async function sameFile(a, b) {
  const [first, second] = await Promise.all([stat(a), stat(b).catch(() => undefined)]);
  return first.ino === second?.ino && first.dev === second.dev;
}

async function linkBinary(name, target) {
  const file = inProject('node_modules/.bin', name);
  if (await stat(file).catch(() => undefined)) return;
  await mkdir(path.dirname(file), { recursive: true });
  await rm(file, { force: true });
  await symlink(target, file);
}
