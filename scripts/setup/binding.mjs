/**
 * @file The binding between Node and libtensorflow, compiled from the sources of the npm package, and the link through
 * which it finds the library: node_modules/@tensorflow/tfjs-node-gpu/{lib/napi-v8/tfjs_binding.node, deps/lib}.
 */

import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { cacheEntry, hashFile } from '../lib/cache.mjs';
import { inProject, nodeBinary } from '../lib/paths.mjs';
import { run } from '../lib/process.mjs';

const packageDir = inProject('node_modules/@tensorflow/tfjs-node-gpu');
const headerDir = inProject('node_modules/node-api-headers');
const binding = 'lib/napi-v8/tfjs_binding.node';
const logLevelSource = inProject('scripts/setup/logLevel.cc');
const logLevel = 'lib/napi-v8/liblog_level.so';
const flags = [
  ...['-O2', '-fPIC', '-shared', '-std=c++17', '-w'],
  ...['-DNAPI_VERSION=8', '-DBUILDING_NODE_EXTENSION', '-DNODE_GYP_MODULE_NAME=tfjs_binding'],
];

const libraries = [
  '-Wl,--no-as-needed',
  '-l:libtensorflow_cc.so.2',
  '-l:libtensorflow_framework.so.2',
  '-l:liblog_level.so', // last: see logLevel.cc
  '-Wl,-rpath,$ORIGIN/../../deps/lib:$ORIGIN',
];

/** @param {string} libraryDir folder of libtensorflow_cc.so.2, libtensorflow_framework.so.2 and include/ */
export async function installBinding(libraryDir, log) {
  const key = await bindingKey(libraryDir);
  const entry = await cacheEntry(`binding-${key}`, 10e6, (dir) => compile(libraryDir, dir), log);
  if (await isInstalled(entry.dir, libraryDir)) return { note: 'for Node-API 8', bytes: entry.bytes, changed: false };
  await install(entry.dir, libraryDir);
  return { note: 'for Node-API 8', bytes: entry.bytes, changed: true };
}

/** Changes with everything that the compiled file depends on; the CPU and the CUDA build share it. */
async function bindingKey(libraryDir) {
  const hash = createHash('sha256').update(JSON.stringify([flags, libraries]));
  const sources = (await readdir(path.join(packageDir, 'binding'))).sort();
  const files = [...sources.map((name) => path.join(packageDir, 'binding', name)), logLevelSource];
  files.push(path.join(headerDir, 'package.json'), path.join(libraryDir, 'include/tensorflow/c/c_api.h'));
  for (const file of files) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}

async function compile(libraryDir, dir) {
  const includes = [path.join(libraryDir, 'include'), packageDir, path.join(headerDir, 'include')];
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => path.join(packageDir, 'binding', name));
  const search = [...includes.map((include) => `-I${include}`), `-L${libraryDir}`, `-L${dir}`];
  const args = [...flags, ...search, ...sources, ...libraries];
  const todo = 'Is a C++17 compiler installed? On Debian and Ubuntu: apt-get install g++';
  await run('g++', [...flags, logLevelSource, '-o', path.join(dir, path.basename(logLevel))], todo);
  await run('g++', [...args, '-o', path.join(dir, 'tfjs_binding.node')], todo);
}

async function isInstalled(compiledDir, libraryDir) {
  const link = await readlink(path.join(packageDir, 'deps/lib')).catch(() => undefined);
  const same = await Promise.all(
    [binding, logLevel].map(async (file) => {
      const there = await hashFile(path.join(packageDir, file)).catch(() => undefined);
      return there === (await hashFile(path.join(compiledDir, path.basename(file))));
    }),
  );
  return link === libraryDir && same.every(Boolean);
}

/** Shows in a folder beside that Node loads the pair, then puts both in their places, each in one step. */
async function install(compiledDir, libraryDir) {
  const beside = await mkdtemp(path.join(packageDir, '.new-'));
  try {
    await mkdir(path.join(beside, 'deps'));
    await mkdir(path.join(beside, path.dirname(binding)), { recursive: true });
    await symlink(libraryDir, path.join(beside, 'deps/lib'));
    for (const file of [logLevel, binding]) {
      await copyFile(path.join(compiledDir, path.basename(file)), path.join(beside, file));
    }
    const check = `console.log(require(${JSON.stringify(path.join(beside, binding))}).TF_Version)`;
    const todo = 'Distillery needs 64-bit Intel or AMD Linux with glibc 2.28 and a processor with AVX.';
    await run(nodeBinary, ['-e', check], todo, { env: { TF_CPP_MIN_LOG_LEVEL: '2' } });
    for (const name of ['deps/lib', logLevel, binding]) {
      await mkdir(path.dirname(path.join(packageDir, name)), { recursive: true });
      await rename(path.join(beside, name), path.join(packageDir, name));
    }
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}
