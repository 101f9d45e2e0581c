/** @file Native modules that come compiled: shown to load on Node 24 after they were installed. */

import { nodeBinary } from '../lib/paths.mjs';
import { run } from '../lib/process.mjs';

const check = `
const Database = require('better-sqlite3');
const sqlite = new Database(':memory:').prepare('select sqlite_version() as version').get().version;
console.log('SQLite ' + sqlite + ', libvips ' + require('sharp').versions.vips);
`;

/** @param {Promise<{ changed: boolean }>} packages the npm packages */
export async function checkNativeModules(packages) {
  const todo = 'Distillery needs 64-bit Intel or AMD Linux with glibc 2.28; remove node_modules and try again.';
  const { stdout } = await run(nodeBinary, ['-e', check], todo);
  return { note: stdout.trim(), changed: (await packages).changed };
}
