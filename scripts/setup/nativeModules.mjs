/** @file Native modules that come compiled: shown to load on Node 24, once they are there. */

import { nodeBinary } from '../lib/paths.mjs';
import { SetupError, capture } from '../lib/process.mjs';

const check = `
try {
  const Database = require('better-sqlite3');
  const sqlite = new Database(':memory:').prepare('select sqlite_version() as version').get().version;
  require('@julusian/jpeg-turbo');
  console.log('SQLite ' + sqlite + ', libvips ' + require('sharp').versions.vips);
} catch (error) {
  console.log(error.message);
  process.exitCode = 1;
}
`;

/** Their versions, as one line. */
export async function checkNativeModules() {
  const { code, output } = await capture(nodeBinary, ['-e', check]);
  if (code === 0) return output.trim();
  throw new SetupError(
    `A compiled package does not load (${code}): ${output.trim()}`,
    'Distillery needs 64-bit Intel or AMD Linux with glibc 2.28. If that is given, remove node_modules and try again.',
  );
}
