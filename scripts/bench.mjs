/**
 * @file npm run bench -- NAME [options]: set-up, then bench/NAME.ts. What it is compared with comes first: the Python peers, or for `window` the
 * window itself and a screen.
 */

import { readdirSync } from 'node:fs';
import { buildWindow, electronEnv, onVirtualScreen } from './lib/electron.mjs';
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
  const command = [nodeBinary, inProject('bench', `${name}.ts`), ...options];
  return name === 'window' ? onScreen(command) : besidePeers(command);
});

async function besidePeers([program, ...args]) {
  await setUp({ window: false });
  await installSystemPackages(needs.bench, console.log);
  return runTool(program, args, { PEERS_PYTHON: await peersPython(console.log) });
}

/** The screen that there is, with its GPU, or a virtual one. */
async function onScreen(command) {
  await setUp({ tests: true });
  const built = await buildWindow();
  if (built !== 0) return built;
  const screen = Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
  const [program, ...args] = screen ? command : onVirtualScreen(command);
  return runTool(program, args, { ...electronEnv(), DISTILLERY_BENCH_GPU: screen ? '1' : '' });
}
