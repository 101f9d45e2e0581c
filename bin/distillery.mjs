#!/usr/bin/env node
/** @file distillery: the command line, on the Node 24 of the set-up whatever Node started this file. */

import { existsSync, realpathSync } from 'node:fs';
import { launchedVariable, runDistillery } from '../scripts/lib/node24.mjs';
import { inProject, nodeBinary } from '../scripts/lib/paths.mjs';

if (!existsSync(nodeBinary)) {
  console.error('Distillery is not set up yet. Run: npm run setup');
  process.exitCode = 1;
} else if (process.execPath === realpathSync(nodeBinary)) {
  if (process.env[launchedVariable] && process.channel) endWithLauncher();
  const cli = inProject('src/main/engine/cli.ts');
  process.argv[1] = cli;
  await import(cli);
} else {
  process.exitCode = await runDistillery(process.argv.slice(2));
}

/** A killed launcher cannot pass its signal on: its end of the channel closes. */
function endWithLauncher() {
  delete process.env[launchedVariable];
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.channel.unref();
}
