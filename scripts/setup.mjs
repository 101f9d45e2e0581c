/**
 * @file npm run setup: makes a checkout ready on any Node >= 18, with nothing installed.
 * Each step does nothing where its result is there and whole; docs/setup.md tells what lies where.
 */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { withLock } from './lib/lock.mjs';
import { main } from './lib/main.mjs';
import { cacheDir, projectDir } from './lib/paths.mjs';
import { SetupError } from './lib/process.mjs';
import { Report } from './lib/report.mjs';
import { installBinding } from './setup/binding.mjs';
import { installClipResources } from './setup/clipResources.mjs';
import { installElectron } from './setup/electron.mjs';
import { checkNativeModules } from './setup/nativeModules.mjs';
import { fetchNode, installNode } from './setup/node.mjs';
import { installPackages } from './setup/npmPackages.mjs';
import { installSystemPackages, needs } from './setup/systemPackages.mjs';
import { fetchTeacherParts } from './setup/teacherParts.mjs';
import { fetchTensorflow } from './setup/tensorflow.mjs';

const usage = `usage: npm run setup -- [--gpu | --cpu] [--engine]
  --gpu      TensorFlow's CUDA build (by default where there is an NVIDIA GPU; DISTILLERY_TENSORFLOW=cuda for good)
  --cpu      TensorFlow's CPU build, also where there is a GPU (DISTILLERY_TENSORFLOW=cpu for good)
  --engine   the command line only, without Electron`;

/**
 * @param {{ build?: 'cpu' | 'cuda', window?: boolean, tests?: boolean }} options
 *   window: Electron and its libraries; tests: what only `npm test` needs
 * @throws {Error} naming each step that failed and what to do
 */
export async function setUp({ build = chooseBuild(), window = true, tests = false } = {}) {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new SetupError(
      `Distillery runs on 64-bit Intel or AMD Linux; this is ${process.platform} ${process.arch}.`,
      'On Windows, use the Windows Subsystem for Linux.',
    );
  }
  console.log(`Set-up (cache: ${cacheDir()})`);
  const checkout = `checkout-${createHash('sha256').update(projectDir).digest('hex').slice(0, 16)}`;
  await withLock(checkout, (lockFd) => runSteps(lockFd, build, window, tests), console.log);
}

/** Fetching overlaps with installing; a step waits only for what it uses. */
async function runSteps(lockFd, build, window, tests) {
  const report = new Report();
  const tools = report.step('system packages', (log) => installSystemPackages(needs.engine, log));
  const node = report.step('Node', fetchNode);
  const tensorflow = report.step('libtensorflow', (log) => fetchTensorflow(build, log), [tools]);
  report.step('CLIP resources', installClipResources, [tools]);
  report.step('bundled teacher', fetchTeacherParts, [tools]);
  const npm = report.step('npm packages', async () => installPackages(path.dirname((await node).file), lockFd), [node]);
  const packages = report.step('their binaries', () => installBinaries(node), [npm]);
  report.step('binding', async (log) => installBinding((await tensorflow).dir, log), [tools, packages, tensorflow]);
  if (window) {
    const wanted = [...needs.window, ...(tests ? needs.tests : [])];
    report.step('window packages', (log) => installSystemPackages(wanted, log), [tools]);
    report.step('Electron', installElectron, [packages]);
  }
  await report.finish();
}

/** What npm did not do because it ran no scripts: Node 24 among the packages; and a look whether the rest came compiled. */
async function installBinaries(node) {
  const changed = await installNode((await node).file);
  return { note: await checkNativeModules(), changed };
}

/** The CUDA build where there is an NVIDIA GPU, unless the user decided. */
function chooseBuild() {
  const wish = process.env.DISTILLERY_TENSORFLOW;
  if (wish === 'cpu' || wish === 'cuda') return wish;
  return existsSync('/proc/driver/nvidia/version') || existsSync('/dev/nvidia0') ? 'cuda' : 'cpu';
}

async function setUpByHand(args) {
  const known = ['--gpu', '--cpu', '--engine'];
  const wrong = args.filter((arg) => !known.includes(arg));
  if (wrong.length > 0 || (args.includes('--gpu') && args.includes('--cpu'))) {
    console.error(usage);
    return wrong.includes('--help') ? 0 : 2;
  }
  const build = args.includes('--gpu') ? 'cuda' : args.includes('--cpu') ? 'cpu' : chooseBuild();
  const start = Date.now();
  await setUp({ build, window: !args.includes('--engine') });
  console.log(
    `Ready in ${((Date.now() - start) / 1000).toFixed(1)} s. Next: npm run demo, npm start, or npx distillery doctor`,
  );
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(setUpByHand);
