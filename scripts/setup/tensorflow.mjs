/** @file libtensorflow, taken from the Python wheel: the CPU build, or the CUDA build with the libraries it needs. */

import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { cacheEntry } from '../lib/cache.mjs';
import { fetchWheels } from '../lib/wheels.mjs';
import { extractZip } from '../lib/zip.mjs';
import { tensorflow } from './pins.mjs';

/** Of 24,000 headers the binding includes fourteen. */
const headers = /^tensorflow\/include\/(tensorflow\/(c|core\/platform)|tsl\/platform|xla\/tsl\/c)\/.*\.h$/;
const libraries = /^tensorflow\/libtensorflow_(cc|framework)\.so\.2$/;
/** Shared libraries, and what XLA compiles with (ptxas, libdevice). */
const cuda = /^nvidia\/[a-z_]+\/(lib\/.*\.so[.\d]*|bin\/(ptxas|nvlink)|nvvm\/libdevice\/.*\.bc)$/;
const licence = /^[^/]+\.dist-info\/.*(license|notice|third_party)[^/]*$/i;

/**
 * Fetches the build into the cache.
 * @param {'cpu' | 'cuda'} build
 * @returns {Promise<{ note: string, bytes: number, changed: boolean, dir: string }>} dir holds the libraries and include/;
 *   beside it lies nvidia/, where the libraries look for CUDA
 */
export async function fetchTensorflow(build, log) {
  const { entry, bytes: room, wheels } = tensorflow[build];
  const made = await cacheEntry(entry, room, (dir) => takeFromWheels(wheels, dir), log);
  const note = `${wheels[0].version} for ${build === 'cpu' ? 'the CPU' : 'NVIDIA GPUs (CUDA 12)'}`;
  return { note, bytes: made.bytes, changed: made.made, dir: path.join(made.dir, 'tensorflow') };
}

async function takeFromWheels(wheels, dir) {
  const wanted = (name) => [headers, libraries, cuda, licence].some((pattern) => pattern.test(name));
  for (const pin of wheels) {
    // one by one: an unpacked wheel makes room for the next
    const [file] = await fetchWheels([pin], dir);
    await extractZip(file, dir, (name) => (wanted(name) ? name : undefined));
    await rm(file);
  }
  await rm(path.join(dir, 'requirements.txt'));
  const found = await readdir(path.join(dir, 'tensorflow'));
  if (!found.includes('include')) throw new Error(`${wheels[0].name} ${wheels[0].version} holds no headers.`);
}
