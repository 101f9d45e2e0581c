/** @file Where things lie: the checkout, its own Node, and the cache outside the checkout. */

import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectDir = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

export const inProject = (...parts) => path.join(projectDir, ...parts);

/** The Node that runs everything except the set-up itself. */
export const nodeBinary = inProject('node_modules/node/bin/node');

/** For that Node when it fetches: trust the certificates of the system, as Node from a distribution does. */
export const trustSystem = { NODE_USE_SYSTEM_CA: '1' };

/** Folder of everything that is fetched or built once for all checkouts. */
export function cacheDir(env = process.env) {
  if (env.DISTILLERY_CACHE) return path.resolve(env.DISTILLERY_CACHE);
  return path.join(env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'distillery');
}
