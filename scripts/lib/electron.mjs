/** @file Where Electron lies, and what its build and its start need to know. */

import path from 'node:path';
import { nodeBinary, inProject } from './paths.mjs';
import { runTool } from './node24.mjs';

const dist = inProject('node_modules/electron/dist');

/** Variables for electron-vite, the package `electron` and tests. */
export function electronEnv() {
  return {
    ELECTRON_OVERRIDE_DIST_PATH: dist,
    ELECTRON_EXEC_PATH: path.join(dist, 'electron'),
    ELECTRON_MAJOR_VER: '33', // the oldest that the set-up may have put there
  };
}

/** Builds main, preload and renderer into out/. @returns {Promise<number>} exit code */
export function buildWindow() {
  const cli = inProject('node_modules/electron-vite/bin/electron-vite.js');
  return runTool(nodeBinary, [cli, 'build', '--logLevel', 'warn'], electronEnv());
}

/** A command that runs on a virtual screen, which software draws. */
export const onVirtualScreen = (command) => ['xvfb-run', '-a', '-s', '-screen 0 1440x900x24', ...command];
