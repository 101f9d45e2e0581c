/** @file npm start: set-up, build, and the window; options are the window's, e.g. --workspace=DIR. */

import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { buildWindow, electronEnv } from './lib/electron.mjs';
import { main } from './lib/main.mjs';
import { runTool } from './lib/node24.mjs';
import { projectDir } from './lib/paths.mjs';
import { setUp } from './setup.mjs';

await main(async (args) => {
  await setUp();
  const built = await buildWindow();
  if (built !== 0) return built;
  const electron = electronEnv().ELECTRON_EXEC_PATH;
  return runTool(electron, [...sandboxSwitches(path.dirname(realpathSync(electron))), projectDir, ...args]);
});

/** Chromium refuses to run as root with its sandbox, and some systems let only a setuid helper make one. */
function sandboxSwitches(dist) {
  if (process.getuid?.() === 0) {
    console.log('Running as root, so without the sandbox of Chromium. Better start it as an ordinary user.');
    return ['--no-sandbox'];
  }
  const restriction = '/proc/sys/kernel/apparmor_restrict_unprivileged_userns';
  const helper = path.join(dist, 'chrome-sandbox');
  if (existsSync(restriction) && readFileSync(restriction, 'utf8').trim() === '1' && !isSetuidRoot(helper)) {
    console.log('If the window does not come up, this system wants a setuid helper for the sandbox. Type once:');
    console.log(`  sudo chown root:root ${helper} && sudo chmod 4755 ${helper}`);
  }
  return [];
}

function isSetuidRoot(file) {
  const { uid, mode } = statSync(file);
  return uid === 0 && (mode & 0o4000) !== 0;
}
