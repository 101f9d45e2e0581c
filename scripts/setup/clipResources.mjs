/** @file Tokenizer merges, ImageNet class names and prompts, taken from the wheel of open_clip; WordNet's ids of the classes from that of timm. */

import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cacheEntry } from '../lib/cache.mjs';
import { inProject } from '../lib/paths.mjs';
import { fetchWheels } from '../lib/wheels.mjs';
import { extractZip, readZipText } from '../lib/zip.mjs';
import { openClip, timm } from './pins.mjs';
import { parseZeroShotMetadata } from './zeroShotMetadata.mjs';

const names = ['bpe_simple_vocab_16e6.txt.gz', 'zeroShot.json', 'LICENSE.open_clip'];

/** Puts the files into resources/clip/. */
export async function installClipResources(log) {
  const { dir, bytes } = await cacheEntry(
    `open_clip-${openClip.version}-timm-${timm.version}`,
    20e6,
    takeFromWheel,
    log,
  );
  let copied = false;
  for (const name of names) copied = (await copyWhereDifferent(path.join(dir, name), name)) || copied;
  return { note: `of open_clip ${openClip.version}`, bytes, changed: copied };
}

async function takeFromWheel(dir) {
  const [wheel, idWheel] = await fetchWheels([openClip, timm], dir);
  const renamed = {
    'open_clip/bpe_simple_vocab_16e6.txt.gz': names[0],
    [`open_clip_torch-${openClip.version}.dist-info/licenses/LICENSE`]: names[2],
  };
  await extractZip(wheel, dir, (name) => renamed[name]);
  const metadata = parseZeroShotMetadata(await readZipText(wheel, 'open_clip/zero_shot_metadata.py'));
  const synsets = (await readZipText(idWheel, 'timm/data/_info/imagenet_synsets.txt')).trim().split(/\s+/);
  if (synsets.length !== metadata.classNames.length) throw new Error(`${idWheel} lists ${synsets.length} classes.`);
  const source = `open_clip_torch ${openClip.version} (MIT); synsets: timm ${timm.version} (Apache-2.0)`;
  await writeFile(path.join(dir, names[1]), JSON.stringify({ source, ...metadata, synsets }, null, 1) + '\n');
  await rm(wheel);
  await rm(idWheel);
  await rm(path.join(dir, 'requirements.txt'));
}

async function copyWhereDifferent(from, name) {
  const to = inProject('resources/clip', name);
  const [wanted, there] = await Promise.all([readFile(from), readFile(to).catch(() => undefined)]);
  if (there?.equals(wanted)) return false;
  await mkdir(path.dirname(to), { recursive: true });
  const beside = `${to}.${process.pid}`;
  await copyFile(from, beside);
  await rename(beside, to);
  return true;
}
