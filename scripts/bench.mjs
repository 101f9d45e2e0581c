/** @file npm run bench -- NAME [options]: set-up, the Python peers, then bench/NAME.ts, which measures both. */

import { readdirSync } from 'node:fs';
import { main } from './lib/main.mjs';
import { runTool } from './lib/node24.mjs';
import { inProject, nodeBinary } from './lib/paths.mjs';
import { peersPython } from './lib/peers.mjs';
import { setUp } from './setup.mjs';
import { installSystemPackages, needs } from './setup/systemPackages.mjs';

const names = readdirSync(inProject('bench')).flatMap((file) => /^(\w+)\.ts$/.exec(file)?.[1] ?? []);

await main(async ([name, ...options]) => {
  if (!names.includes(name)) {
    console.error(`usage: npm run bench -- ${names.join('|')} [options]`);
    return 2;
  }
  await setUp({ window: false });
  await installSystemPackages(needs.bench, console.log);
  const PEERS_PYTHON = await peersPython(console.log);
  return runTool(nodeBinary, [inProject('bench', `${name}.ts`), ...options], { PEERS_PYTHON });
});
