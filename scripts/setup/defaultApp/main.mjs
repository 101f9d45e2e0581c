/**
 * @file Starts an application from a folder: electron [-r MODULE] [switches] FOLDER [its arguments].
 * Becomes default_app.asar of the Electron that the set-up takes from npm, which comes without one.
 */

import { app } from 'electron';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const { modules, folder } = parse(process.argv.slice(1));
process.defaultApp = true;

if (folder === undefined) {
  console.error('usage: electron [-r MODULE] FOLDER');
  app.exit(2);
} else {
  const dir = path.resolve(folder);
  const about = JSON.parse(readFileSync(path.join(dir, 'package.json'), 'utf8'));
  app.setName(about.productName ?? about.name);
  app.setVersion(about.version ?? '0.0.0');
  app.setAppPath(dir);
  const require = createRequire(path.join(dir, 'package.json'));
  for (const name of modules) require(path.isAbsolute(name) ? name : path.resolve(name));
  // awaited, so that `ready` comes after the application has had its say
  await import(pathToFileURL(path.join(dir, about.main ?? 'index.js')).href);
}

/** The first argument that is neither a switch nor belongs to -r is the application. */
function parse(args) {
  const modules = [];
  for (let at = 0; at < args.length; at++) {
    if (args[at] === '-r' || args[at] === '--require') modules.push(args[++at]);
    else if (!args[at].startsWith('-')) return { modules, folder: args[at] };
  }
  return { modules, folder: undefined };
}
